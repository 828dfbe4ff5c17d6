"""A person's sign-ins: which there are, and how they end.

They are the person's, not a shop's, so these run in a system transaction, except where
one shop ends what somebody has open there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.db import rows_changed
from astronote.errors import NotFound
from astronote.models import UserSession
from astronote.security import Identity


@dataclass(frozen=True)
class SessionRow:
    """One live sign-in; ``is_current`` is the one that asks."""

    id: int
    user_agent: str
    created_at: datetime
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
            one.created_at,
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


def end(session: Session, *which: Any) -> int:
    """End every live sign-in that ``which`` names; returns how many there were."""
    return rows_changed(
        session.execute(
            sa.update(UserSession)
            .where(*which, col(UserSession.revoked_at).is_(None))
            .values(revoked_at=clock.now())
        )
    )
