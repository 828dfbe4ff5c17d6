"""The stand-in's pages: where a shop pays, and where it manages what it pays for.

The buttons below the line "For trying things out" are what time and banks do elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from astronote.simulator.phones import SECURITY, templates
from astronote.simulator.till import Till
from astronote.simulator.till_store import Thing
from astronote.simulator.wire import is_foreign, json_response, problem, read_body


def routes() -> list[Route]:
    """The routes below ``/stripe``."""
    return [
        Route("/stripe/checkout/{id}", _show_checkout, methods=["GET"]),
        Route("/stripe/checkout/{id}", _act_on_checkout, methods=["POST"]),
        Route("/stripe/portal/{id}", _show_portal, methods=["GET"]),
        Route("/stripe/portal/{id}", _act_on_portal, methods=["POST"]),
        Route("/stripe/invoices/{id}", _show_invoice, methods=["GET"]),
        Route("/stripe/sim/clock", _set_clock, methods=["PUT"]),
        Route("/stripe/sim/events", _get_events, methods=["GET"]),
    ]


async def _show_checkout(request: Request) -> Response:
    session = _find(request, "sessions")
    if session is None:
        return _missing()
    return _page("checkout", request, session["success_url"], session=session, declined=False)


async def _act_on_checkout(request: Request) -> Response:
    session, till = _find(request, "sessions"), _till(request)
    if session is None or is_foreign(request):
        return _missing()
    form = await request.form()
    if form.get("act") != "pay":
        return RedirectResponse(session["cancel_url"], 303)
    if form.get("card") == "declined":
        return _page("checkout", request, session["success_url"], session=session, declined=True)
    till.pay(session)
    await till.courier.settle()
    address = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return RedirectResponse(address, 303)


_ACTS: dict[str, Callable[[Till, Thing], None]] = {
    "renew": lambda till, found: till.renew(found),
    "fail": lambda till, found: till.renew(found, paid=False),
    "pay": lambda till, found: till.pay_open_invoice(found),
    "cancel": lambda till, found: till.cancel_at_period_end(found, True),
    "keep": lambda till, found: till.cancel_at_period_end(found, False),
    "end": lambda till, found: till.end(found),
}


_RETURNS: dict[str, Callable[[Till, Thing], None]] = {
    "refund": lambda till, found: till.returns.refund(found, found["total"]),
    "refund-half": lambda till, found: till.returns.refund(found, found["total"] // 2),
    "dispute": lambda till, found: till.returns.dispute(found),
    "won": lambda till, found: till.returns.decide(found, "won"),
    "lost": lambda till, found: till.returns.decide(found, "lost"),
}


async def _show_portal(request: Request) -> Response:
    portal, till = _find(request, "portals"), _till(request)
    if portal is None:
        return _missing()
    customer = portal["customer"]
    return _page(
        "portal",
        request,
        portal["return_url"],
        portal=portal,
        customer=till.store.get("customers", customer),
        subscriptions=till.store.of_customer("subscriptions", customer),
        invoices=till.store.of_customer("invoices", customer),
    )


async def _act_on_portal(request: Request) -> Response:
    portal, till = _find(request, "portals"), _till(request)
    form = await request.form()
    found = till.store.get("subscriptions", str(form.get("subscription")))
    act = _ACTS.get(str(form.get("act")))
    if "invoice" in form:
        found = till.store.get("invoices", str(form.get("invoice")))
        act = _RETURNS.get(str(form.get("act")))
    mine = portal is not None and found is not None and found["customer"] == portal["customer"]
    if not mine or found is None or act is None or is_foreign(request):
        return _missing()
    act(till, found)
    await till.courier.settle()
    return RedirectResponse(request.url.path, 303)


async def _show_invoice(request: Request) -> Response:
    invoice = _find(request, "invoices")
    if invoice is None:
        return _missing()
    customer = _till(request).store.get("customers", invoice["customer"])
    return _page("invoice", request, "", invoice=invoice, customer=customer)


async def _set_clock(request: Request) -> Response:
    if is_foreign(request):
        return problem(403, "foreign_origin", "Not from another site's page")
    store = _till(request).store
    store.move_clock(int(orjson.loads(await read_body(request, 1_000))["offset"]))
    return json_response({"now": store.now()})


async def _get_events(request: Request) -> Response:
    return json_response({"items": list(_till(request).courier.happened)})


def _till(request: Request) -> Till:
    till: Till = request.app.state.till
    return till


def _find(request: Request, kind: str) -> Thing | None:
    return _till(request).store.get(kind, request.path_params["id"])


def _missing() -> Response:
    return PlainTextResponse("There is no such page.", 404)


def _page(name: str, request: Request, leads_to: str, **shown: object) -> Response:
    html = templates.get_template(f"stripe_{name}.html").render(
        money=_money, date=_date, path=request.url.path, **shown
    )
    # Browsers hold the address that a form's answer redirects to against form-action.
    parts = urlsplit(leads_to)
    there = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    policy = SECURITY["Content-Security-Policy"]
    allowed = policy.replace("form-action 'self'", f"form-action 'self'{there}")
    return HTMLResponse(html, headers=SECURITY | {"Content-Security-Policy": allowed})


def _money(cents: int, currency: str) -> str:
    sign = {"eur": "€", "usd": "$", "gbp": "£"}.get(currency.lower(), currency.upper() + " ")
    return f"{sign}{cents / 100:,.2f}"


def _date(at: int) -> str:
    day = datetime.fromtimestamp(at, UTC)
    return f"{day.day} {day:%B %Y}"
