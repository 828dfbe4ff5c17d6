"""What Mitto calls: delivery receipts and inbound texts, in every form it uses.

The caller proves a secret before anything is read. Events are stored as they came,
answered at once, and applied by a worker.
"""

import json
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.routing import Route

from astronote import jobs
from astronote.db import system_transaction
from astronote.errors import BadRequest, TooLarge, Unauthenticated
from astronote.grouping import Grouped
from astronote.integrations import mitto
from astronote.security import is_webhook_secret
from astronote.services import webhook_events
from astronote.services.webhook_events import Stored
from astronote.statements import Statements

LARGEST_BODY: Final = 256 * 1024
MOST_FIELDS: Final = 100
APPLY: Final = "delivery.apply_webhook_events"

router = APIRouter(tags=["webhooks"])
log = logging.getLogger(__name__)

Item = dict[str, Any]


@router.post("/webhooks/mitto/dlr", response_model=dict[str, int])
@router.get("/webhooks/mitto/dlr", response_model=dict[str, int])
@router.post("/webhooks/mitto/dlr/{secret}", response_model=dict[str, int])
@router.get("/webhooks/mitto/dlr/{secret}", response_model=dict[str, int])
async def receipts(request: Request) -> Response:
    """Delivery receipts: an object, a list, a form or a query."""
    items = await _read(request, mitto.read_receipt)
    return _answer(await _receipts_together(items))


lane: Final = [
    Route(path, receipts, methods=["GET", "POST"])
    for path in ("/webhooks/mitto/dlr", "/webhooks/mitto/dlr/{secret}")
]
"""The same for :mod:`astronote.lane`."""


@router.post("/webhooks/mitto/inbound", response_model=dict[str, int])
@router.get("/webhooks/mitto/inbound", response_model=dict[str, int])
@router.post("/webhooks/mitto/inbound/{secret}", response_model=dict[str, int])
@router.get("/webhooks/mitto/inbound/{secret}", response_model=dict[str, int])
async def inbound(request: Request) -> Response:
    """Texts that phones sent, in the same forms."""
    items = await _read(request, mitto.read_inbound)
    stored = await run_in_threadpool(_keep_inbound, items)
    if stored.accepted:
        await _doorbell.ring()
    return _answer(stored)


async def _keep_receipts(requests: Sequence[Sequence[Item]]) -> list[Stored]:
    stored = await _statements.carry_out(webhook_events.store_receipts(requests))
    if any(each.accepted for each in stored):
        await _doorbell.ring()
    return stored


# Async and grouped: after a campaign the receipts come one a request, thousands a second.
_statements: Final = Statements()
_receipts_together: Final = Grouped(_keep_receipts)


def _keep_inbound(items: Sequence[Item]) -> Stored:
    with system_transaction() as session:
        return webhook_events.store_inbound(session, items)


def _answer(stored: Stored) -> Response:
    # Written out: checking an answer against its model costs more than storing a receipt.
    told = {"accepted": stored.accepted, "duplicates": stored.duplicates}
    return Response(orjson.dumps(told), media_type="application/json")


async def _read(request: Request, read: Callable[[Any], object | None]) -> list[Item]:
    """The good items of a request whose caller proved a secret.

    Raises:
        Unauthenticated: no secret, or a wrong one.
        TooLarge: ``body_too_large``.
        BadRequest: ``malformed``: it cannot be read, or nothing in it names a message.
    """
    proofs = (
        request.headers.get("x-webhook-secret"),
        request.path_params.get("secret"),
        request.query_params.get("secret"),
    )
    if not any(proof and is_webhook_secret(_encodable(proof)) for proof in proofs):
        raise Unauthenticated("The webhook secret is missing or wrong.")
    found = await _parsed(request)
    listed = found if isinstance(found, list) else [found]
    good = [item for item in listed if isinstance(item, dict) and read(item) is not None]
    if len(good) < len(listed):
        log.warning("a webhook had %d bad items of %d", len(listed) - len(good), len(listed))
        if not good:
            _refuse("Nothing in the body can be read.")
    return good


async def _parsed(request: Request) -> Any:
    query = {k: v for k, v in request.query_params.items() if k != "secret"}
    if request.method == "GET":
        return query
    body = await read_whole(request, LARGEST_BODY)
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith("multipart/form-data"):
        return await _multipart(request.headers, body)
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return query
    if "json" in content_type or text[:1] in (b"{", b"["):
        return _json(text)
    try:
        return dict(parse_qsl(text.decode("utf-8", "replace"), True, max_num_fields=MOST_FIELDS))
    except ValueError:
        _refuse("The form has too many fields.")


async def read_whole(request: Request, largest: int) -> bytes:
    """The body of a webhook, at most ``largest`` bytes of it.

    Raises:
        TooLarge: ``body_too_large``.
        BadRequest: ``malformed``: it did not arrive whole.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > largest:
                raise TooLarge(f"The body is over {largest // 1024} KB.", code="body_too_large")
            chunks.append(chunk)
    except ClientDisconnect:
        _refuse("The body did not arrive whole.")
    return b"".join(chunks)


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        # More lenient: half a surrogate pair in one item does not spoil the others.
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        _refuse("The body is not JSON.")


async def _multipart(headers: Headers, body: bytes) -> Item:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(headers, stream(), max_files=0, max_fields=MOST_FIELDS).parse()
    except (MultiPartException, KeyError, ValueError):
        _refuse("The form cannot be read.")
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def _refuse(sentence: str) -> NoReturn:
    raise BadRequest(sentence, code="malformed")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class _Doorbell:
    """Rings for the worker, at once in quiet times, five times a second in a rush."""

    _PAUSE = 0.2

    def __init__(self) -> None:
        self._rung_at = 0.0
        self._covered_until = 0.0

    async def ring(self) -> None:
        now = time.monotonic()
        if now < self._covered_until:
            return  # the ring that is on its way will find what was just stored
        quiet = now - self._rung_at > 1.0
        self._rung_at = now
        self._covered_until = now if quiet else now + self._PAUSE * 0.7
        delay = None if quiet else round(self._PAUSE * 1000)
        await run_in_threadpool(jobs.ring, jobs.QUEUES[APPLY], APPLY, delay_ms=delay)


_doorbell = _Doorbell()
