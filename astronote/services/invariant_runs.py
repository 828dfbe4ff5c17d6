"""Looking whether the invariants hold, and remembering what was found."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote.models import InvariantRun
from astronote.services import invariants

KEPT: Final = 200
"""So many looks are remembered."""


@dataclass(frozen=True)
class Look:
    """One look; ``broken`` has a sentence for each claim that did not hold."""

    at: datetime
    seconds: float
    broken: tuple[str, ...]


def run(session: Session) -> Look:
    """Look now, in a system transaction, and remember it."""
    started = time.monotonic()
    broken = invariants.check(session)
    made = InvariantRun(seconds=time.monotonic() - started, broken=broken)
    session.add(made)
    session.flush()
    session.execute(sa.delete(InvariantRun).where(col(InvariantRun.id) <= (made.id or 0) - KEPT))
    return _look(made)


def last(session: Session) -> Look | None:
    """The last look; None where nobody has looked yet."""
    found = session.exec(select(InvariantRun).order_by(col(InvariantRun.id).desc())).first()
    return _look(found) if found else None


def _look(row: InvariantRun) -> Look:
    return Look(row.at, row.seconds, tuple(row.broken))
