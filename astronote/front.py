"""What stands before every request: a thin ASGI wrapper around API, pages and socket.

- Page loads under ``/app`` without a sign-in go to ``/login?next=…``; such sockets are
  refused (each would leave a state in Redis for an hour). Only the token's signature is
  checked here; whether the session still lives is asked by the gate and the API.
- A socket's cookie never goes further: Reflex keeps a socket's headers in pickled
  states. In its place goes what the token claims, in a header no client can send.
- ``/app`` gets its slash inside (the static files would redirect to an absolute URL),
  every answer its caching rule, and pages of the app their Content-Security-Policy (the
  other security headers come from ``api.middleware``).
"""

import base64
import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from astronote.api.deps import COOKIE
from astronote.errors import Unauthenticated
from astronote.security import SessionClaims, read_session_token
from astronote.state.identity import SESSION_HEADER, may_operate, write_claims

OPERATOR = "/app/operator"
NOWHERE = "/app/nowhere"
"""What is served to others who ask for the operator's page: what any wrong address gets."""

_PROBES = ("/ping", "/_health")
_REPLACED = {b"cookie", b"authorization", SESSION_HEADER.encode()}
_PERMISSIONS = "camera=(self), geolocation=(), microphone=(), payment=()"
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.+?)</script>", re.DOTALL)


class Front:
    """The wrapper; give it to ``api_transformer`` last."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.policies = _policies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        claims = _claims(scope)
        if claims is None:
            await send({"type": "websocket.close", "code": 4401})
            return
        await self.app(_with_claims(scope, claims), receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == "/":
            await _answer(send, 303, {"location": "/app"})
            return
        if _is_page(path):
            claims = _claims(scope)
            if claims is None:
                await _answer(send, 303, {"location": _sign_in(scope), "cache-control": "no-store"})
                return
            if _is_under(path, OPERATOR) and not await may_operate(claims):
                path = NOWHERE
                scope = {**scope, "path": path, "raw_path": path.encode()}
            if "." not in path.rpartition("/")[2]:
                scope = {**scope, "path": path.rstrip("/") + "/"}
                scope["raw_path"] = quote(scope["path"]).encode()
        await self.app(scope, receive, self._with_headers(scope, send))

    def _policy(self, path: str) -> str:
        found = self.policies.get(path.rstrip("/")) or self.policies.get("/404")
        return found or page_policy("")

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        path: str = scope["path"]

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                wanted = {"cache-control": _caching(path, message["status"])}
                if _is_page(path):
                    wanted["content-security-policy"] = self._policy(path)
                    wanted["permissions-policy"] = _PERMISSIONS
                added = [(k.encode(), v.encode()) for k, v in wanted.items()]
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in added if name not in given),
                ]
            await send(message)

        return finish


class Bundle:
    """Reflex's part of the origin: the pages under ``/app`` and the bundle's own files.

    Alone, Reflex answers every unknown path with its app; a stranger at a wrong address
    is told so instead, without a script or a socket. To be given to
    ``api_transformer`` before the API.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        served = _served()
        self.files = {
            f"/{path.relative_to(served)}" for path in served.rglob("*") if path.suffix != ".html"
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        path = scope.get("path", "")
        known = _is_page(path) or path in self.files or path in _PROBES
        if scope["type"] != "http" or known:
            await self.app(scope, receive, send)
        else:
            # Answered by the API around it: a page for people, a problem for programs.
            raise HTTPException(404)


def page_policy(page: str) -> str:
    """The Content-Security-Policy of a built page, allowing just the scripts it contains.

    Reflex evaluates scripts that a handler sends and styles elements inline, which is
    why these two are allowed here; public pages have a policy without either. Without a
    build (development), any inline script is allowed.
    """
    hashes = sorted({_hash(found) for found in _INLINE_SCRIPT.findall(page)})
    inline = " ".join(hashes) or "'unsafe-inline'"
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {inline}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _served() -> Path:
    return Path(os.environ.get("REFLEX_WEB_WORKDIR", ".web")) / "build/client"


def _policies() -> dict[str, str]:
    """Policies by path; the one of ``/404`` also serves routes with a varying part."""
    served = _served()
    return {
        f"/{page.relative_to(served).with_suffix('')}".removesuffix("/index"): page_policy(
            page.read_text()
        )
        for page in served.rglob("*.html")
    }


def _claims(scope: Scope) -> SessionClaims | None:
    for name, value in scope["headers"]:
        if name == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                key, _, token = pair.strip().partition("=")
                if key == COOKIE:
                    try:
                        return read_session_token(token)
                    except Unauthenticated:
                        return None
    return None


def _with_claims(scope: Scope, claims: SessionClaims) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name not in _REPLACED]
    return {**scope, "headers": [*kept, (SESSION_HEADER.encode(), write_claims(claims).encode())]}


def _sign_in(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    return f"/login?next={quote(wanted, safe='/')}"


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _is_page(path: str) -> bool:
    return _is_under(path, "/app")


def _caching(path: str, status: int) -> str:
    if path.startswith("/assets/") and status == 200:
        return "public, max-age=31536000, immutable"
    if _is_page(path) or _is_under(path, "/api"):
        return "no-store"
    return "no-cache"


async def _answer(send: Send, status: int, headers: dict[str, str]) -> None:
    listed = [(k.encode(), v.encode()) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": b""})
