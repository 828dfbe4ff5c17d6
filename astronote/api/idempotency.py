"""``Idempotency-Key`` for every signed-in POST under /api but auth, API keys and team.

Their answers may hold secrets (a token, a key, an invitation), which are never stored.
"""

import hashlib
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from astronote.api import problems
from astronote.db import in_first_commit, transaction
from astronote.errors import AstronoteError, BadRequest, Invalid, TooLarge
from astronote.services import idempotency
from astronote.services.idempotency import Lock, StoredAnswer

MAX_BODY = 21 * 1024 * 1024
MAX_KEY = 200
_NEVER = ("/api/auth", "/api/api-keys", "/api/team")


class Idempotency:
    """Runs a request with a key once and repeats its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        key = _key(scope)
        who = scope.get("state", {}).get("identity")
        if key is None or who is None:
            await self.app(scope, receive, send)
            return
        try:
            if not 1 <= len(key) <= MAX_KEY:
                raise Invalid(f"An Idempotency-Key has 1 to {MAX_KEY} characters.")
            body = await _read(receive)
            found = await run_in_threadpool(
                _begin, who.shop_id, f"POST {scope['path']}", key, hashlib.sha256(body).digest()
            )
        except AstronoteError as error:
            await problems.of_error(error)(scope, receive, send)
            return
        if isinstance(found, StoredAnswer):
            await _again(found)(scope, receive, send)
        else:
            await self._first(found, body, scope, receive, send)

    async def _first(
        self, lock: Lock, body: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        sent: list[Message] = []
        finished = False

        async def replay() -> Message:
            nonlocal finished
            if finished:
                return await receive()
            finished = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def hold(message: Message) -> None:
            sent.append(message)

        kept, status = None, 500
        try:
            with in_first_commit(lambda session: idempotency.settle(session, lock)):
                await self.app(scope, replay, hold)
            kept, status = _stored(sent), sent[0]["status"]
        finally:
            # The answer is kept before it is sent: who never hears it may ask again.
            await run_in_threadpool(_end, lock, kept, status < 500)
        for message in sent:
            await send(message)


def _begin(shop_id: int, route: str, key: str, body_hash: bytes) -> Lock | StoredAnswer:
    with transaction(shop_id) as session:
        return idempotency.begin(session, shop_id, route, key, body_hash)


def _end(lock: Lock, kept: StoredAnswer | None, refused: bool) -> None:
    with transaction(lock.shop_id) as session:
        if kept is not None:
            idempotency.finish(session, lock, kept)
        else:
            idempotency.release(session, lock, refused=refused)


def _key(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path: str = scope["path"]
    if not path.startswith("/api/") or path.startswith(_NEVER):
        return None
    return Headers(scope=scope).get("idempotency-key")


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The body did not arrive whole.", code="malformed")
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise TooLarge(code="file_too_large")
        if not message.get("more_body"):
            return bytes(body)


def _stored(sent: list[Message]) -> StoredAnswer | None:
    status = sent[0]["status"]
    if not 200 <= status < 300:
        return None
    headers = Headers(raw=sent[0]["headers"])
    body = b"".join(m.get("body", b"") for m in sent[1:])
    return StoredAnswer(status, body.decode(), headers.get("content-type", ""))


def _again(stored: StoredAnswer) -> Response:
    headers: dict[str, Any] = {"Idempotency-Replayed": "true"}
    if stored.content_type:
        headers["content-type"] = stored.content_type
    return Response(stored.body, status_code=stored.status, headers=headers)
