"""The page at `/`: everything that arrived, as the shoppers' phones."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zlib import crc32

import jinja2
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from astronote.simulator import presentation
from astronote.simulator.behaviour import RECEIPT_MODES, BehaviourError
from astronote.simulator.engine import Engine
from astronote.simulator.receipts import iso
from astronote.simulator.store import Message, Phone
from astronote.simulator.wire import is_foreign, json_response

MOST_BUBBLES = 200
PAGE_OF_PHONES = 50
MOST_NUMBERS_SEARCHED, MOST_TEXTS_SEARCHED = 100_000, 5_000
LONGEST_REPLY = 1600
_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would send "Origin: null" with the page's own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters.update(
    linked=presentation.linked,
    grouped=presentation.grouped,
    hue=presentation.hue,
    day=presentation.day,
    clock=presentation.clock,
    iso=iso,
)
templates.tests["from_shop"] = lambda bubble: isinstance(bubble, Message)


def routes() -> list[Route]:
    """The routes of the page, and of what its forms and its script call."""
    return [
        Route("/", _show, methods=["GET"]),
        Route("/phones/{digits}", _show, methods=["GET"]),
        Route("/phones/{digits}/reply", _reply, methods=["POST"]),
        Route("/live", _live, methods=["GET"]),
        Route("/behaviour", _set_behaviour, methods=["POST"]),
        Route("/reset", _reset, methods=["POST"]),
    ]


async def _show(request: Request) -> Response:
    digits = request.path_params.get("digits", "").removeprefix("+")
    if digits and not _DIGITS.fullmatch(digits):
        return _page(request, None, error="That is not a phone number.", status=404)
    return _page(request, "+" + digits if digits else None)


async def _live(request: Request) -> Response:
    """The parts of the page that change, unless they are as the script's ``tag`` says."""
    digits = request.query_params.get("phone", "")
    context = _context(request, "+" + digits if _DIGITS.fullmatch(digits) else None)
    parts = {
        name: templates.get_template(f"_{name}.html").render(context)
        for name in ("list", "thread", "counts")
    }
    tag = f"{crc32(''.join(parts.values()).encode()):08x}"
    if request.query_params.get("tag") == tag:
        return Response(status_code=204)
    return json_response(parts | {"tag": tag}, headers={"Cache-Control": "no-store"})


async def _reply(request: Request) -> Response:
    digits = request.path_params["digits"].removeprefix("+")
    if is_foreign(request) or not _DIGITS.fullmatch(digits):
        return _page(request, None, error="That reply cannot be sent.", status=403)
    form = await request.form()
    text = (_field(form, "quick") or _field(form, "text"))[:LONGEST_REPLY]
    to = _field(form, "to")[:20]
    if not text or not to:
        missing = "Write something first." if to else "Say whom the text is for."
        return _page(request, "+" + digits, error=missing, status=400)
    engine: Engine = request.app.state.engine
    await engine.reply("+" + digits, to, text)
    return RedirectResponse(f"/phones/{digits}#newest", 303)


async def _set_behaviour(request: Request) -> Response:
    if is_foreign(request):
        return _page(request, None, error="Not from another site's page.", status=403)
    form = await request.form()
    fields: dict[str, Any] = {
        name: str(value) if name in ("receipts", "reject_pattern") else _number(str(value))
        for name, value in form.items()
        if name != "back"
    }
    engine: Engine = request.app.state.engine
    try:
        engine.behaviour = engine.behaviour.changed(fields)
    except BehaviourError as error:
        return _page(request, None, error=f"{error}.", status=400)
    return _back(form, "#behaviour")


async def _reset(request: Request) -> Response:
    if is_foreign(request):
        return _page(request, None, error="Not from another site's page.", status=403)
    request.app.state.engine.reset()
    return RedirectResponse("/", 303)


def _back(form: FormData, fragment: str) -> Response:
    back = _field(form, "back")
    path = f"/phones/{back}" if _DIGITS.fullmatch(back) else "/"
    return RedirectResponse(path + fragment, 303)


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _number(value: str) -> float | str:
    try:
        return int(value) if value.isdigit() else float(value)
    except ValueError:
        return value


def _page(request: Request, number: str | None, error: str = "", status: int = 200) -> Response:
    context = _context(request, number) | {"error": error}
    html = templates.get_template("phones.html").render(context)
    return HTMLResponse(html, status, headers=SECURITY)


def _context(request: Request, number: str | None) -> dict[str, Any]:
    engine: Engine = request.app.state.engine
    sought = request.query_params.get("q", "").strip()[:100]
    shown = request.query_params.get("shown", "")
    wanted = min(int(shown), 1000) if shown.isdigit() and shown.isascii() else PAGE_OF_PHONES
    phones = list(itertools.islice(_found(engine, sought), wanted + 1))
    phone = engine.store.phone(number) if number else None
    bubbles = phone.bubbles[-MOST_BUBBLES:] if phone else []
    digits = re.sub(r"[^0-9]", "", sought)
    return {
        "phones": phones[:wanted],
        "more": f"?q={quote(sought)}&shown={wanted + 200}" if len(phones) > wanted else "",
        "q": sought,
        "unlisted": digits if not phones and _DIGITS.fullmatch(digits) else "",
        "number": number or "",
        "bubbles": bubbles,
        "hidden": len(phone.bubbles) - len(bubbles) if phone else 0,
        "senders": _senders(phone),
        "behaviour": engine.behaviour,
        "changed": _changed(engine),
        "receipt_modes": RECEIPT_MODES,
        "stats": engine.stats(),
        "webhook_base": engine.config.webhook_base,
        "now": time.time(),
    }


def _found(engine: Engine, sought: str) -> Iterator[Phone]:
    # Bounded, because the provider answers nobody while it searches.
    newest = engine.store.phones()
    if not sought:
        return newest
    if re.fullmatch(r"[+0-9 ()-]+", sought):
        digits = re.sub(r"[^0-9]", "", sought).removeprefix("00")
        newest = itertools.islice(newest, MOST_NUMBERS_SEARCHED)
        return (phone for phone in newest if digits in phone.number)
    words = presentation.folded(sought)
    newest = itertools.islice(newest, MOST_TEXTS_SEARCHED)
    return (p for p in newest if words in presentation.folded(p.bubbles[-1].text))


def _changed(engine: Engine) -> int:
    """How many behaviour fields are not as the simulator was started."""
    started = engine.config.behaviour.as_dict()
    return sum(started[name] != now for name, now in engine.behaviour.as_dict().items())


def _senders(phone: Phone | None) -> list[str]:
    """Who wrote to or was written from this phone, the latest first."""
    if phone is None:
        return []
    latest = reversed(phone.bubbles[-MOST_BUBBLES:])
    return list(dict.fromkeys(b.sender if isinstance(b, Message) else b.to for b in latest))
