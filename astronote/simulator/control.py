"""What tests and people steer the simulator with: `/sim/*` and `/healthz`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from astronote.simulator.behaviour import BehaviourError
from astronote.simulator.engine import Engine
from astronote.simulator.receipts import iso
from astronote.simulator.store import Message
from astronote.simulator.wire import TooLarge, is_foreign, json_response, problem, read_body

_CHUNK = 1000


def routes() -> list[Route]:
    """The routes of the control surface."""
    return [
        Route("/healthz", _healthz, methods=["GET"]),
        Route("/sim/behaviour", _get_behaviour, methods=["GET"]),
        Route("/sim/behaviour", _put_behaviour, methods=["PUT"]),
        Route("/sim/messages", _get_messages, methods=["GET"]),
        Route("/sim/messages", _delete_messages, methods=["DELETE"]),
        Route("/sim/stats", _get_stats, methods=["GET"]),
    ]


async def _healthz(_: Request) -> Response:
    return json_response({"status": "ok"})


async def _get_behaviour(request: Request) -> Response:
    return json_response(request.app.state.engine.behaviour.as_dict())


async def _put_behaviour(request: Request) -> Response:
    if is_foreign(request):
        return problem(403, "foreign_origin", "Not from another site's page")
    engine: Engine = request.app.state.engine
    try:
        fields = orjson.loads(await read_body(request, 64_000))
        if not isinstance(fields, dict):
            return problem(400, "invalid_json", "The body must be a JSON object of fields")
        engine.behaviour = engine.behaviour.changed(fields)
    except TooLarge as error:
        return problem(413, "too_large", str(error))
    except orjson.JSONDecodeError:
        return problem(400, "invalid_json", "The body is not JSON")
    except BehaviourError as error:
        return json_response(
            {"code": "invalid_field", "field": error.field, "message": str(error)}, 400
        )
    return json_response(engine.behaviour.as_dict())


async def _get_messages(request: Request) -> Response:
    """All messages, or those since an ISO time (that instant included) or after a messageId."""
    engine: Engine = request.app.state.engine
    since = request.query_params.get("since", "")
    try:
        messages = _since(engine, since)
    except ValueError:
        return problem(400, "invalid_since", "since must be an ISO 8601 time or a messageId")
    return StreamingResponse(_listed(engine, messages), media_type="application/json")


async def _delete_messages(request: Request) -> Response:
    if is_foreign(request):
        return problem(403, "foreign_origin", "Not from another site's page")
    request.app.state.engine.reset()
    return Response(status_code=204)


async def _get_stats(request: Request) -> Response:
    return json_response(request.app.state.engine.stats())


def _since(engine: Engine, since: str) -> list[Message]:
    if not since:
        return engine.store.since(0)
    if len(since) == 36 and since.count("-") == 4:
        return engine.store.after(since)
    # In an address, the + of an offset that was not escaped has become a space.
    time_ = datetime.fromisoformat(since.replace(" ", "+") if "T" in since else since)
    return engine.store.since((time_ if time_.tzinfo else time_.replace(tzinfo=UTC)).timestamp())


async def _listed(engine: Engine, messages: list[Message]) -> AsyncIterator[bytes]:
    # In pieces, so that half a million messages are never one string.
    now = time.time()
    yield b'{"items":['
    for start in range(0, len(messages), _CHUNK):
        rows = [
            {
                "messageId": engine.store.message_id(message),
                "destination": message.destination,
                "sender": message.sender,
                "text": message.text,
                "reference": message.reference,
                "status": message.status(now),
                "at": iso(message.accepted_at),
            }
            for message in messages[start : start + _CHUNK]
        ]
        yield (b"," if start else b"") + orjson.dumps(rows)[1:-1]
    yield b"]}"
