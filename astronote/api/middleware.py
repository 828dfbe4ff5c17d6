"""What surrounds every request: its id, its caller's address, who asks, headers.

Plain ASGI classes, because Starlette's function middleware would buffer streamed
answers.
"""

import logging
import secrets
import time
from typing import Any
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
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

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


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
    """Gives the request its id and address; logs it; sets headers on its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if settings().secure_cookies:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        try:
            if "\x00" in unquote(scope["path"]) or "\x00" in unquote(
                scope.get("query_string", b"").decode("latin-1")
            ):
                refusal = problems.of_error(Invalid("A NUL character is not acceptable."))
                await refusal(scope, receive, answer)
            else:
                await self.app(scope, receive, answer)
        finally:
            took = time.perf_counter() - started
            log.info("%s %s %s %.1f ms", scope["method"], _shown(scope), status, took * 1000)
            counters.observe(
                "astronote_http_request_seconds",
                took,
                method=scope["method"] if scope["method"] in _METHODS else "other",
                route=_pattern(scope) or "other",
                status=f"{status // 100}xx",
            )
            logs.request_id.reset(token)


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
        if scope["type"] == "http" and _is_private(scope["path"]):
            request = Request(scope)
            try:
                await run_in_threadpool(deps.signed_in, request)
            except AstronoteError as error:
                await problems.of_error(error)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _is_private(path: str) -> bool:
    return (path == "/api" or path.startswith("/api/")) and not path.startswith(PUBLIC_PREFIXES)
