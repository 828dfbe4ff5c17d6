"""A stand-in for the product's webhooks, over real HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass
class Receiver:
    """Records every request; ``answers`` are the next statuses, then 200 for ever."""

    url: str = ""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def receipts(self) -> list[dict[str, Any]]:
        """All accepted receipts in the order they came."""
        return [r for path, _, body in list(self.requests) if path.endswith("/dlr") for r in body]

    def inbound(self) -> list[dict[str, Any]]:
        """All accepted replies in the order they came."""
        return [body for path, _, body in list(self.requests) if path.endswith("/inbound")]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A running receiver; port 0 is any free one."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.sizes.append(len(raw))
            body = orjson.loads(raw)
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status == 200:
                secret = self.headers.get("X-Webhook-Secret", "")
                receiver.requests.append((self.path, secret, body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
