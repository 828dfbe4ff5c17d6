"""The API under test, in this process, without a socket.

Requests may come from several threads at once; each route then runs in a thread of its
own, as in the real server.
"""

import asyncio
import threading
from types import TracebackType
from typing import Any, Self

import httpx
from fastapi import FastAPI

TIMEOUT = 240.0


class ApiClient:
    """A synchronous client over ASGI; ``headers`` go with every request."""

    def __init__(self, app: FastAPI, headers: dict[str, str] | None = None) -> None:
        self.app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, client=("127.0.0.1", 50_000)),
            base_url="http://testserver",
            headers=headers,
        )

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request; ``options`` as in httpx."""
        sent = asyncio.run_coroutine_threadsafe(
            self._client.request(method, path, **options), self._loop
        )
        return sent.result(TIMEOUT)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        """PUT."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        """PATCH."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """DELETE."""
        return self.request("DELETE", path, **options)

    def forget(self) -> None:
        """Lose every cookie: from now on it is another browser."""
        self._client.cookies.clear()

    def close(self) -> None:
        """End the client and its thread."""
        asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result(TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
