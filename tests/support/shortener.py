"""A stand-in for Bitly and TinyURL: real HTTP, their addresses, tokens and answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from astronote.integrations import shorteners
from astronote.settings import settings

TOKEN = "the-right-token"


@dataclass
class Shortener:
    """``asked`` are the long addresses that came, in order."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    calls: int = 0
    hold: threading.Event | None = None
    """Where set, no answer before it is."""
    refuses: str = "\n"
    """An address with this in it is no good address."""
    body: dict[str, Any] | None = None
    """Answered instead of what is right."""

    def answer(self, path: str, token: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and document for one request."""
        self.calls += 1
        if token != f"Bearer {TOKEN}":
            return 403, {"message": "FORBIDDEN"}
        address = given["long_url" if path == "/v4/shorten" else "url"]
        if self.refuses in address:
            return 400, {"message": "INVALID_ARG_LONG_URL"}
        self.asked.append(address)
        if self.body is not None:
            return 200, self.body
        if path == "/v4/shorten":
            return 201, {"link": f"https://bit.ly/Ab{len(self.asked)}"}
        return 200, {"data": {"tiny_url": f"https://tinyurl.com/ab{len(self.asked)}"}, "code": 0}


@contextmanager
def shortener_stand_in() -> Iterator[Shortener]:
    """Run one on a free port of the loopback address."""
    stand_in = Shortener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if stand_in.hold is not None:
                stand_in.hold.wait(20)
            token = self.headers.get("Authorization", "")
            status, document = stand_in.answer(self.path, token, given)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stand_in
    finally:
        if stand_in.hold is not None:
            stand_in.hold.set()
        server.shutdown()
        server.server_close()


@contextmanager
def bitly_chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shortener]:
    """This process shortens by Bitly, which is a stand-in, as is TinyURL."""
    with shortener_stand_in() as stand_in:
        monkeypatch.setattr(shorteners, "BITLY", stand_in.url)
        monkeypatch.setattr(shorteners, "TINYURL", stand_in.url)
        monkeypatch.setattr(settings(), "shortener", "bitly")
        monkeypatch.setattr(settings(), "bitly_token", SecretStr(TOKEN))
        monkeypatch.setattr(settings(), "tinyurl_token", SecretStr(TOKEN))
        shorteners.forget_pause()
        yield stand_in
        shorteners.forget_pause()
