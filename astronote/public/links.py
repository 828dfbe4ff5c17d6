"""Short links: ``/s/CODE`` and ``/o/CODE``, and the same as JSON under ``/public``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.routing import Route

from astronote.db import transaction
from astronote.errors import BadRequest, NotFound, RateLimited
from astronote.grouping import Grouped
from astronote.public.failures import PageRoute, failure_page
from astronote.public.render import page
from astronote.public.requests import by_program, network
from astronote.security import unsign
from astronote.services import rate_limits, shops
from astronote.services.openings import Destination, Door, Opening, open_links
from astronote.services.shops import ShopRow
from astronote.statements import Statements

router = APIRouter(tags=["links"])
pages = APIRouter(route_class=PageRoute, include_in_schema=False)

_NEVER_KEPT: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class _Knock:
    opening: Opening
    caller: str


_Answer = Destination | Literal["unknown"] | int
"""Where it leads, that nobody knows it, or the seconds that the caller must wait."""


async def _settle(knocks: Sequence[_Knock]) -> list[_Answer]:
    """Open what guessing callers do not ask for; charge each caller for what is unknown."""
    callers = sorted({knock.caller for knock in knocks})
    measured = await rate_limits.measure_here(rate_limits.MISS, callers, 0)
    looks = dict(zip(callers, measured, strict=True))
    let_in = [knock for knock in knocks if looks[knock.caller].allowed]
    opened = await _statements.carry_out(open_links([knock.opening for knock in let_in]))
    missed = [k.caller for k, target in zip(let_in, opened, strict=True) if target is None]
    await rate_limits.measure_here(rate_limits.MISS, missed, 1)
    found = iter(opened)
    answers: list[_Answer] = []
    for knock in knocks:
        look = looks[knock.caller]
        target = next(found) if look.allowed else None
        answers.append(target or ("unknown" if look.allowed else look.retry_after))
    return answers


# Async and grouped, because this is the busiest door by far: after a campaign thousands
# of people and programs tap their links within minutes.
_statements: Final = Statements()
_grouped: Final = Grouped(_settle)


async def _open(request: Request, door: Door, code: str) -> Destination | None:
    answer = await _grouped(_Knock(Opening(door, code, by_program(request)), network(request)))
    if isinstance(answer, int):
        limit = rate_limits.MISS
        raise RateLimited(retry_after=answer, limit=limit.burst, remaining=0)
    return None if answer == "unknown" else answer


def _redirect(location: str) -> Response:
    return Response(status_code=302, headers={"Location": location, **_NEVER_KEPT})


async def _public(request: Request, door: Door, code: str) -> Response:
    found = await _open(request, door, code)
    if found is None:
        raise NotFound("Nobody has this short link.")
    return _redirect(found.location)


@router.get("/public/s/{short_code}", status_code=302, response_class=Response)
async def public_s(request: Request, short_code: str) -> Response:
    """Where a message's opt-out link or free link leads."""
    return await _public(request, "s", short_code)


@router.get("/public/o/{short_code}", status_code=302, response_class=Response)
async def public_o(request: Request, short_code: str) -> Response:
    """Where a message's offer link leads."""
    return await _public(request, "o", short_code)


@router.head("/public/s/{short_code}", include_in_schema=False)
async def public_s_head(request: Request, short_code: str) -> Response:
    """As GET, without a body; a program's."""
    return await _public(request, "s", short_code)


@router.head("/public/o/{short_code}", include_in_schema=False)
async def public_o_head(request: Request, short_code: str) -> Response:
    """As GET, without a body; a program's."""
    return await _public(request, "o", short_code)


async def _page(request: Request, door: Door, code: str, debug: str) -> Response:
    found = await _open(request, door, code)
    if debug == "1":
        return JSONResponse(_looked_up(door, code, found), headers=_NEVER_KEPT)
    return _redirect(found.location if found else "/link-not-available")


async def short_link(request: Request) -> Response:
    """A message's offer link, opt-out link, or one of its free links."""
    door: Door = "o" if request.scope["path"].startswith("/o/") else "s"
    # Named for the access log, which else would show the path with its code.
    request.scope["route"] = _ROUTES[door]
    try:
        # Reading a query costs as much as a click; hardly any link has one.
        has_query = bool(request.scope.get("query_string"))
        debug = request.query_params.get("debug", "") if has_query else ""
        return await _page(request, door, request.path_params["code"], debug)
    except Exception as error:
        return failure_page(request, error)


# Plain routes: FastAPI's reading of parameters costs as much as all the rest of it.
_ROUTES: Final[dict[Door, Route]] = {
    "s": Route("/s/{code}", short_link),
    "o": Route("/o/{code}", short_link),
}
lane: Final = list(_ROUTES.values())
"""The same for :mod:`astronote.lane`."""

for _route in _ROUTES.values():
    pages.add_route(_route.path, short_link, methods=["GET", "HEAD"])


def _looked_up(door: Door, code: str, found: Destination | None) -> dict[str, object]:
    """What ``?debug=1`` tells: the kind of target, nothing of the person."""
    return {
        "door": door,
        "shortCode": code[:80],
        "found": found is not None,
        "link": found.link if found else None,
        "campaignId": found.campaign_id if found else None,
        "location": found.location if found and found.link == "free" else None,
    }


@pages.api_route("/link-not-available", methods=["GET", "HEAD"])
def link_not_available(request: Request, at: str = "") -> Response:
    """What is said where a link leads nowhere; with the shop's contact where it is known."""
    return page(
        request,
        "message.html",
        shop=_shop_of(at),
        status=404,
        title="missing_title",
        body=("missing_body",),
        values={},
    )


def _shop_of(signed: str) -> ShopRow | None:
    if not signed:
        return None
    try:
        shop_id = unsign("shop page", signed).get("shop")
        with transaction(int(shop_id or 0)) as session:
            return shops.get(session, int(shop_id or 0))
    except (BadRequest, NotFound):
        return None
