"""What surrounds every request: its id, its caller's address, who asks, headers.

Plain ASGI classes, because Starlette's function middleware would buffer streamed
answers.
"""

import logging
import secrets
import time
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from astronote import counters, logs
from astronote.api import deps, problems
from astronote.errors import AstronoteError, Invalid
from astronote.settings import settings

log = logging.getLogger("astronote.access")

PUBLIC_PREFIXES = (
    "/api/auth/register",
    "/api/auth/login",
    "/api/unsubscribe",
    "/api/contacts/unsubscribe",
    "/api/contacts/resubscribe",
    "/api/contacts/preferences/",
)
"""The only paths under /api that answer a stranger."""

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

# Written as they go over the wire: they are added to every answer.
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
}
_HTTPS_ONLY = {b"strict-transport-security": b"max-age=31536000"}


def client_address(scope: Scope) -> str:
    """The caller's address: what the last trusted proxy saw, never what the caller claims."""
    peer = scope.get("client")
    address = str(peer[0]) if peer else ""
    hops = settings().trusted_proxy_hops
    if hops:
        raw = [v for k, v in scope["headers"] if k == b"x-forwarded-for"]
        seen = [
            part.strip() for part in b",".join(raw).decode("latin-1").split(",") if part.strip()
        ]
        if seen:
            address = seen[-min(hops, len(seen))]
    return address


class RequestContext:
    """Gives the request its id and address; logs and counts it; sets headers on its answer.

    Args:
        logs_success: Whether a request that went well is logged, too, or only counted.
    """

    def __init__(self, app: ASGIApp, logs_success: bool = True) -> None:
        self.app = app
        self.logs_success = logs_success

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["client_address"] = client_address(scope)
        token = logs.request_id.set(request_id)
        started, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_headers(message["headers"], request_id)
            await send(message)

        try:
            if _has_nul(scope):
                refusal = problems.of_error(Invalid("A NUL character is not acceptable."))
                await refusal(scope, receive, answer)
            else:
                await self.app(scope, receive, answer)
        finally:
            took = time.perf_counter() - started
            if self.logs_success or status >= 400:
                log.info("%s %s %s %.1f ms", scope["method"], _shown(scope), status, took * 1000)
            counters.observe(
                "astronote_http_request_seconds",
                took,
                method=scope["method"] if scope["method"] in _METHODS else "other",
                route=_pattern(scope) or "other",
                status=f"{status // 100}xx",
            )
            logs.request_id.reset(token)


def _with_headers(given: Iterable[tuple[bytes, bytes]], request_id: str) -> list[Any]:
    wanted = HEADERS | _HTTPS_ONLY if settings().secure_cookies else HEADERS
    listed = [*given, (b"x-request-id", request_id.encode())]
    names = {name for name, _ in listed}
    return listed + [header for header in wanted.items() if header[0] not in names]


def _has_nul(scope: Scope) -> bool:
    path, query = scope["path"], scope.get("query_string", b"")
    return "\x00" in path or "%00" in path or b"\x00" in query or b"%00" in query


def _pattern(scope: Scope) -> str:
    """The route's pattern; '' where none matched, as for files of the app."""
    return getattr(scope.get("route"), "path", "")


def _shown(scope: Scope) -> str:
    """What the log may say of the address: where no pattern is known, it may hold a token."""
    return _pattern(scope) or logs.scrub(str(scope["path"]))


class ApiGate:
    """Denies every path under /api that is not public, before anything is read.

    Routes still take ``SignedIn``: it finds here who was let in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and is_private(scope["path"]):
            request = Request(scope)
            try:
                await deps.signed_in(request)
            except AstronoteError as error:
                await problems.of_error(error)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def is_private(path: str) -> bool:
    """Whether a stranger is refused there."""
    return (path == "/api" or path.startswith("/api/")) and not path.startswith(PUBLIC_PREFIXES)
