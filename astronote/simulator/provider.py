"""Mitto's calls: single send, bulk send, look-up (`/api/v1.1/Messages`)."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from astronote.simulator.disconnect import hang_up
from astronote.simulator.engine import Engine
from astronote.simulator.receipts import describe
from astronote.simulator.store import Item, Message
from astronote.simulator.validation import BadMessages, BadRequestBody, read_bulk, read_single
from astronote.simulator.wire import TooLarge, json_response, problem, read_body

TRAFFIC_ACCOUNT = "simulator"
_PREFIX = "/api/v1.1/Messages"
Reader = Callable[[bytes, re.Pattern[str] | None], list[Item]]


def routes() -> list[Route]:
    """The routes of the simulated API."""
    return [
        Route(f"{_PREFIX}/send", _send_single, methods=["POST"]),
        Route(f"{_PREFIX}/sendmessagesbulk", _send_bulk, methods=["POST"]),
        Route(_PREFIX + "/{message_id}", _look_up, methods=["GET"]),
    ]


async def _send_single(request: Request) -> Response:
    return await _send(request, read_single, {})


async def _send_bulk(request: Request) -> Response:
    return await _send(request, read_bulk, {"bulkId": str(uuid.uuid4())})


async def _send(request: Request, read: Reader, envelope: dict[str, Any]) -> Response:
    engine: Engine = request.app.state.engine
    latency = engine.behaviour.latency_ms / 1000
    answer = _refusal(request, engine) or await _accept(request, engine, read, envelope)
    # The wait comes after accepting: a client that dies or gives up meanwhile has sent.
    await asyncio.sleep(latency)
    return answer


async def _look_up(request: Request) -> Response:
    engine: Engine = request.app.state.engine
    await asyncio.sleep(engine.behaviour.latency_ms / 1000)
    refusal = _refusal(request, engine)
    if refusal is not None:
        return refusal
    message = engine.store.get(request.path_params["message_id"])
    if message is None:
        return problem(404, "not_found", "There is no message of that id")
    now = time.time()
    status = message.status(now)
    settled = now >= message.until and status != "Sent"
    at = message.until if settled else message.accepted_at
    sent_to = {
        "trafficAccountId": TRAFFIC_ACCOUNT,
        "destination": message.destination,
        "sender": message.sender,
    }
    return json_response(describe(engine.store, message, status, at) | sent_to)


def _refusal(request: Request, engine: Engine) -> Response | None:
    key = request.headers.get("x-mitto-api-key", "")
    if not key or engine.config.api_key not in (None, key):
        return problem(401, "unauthorized", "X-Mitto-API-Key is missing or wrong")
    if engine.is_throttled():
        return problem(429, "too_many_requests", "Slow down", headers={"Retry-After": "1"})
    return None


async def _accept(
    request: Request, engine: Engine, read: Reader, envelope: dict[str, Any]
) -> Response:
    pattern = engine.behaviour.reject_pattern
    try:
        body = await read_body(request)
        items = read(body, re.compile(pattern) if pattern else None)
    except TooLarge as error:
        return problem(413, "too_large", str(error))
    except BadRequestBody as error:
        return problem(400, error.code, str(error))
    except BadMessages as error:
        return json_response({"errors": error.errors}, status=400)
    return _answer(request, engine, engine.accept(items), envelope)


def _answer(
    request: Request, engine: Engine, messages: list[Message], envelope: dict[str, Any]
) -> Response:
    behaviour = engine.behaviour
    if engine.happens(behaviour.drop_after_accept_pct):
        return HangUp(request)
    if engine.happens(behaviour.error_after_accept_pct):
        return problem(500, "internal_error", "Something went wrong")
    ids = [
        {"messageId": engine.store.message_id(message), "trafficAccountId": TRAFFIC_ACCOUNT}
        for message in messages
    ]
    if engine.happens(behaviour.short_reply_pct):
        del ids[engine.pick(len(ids))]
    return json_response(envelope | {"messages": ids})


class HangUp(Response):
    """No answer at all: the connection is closed."""

    def __init__(self, request: Request) -> None:
        super().__init__(status_code=500)
        self._client = request.client

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        client = self._client
        if client is None or not hang_up(client.host, int(client.port)):
            await super().__call__(scope, receive, send)
