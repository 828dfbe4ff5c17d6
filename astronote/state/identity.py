"""Who an event comes from: resolved by the gate, kept for the event's own task.

The wrapper in front of the app puts what the cookie's token claims into
:data:`SESSION_HEADER` of a socket, and removes that header from what clients send. The
claims alone open nothing: the session's row is asked for every event, and again during
a long one.
"""

import asyncio
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from astronote.db import system_transaction
from astronote.errors import AstronoteError, Unauthenticated
from astronote.security import Identity, SessionClaims
from astronote.services import accounts

SESSION_HEADER = "x-astronote-session"
"""Set by ``astronote.front`` on sockets; never accepted from outside."""

_FRESH_SECONDS = 1.0


@dataclass(frozen=True)
class _Seen:
    who: Identity
    claims: SessionClaims
    at: float


_seen: ContextVar[_Seen | None] = ContextVar("astronote_identity", default=None)


def write_claims(claims: SessionClaims) -> str:
    """The value of :data:`SESSION_HEADER` for a socket."""
    return f"{claims.user_id}.{claims.shop_id}.{claims.session_id}"


def claims_in(headers: Mapping[str, str]) -> SessionClaims:
    """What :func:`write_claims` wrote.

    Raises:
        Unauthenticated: there is nothing of ours.
    """
    parts = headers.get(SESSION_HEADER, "").split(".")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
        raise Unauthenticated()
    user_id, shop_id, session_id = map(int, parts)
    return SessionClaims(user_id, shop_id, session_id)


async def admit(claims: SessionClaims) -> Identity:
    """Ask the database who this session is and remember it for this task.

    Raises:
        Unauthenticated: the session is unknown, expired or was ended.
        Unavailable: the database is away.
    """
    _seen.set(None)
    who = await asyncio.to_thread(_look_up, claims)
    _seen.set(_Seen(who, claims, time.monotonic()))
    return who


def _look_up(claims: SessionClaims) -> Identity:
    with system_transaction() as session:
        return accounts.identify_session(session, claims)


async def may_operate(claims: SessionClaims) -> bool:
    """Whether this session is an operator's; nothing is remembered."""
    try:
        return (await asyncio.to_thread(_look_up, claims)).is_operator
    except AstronoteError:
        return False


def current() -> Identity:
    """Who this event comes from, as the gate found it.

    Raises:
        Unauthenticated: outside an event that passed the gate.
    """
    seen = _seen.get()
    if seen is None:
        raise Unauthenticated()
    return seen.who


async def still_here() -> Identity:
    """Like :func:`current`, asking the database again when a second has passed.

    A background handler outlives the gate's look; this is what notices a sign-out.

    Raises:
        Unauthenticated: the session has ended since.
    """
    seen = _seen.get()
    if seen is None:
        raise Unauthenticated()
    if time.monotonic() - seen.at < _FRESH_SECONDS:
        return seen.who
    return await admit(seen.claims)
