"""The part of Stripe's HTTP API that Astronote calls, answered by the stand-in."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from astronote.simulator.till import Till
from astronote.simulator.till_store import Thing
from astronote.simulator.wire import json_response, read_body

_PART = re.compile(r"[^\[\]]+")
_LARGEST = 64_000


def routes() -> list[Route]:
    """The routes below ``/v1``."""
    return [
        Route("/v1/customers", _make_customer, methods=["POST"]),
        Route("/v1/customers/{id}", _change_customer, methods=["POST"]),
        Route("/v1/checkout/sessions", _open_session, methods=["POST"]),
        Route("/v1/billing_portal/sessions", _open_portal, methods=["POST"]),
        Route("/v1/subscriptions/{id}", _get_subscription, methods=["GET"]),
    ]


def read_form(body: str) -> Thing:
    """Nested values of Stripe's form encoding: ``a[b][0][c]=d`` is ``{"a": {"b": [{"c": "d"}]}}``.

    Whole numbers become numbers where Stripe has numbers (``unit_amount``, ``quantity``).
    """
    made: Thing = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        place: Any = made
        *outer, last = _PART.findall(name)
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = int(value) if last in ("unit_amount", "quantity") else value
    return {key: _lists(value) for key, value in made.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(part) for key, part in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


async def _make_customer(request: Request) -> Response:
    return _refused(request) or json_response(
        _till(request).save_customer(None, await _form(request))
    )


async def _change_customer(request: Request) -> Response:
    till, customer = _till(request), request.path_params["id"]
    if refused := _refused(request):
        return refused
    # One of an earlier run without a file is taken up again: the product knows his id.
    known = till.store.get("customers", customer) or till.store.adopt("customers", customer)
    return json_response(till.save_customer(known, await _form(request)))


async def _open_session(request: Request) -> Response:
    till = _till(request)
    if refused := _refused(request):
        return refused
    key = request.headers.get("idempotency-key", "")
    made = till.store.answered(key) or till.open_session(await _form(request))
    till.store.remember(key, "sessions", made)
    return json_response(made)


async def _open_portal(request: Request) -> Response:
    till = _till(request)
    if refused := _refused(request):
        return refused
    asked = await _form(request)
    if till.store.get("customers", asked["customer"]) is None:
        return _error(404, "resource_missing", f"No such customer: {asked['customer']}")
    made = till.store.add("portals", "bps", {"object": "billing_portal.session", **asked})
    made["url"] = f"{till.base}/stripe/portal/{made['id']}"
    till.store.save()
    return json_response(made)


async def _get_subscription(request: Request) -> Response:
    if refused := _refused(request):
        return refused
    found = _till(request).store.get("subscriptions", request.path_params["id"])
    return (
        json_response(found) if found else _error(404, "resource_missing", "No such subscription")
    )


def _till(request: Request) -> Till:
    till: Till = request.app.state.till
    return till


async def _form(request: Request) -> Thing:
    return read_form((await read_body(request, _LARGEST)).decode())


def _refused(request: Request) -> Response | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key.strip():
        return _error(401, "api_key_missing", "You did not provide an API key.")
    return None


def _error(status: int, code: str, message: str) -> Response:
    body = {"error": {"type": "invalid_request_error", "code": code, "message": message}}
    return json_response(body, status)
