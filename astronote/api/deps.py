"""The one gate for API requests: who is asking, and the unit of work of his shop.

A signed-in route takes ``who: SignedIn`` and ``session: ShopSession``. The shop comes
from the session row alone; no route reads it from the request.
"""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Path, Query, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from astronote.db import system_transaction, transaction
from astronote.errors import Forbidden, Unauthenticated
from astronote.paging import DEFAULT_LIMIT, MAX_LIMIT
from astronote.security import Identity
from astronote.services import accounts

COOKIE = "astronote_session"
_READING = {"GET", "HEAD", "OPTIONS"}


def token_of(request: Request) -> str | None:
    """The session token of a request: its bearer token, else its cookie."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if bearer:
        return bearer.strip() if scheme.lower() == "bearer" else None
    return request.cookies.get(COOKIE)


def is_same_origin(request: Request) -> bool:
    """Whether a browser says that the request comes from our own pages.

    A cookie travels with requests that other sites make, so one that changes something
    must show where it came from.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get("sec-fetch-site") in {"same-origin", "none"}


async def signed_in(request: Request) -> Identity:
    """Who is asking; asked of the database once a request, in a thread.

    Raises:
        Unauthenticated: nobody, or a session that has ended.
        Forbidden: ``cross_origin``: a change with the cookie from another site.
    """
    known: Identity | None = getattr(request.state, "identity", None)
    return known if known is not None else await run_in_threadpool(_identify, request)


def _identify(request: Request) -> Identity:
    token = token_of(request)
    if not token:
        raise Unauthenticated()
    by_cookie = "authorization" not in request.headers
    identify = accounts.identify if by_cookie else accounts.identify_bearer
    with system_transaction() as session:
        who = identify(session, token)
    if by_cookie and request.method not in _READING and not is_same_origin(request):
        raise Forbidden("This request came from another site.", code="cross_origin")
    request.state.identity = who
    return who


# What waits for nothing is `async`: FastAPI gives every other dependency a thread's turn.
SignedIn = Annotated[Identity, Depends(signed_in)]


async def owner(who: SignedIn) -> Identity:
    """The same, for what only owners may do.

    Raises:
        Forbidden: ``forbidden`` for staff.
    """
    if not who.is_owner:
        raise Forbidden()
    return who


Owner = Annotated[Identity, Depends(owner)]


async def person(who: SignedIn) -> Identity:
    """The same, for what is a person's own: sessions, the password.

    Raises:
        Forbidden: ``forbidden`` for an API key.
    """
    if who.session_id is None:
        raise Forbidden("This is for people who sign in, not for API keys.")
    return who


Person = Annotated[Identity, Depends(person)]


def shop_session(who: SignedIn) -> Iterator[Session]:
    """A unit of work for the asking shop; committed before the answer is sent."""
    with transaction(who.shop_id) as session:
        yield session


# scope="function": the commit happens before the response leaves, so that nobody is told
# of something that a failing commit then takes back.
ShopSession = Annotated[Session, Depends(shop_session, scope="function")]


def open_system_session() -> Iterator[Session]:
    """A unit of work that belongs to no shop, for routes without a sign-in."""
    with system_transaction() as session:
        yield session


SystemSession = Annotated[Session, Depends(open_system_session, scope="function")]

ObjectId = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""The id of a shop's object in a path; what cannot be one is 404, as one that is not."""

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=500)]
DEFAULT = DEFAULT_LIMIT
