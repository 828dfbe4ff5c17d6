"""The API with its public pages, in this process: by function call, or behind a socket."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server

from astronote import public
from astronote.api.app import create_api
from tests.support.ports import free_port
from tests.support.waiting import wait_until


@cache
def origin() -> FastAPI:
    """The API and every public page, as the composition root puts them together.

    One for all tests of a process: the first request makes every route's model, which
    takes longer than most tests.
    """
    app = create_api(public.routers)
    public.install(app)
    return app


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """``app`` at a free port of the loopback address, until the end; yields its URL."""
    port = free_port()
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    try:
        wait_until(lambda: _answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)


def _answers(port: int) -> bool:
    import httpx

    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False
