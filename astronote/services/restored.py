"""What must not simply go on after a backup was restored.

What was queued when the backup was made has probably gone out since, so sending it now
would reach people twice. Nothing is sent until somebody has looked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.services import birthdays, holding

REASON: Final = (
    "The data were restored from a backup. What has been sent since it was made is not known:"
    " look at the provider's list before you go on."
)
_SINGLE: Final = "The data were restored from a backup; it may have been sent before."


@dataclass(frozen=True)
class HeldBack:
    """How much was stopped: campaigns paused and missed, single messages skipped, shops whose
    birthday wishes of today are left out."""

    paused: int
    missed: int
    skipped: int
    wishes: int


def hold_back(session: Session, made_at: datetime) -> HeldBack:
    """Stop what the backup of ``made_at`` has as waiting; a system transaction.

    Campaigns under way are paused, those that were due between the backup and now become
    ``missed``, single messages are skipped and their credits free again. What a worker
    had in hand is in doubt, whether or not it had got as far as posting it. Birthday wishes
    whose hour has come today are taken for sent.
    """
    now = clock.now()
    named = {"now": now, "made": made_at, "reason": REASON}
    paused = rows_changed(session.execute(_PAUSE, named))
    missed = rows_changed(session.execute(_MISS, named))
    session.execute(_DOUBT)
    skipped = 0
    for batch in session.execute(_SINGLES).all():
        holding.stop_batch(session, batch, _SINGLE, now)
        skipped += batch.size
    return HeldBack(paused, missed, skipped, birthdays.pass_over(session))


_PAUSE = sa.text("""
    UPDATE campaign SET status = 'paused', status_reason = :reason, reason_told_at = NULL,
        updated_at = :now
    WHERE status = 'sending'
""")

_MISS = sa.text("""
    UPDATE campaign SET status = 'missed', status_reason = :reason, reason_told_at = NULL,
        updated_at = :now
    WHERE status = 'scheduled' AND scheduled_at BETWEEN :made AND :now
""")

_DOUBT = sa.text("""
    UPDATE message_batch SET state = 'dispatched', dispatched_at = claimed_at
    WHERE state = 'claimed'
""")

_SINGLES = sa.text("""
    SELECT id, shop_id, campaign_id, size FROM message_batch
    WHERE state = 'waiting' AND campaign_id IS NULL ORDER BY id FOR UPDATE
""")
