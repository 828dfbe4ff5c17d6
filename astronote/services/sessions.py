"""A person's sign-ins: which there are, and how they end.

They are the person's, not a shop's, so these run in a system transaction, except where
one shop ends what somebody has open there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.db import rows_changed
from astronote.errors import NotFound
from astronote.models import UserSession
from astronote.security import Identity

SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly the last use of a sign-in is known."""


@dataclass(frozen=True)
class SessionRow:
    """One live sign-in; ``is_current`` is the one that asks."""

    id: int
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


def listing(session: Session, who: Identity) -> list[SessionRow]:
    """The person's live sign-ins, the newest first."""
    found = session.exec(
        select(UserSession)
        .where(
            UserSession.user_id == who.user_id,
            col(UserSession.revoked_at).is_(None),
            col(UserSession.expires_at) > clock.now(),
        )
        .order_by(col(UserSession.id).desc())
    )
    return [
        SessionRow(
            cast("int", one.id),
            one.user_agent,
            one.address,
            one.created_at,
            one.last_seen_at or one.created_at,
            one.expires_at,
            one.id == who.session_id,
        )
        for one in found
    ]


def end_one(session: Session, who: Identity, session_id: int) -> None:
    """End one of the person's sign-ins, at once, on open pages too.

    Raises:
        NotFound: it is none of this person's, or has ended.
    """
    mine = (col(UserSession.id) == session_id, col(UserSession.user_id) == who.user_id)
    if not end(session, *mine, col(UserSession.expires_at) > clock.now()):
        raise NotFound("There is no such session.")


def end_others(session: Session, who: Identity) -> int:
    """End every sign-in of the person but the one that asks; how many there were."""
    return end(
        session,
        col(UserSession.user_id) == who.user_id,
        col(UserSession.id) != who.session_id,
        col(UserSession.expires_at) > clock.now(),
    )


def note_use(session: Session, session_id: int, seen: datetime | None, now: datetime) -> None:
    """Note that a sign-in is used now, unless it was noted within :data:`SEEN_EVERY`."""
    if seen is None or seen <= now - SEEN_EVERY:
        noted = {"id": session_id, "now": now, "before": now - SEEN_EVERY}
        session.execute(_SEEN, noted)


_SEEN: Final = sa.text("""
    UPDATE user_session SET last_seen_at = :now
    WHERE id = :id AND (last_seen_at IS NULL OR last_seen_at <= :before)
""")


def end(session: Session, *which: Any) -> int:
    """End every live sign-in that ``which`` names; returns how many there were."""
    return rows_changed(
        session.execute(
            sa.update(UserSession)
            .where(*which, col(UserSession.revoked_at).is_(None))
            .values(revoked_at=clock.now())
        )
    )
