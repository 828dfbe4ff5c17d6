"""Claims whose worker died: what was surely not sent waits again, the rest is in doubt.

Locks: the batch, its messages by id, their campaign's counters; a record that is just being
written wins.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.errors import Conflict
from astronote.services.sending import note_events
from astronote.settings import settings


@dataclass(frozen=True)
class StaleClaim:
    """A claim older than SEND_CLAIM_STALE_MINUTES."""

    batch_id: int
    shop_id: int
    campaign_id: int | None
    attempt_id: uuid.UUID
    dispatched: bool


def find(session: Session, at_most: int = 500) -> list[StaleClaim]:
    """The oldest stale claims of all shops; a system transaction."""
    before = clock.now() - timedelta(minutes=settings().send_claim_stale_minutes)
    return [
        StaleClaim(r.id, r.shop_id, r.campaign_id, r.attempt_id, r.state == "dispatched")
        for r in session.execute(_FIND, {"before": before, "most": at_most})
    ]


def settle(session: Session, claim: StaleClaim) -> int:
    """Put a claim that was never dispatched back to ``queued``, another to ``unknown``.

    Returns:
        How many messages changed.

    Raises:
        Conflict: ``claim_moved``: its worker is alive and was quicker; roll back.
    """
    now = clock.now()
    named = {"shop": claim.shop_id, "batch": claim.batch_id, "attempt": claim.attempt_id}
    ids = list(session.execute(_UNKNOWN if claim.dispatched else _REQUEUE, named).scalars().all())
    freed = session.execute(
        _FREE,
        named
        | {
            "state": "dispatched" if claim.dispatched else "claimed",
            "unresolved": len(ids) if claim.dispatched else 0,
            "now": now,
        },
    )
    if rows_changed(freed) == 0:
        raise Conflict("The claim is being settled by its worker.", code="claim_moved")
    if claim.dispatched and ids:
        note = "The worker ended before the provider's answer was recorded."
        note_events(session, claim.shop_id, ids, "unknown", note, now)
    return len(ids)


_FIND = sa.text("""
    SELECT id, shop_id, campaign_id, attempt_id, state FROM message_batch
    WHERE state IN ('claimed', 'dispatched') AND claimed_at < :before
    ORDER BY claimed_at LIMIT :most
""")

_CHANGE = """
    WITH mine AS MATERIALIZED (
        SELECT shop_id, id FROM message
        WHERE shop_id + 0 = :shop AND batch_id = :batch AND attempt_id = :attempt
          AND status = 'sending'
          -- Before the campaign's counters, as a claim and a cancelling have them.
          AND EXISTS (SELECT FROM message_batch b
                      WHERE b.shop_id = :shop AND b.id = :batch FOR UPDATE)
        ORDER BY id FOR UPDATE
    )
    UPDATE message m SET {change}
    FROM mine WHERE m.shop_id = mine.shop_id AND m.id = mine.id RETURNING m.id
"""
_REQUEUE = sa.text(_CHANGE.format(change="status = 'queued', attempt_id = NULL, claimed_at = NULL"))
_UNKNOWN = sa.text(
    _CHANGE.format(
        change="""status = 'unknown', dispatched_at = (
            SELECT dispatched_at FROM message_batch b
            WHERE b.shop_id = :shop AND b.id = :batch)"""
    )
)

_FREE = sa.text("""
    UPDATE message_batch b SET
        attempt_id = NULL, not_before = NULL, checked_at = :now,
        unresolved = b.unresolved + :unresolved,
        state = CASE WHEN EXISTS (
            SELECT FROM message m WHERE m.shop_id + 0 = b.shop_id AND m.batch_id = b.id
            AND m.status = 'queued') THEN 'waiting' ELSE 'done' END
    WHERE b.shop_id = :shop AND b.id = :batch AND b.attempt_id = :attempt AND b.state = :state
""")
