"""What pages need to know of a request: who asks, from where, and whether to let it in."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from astronote.db import system_transaction
from astronote.errors import Forbidden, Unauthenticated
from astronote.security import Identity
from astronote.services import accounts, rate_limits
from astronote.services.rate_limits import Limit
from astronote.services.visitors import is_program
from astronote.settings import settings

COOKIE = "astronote_session"

_PURPOSES = ("purpose", "sec-purpose", "x-purpose", "x-moz")


def address(request: Request) -> str:
    """The caller's address, as the API's outermost layer found it."""
    known = getattr(request.state, "client_address", None)
    return str(known or (request.client.host if request.client else ""))


def network(request: Request) -> str:
    """What rate limits count as one caller."""
    return rate_limits.network(address(request))


def user_agent(request: Request) -> str:
    """The caller's program, at most 300 characters."""
    return request.headers.get("user-agent", "")[:300]


def by_program(request: Request) -> bool:
    """Whether a program opens the link, rather than a person."""
    purposes = [request.headers[name] for name in _PURPOSES if name in request.headers]
    return is_program(request.method, user_agent(request), purposes)


def require_own_form(request: Request) -> None:
    """Refuse a form that another site made the browser send.

    Pages with ``no-referrer`` send ``Origin: null``, so the browser's own judgement
    (``Sec-Fetch-Site``) goes first. What has neither is no browser and has no cookie that
    it did not mean to send.

    Raises:
        Forbidden: ``cross_origin``.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = {
        request.headers.get("host", ""),
        urlsplit(settings().public_base).netloc,
        urlsplit(settings().frontend_url).netloc,
    }
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        foreign = origin not in {None, "null"} and urlsplit(origin or "").netloc not in own
    if foreign:
        raise Forbidden("This request came from another site.", code="cross_origin")


def session_token(request: Request) -> str | None:
    """The session token in the cookie."""
    return request.cookies.get(COOKIE)


def visitor(request: Request) -> Identity | None:
    """Who is signed in, if anybody is."""
    token = session_token(request)
    if not token:
        return None
    try:
        with system_transaction() as session:
            return accounts.identify(session, token)
    except Unauthenticated:
        return None


Visitor = Annotated[Identity | None, Depends(visitor)]
OwnForm = Depends(require_own_form)


def limited(limit: Limit, request: Request) -> None:
    """Count this caller against ``limit``.

    Raises:
        RateLimited: too many.
    """
    rate_limits.take(limit, network(request))


def require_no_guessing(request: Request) -> None:
    """Refuse a caller who has lately asked for many things that do not exist.

    Raises:
        RateLimited: he has.
    """
    for verdict in rate_limits.measure(rate_limits.MISS, [network(request)], cost=0):
        rate_limits.require(verdict)


def note_miss(request: Request) -> None:
    """Count one thing asked for that does not exist; the answer stays what it is."""
    rate_limits.measure(rate_limits.MISS, [network(request)], cost=1)
