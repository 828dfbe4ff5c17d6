"""Messages about which no receipt came: which to ask about, and when to give up.

A silent message is asked about less and less often. One in doubt for 72 hours expires and
its credits go back; a sent one is then taken to stay as it is.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.services import sending, wallet

SILENT_AFTER = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=72)
BATCHES_AT_ONCE = 20


@dataclass(frozen=True)
class Question:
    """A message to ask the provider about."""

    message_id: int
    provider_id: str


@dataclass(frozen=True)
class Overdue:
    """A batch of which something was sent over 72 hours ago and is still open."""

    batch_id: int
    shop_id: int
    campaign_id: int | None


def pending(session: Session) -> list[Question]:
    """Sent messages without a final receipt, longest unasked first; a system transaction.

    Their batches count as asked about now, so that two workers do not ask the same.
    """
    now = clock.now()
    batches = session.execute(
        _NEXT_BATCHES,
        {"now": now, "before": now - SILENT_AFTER, "most": BATCHES_AT_ONCE},
    ).scalars()
    return _questions(session, list(batches), "sent")


def missing(session: Session, at_most: int = 500) -> list[Question]:
    """Messages in doubt whose id at the provider is known; a system transaction."""
    rows = session.execute(_MISSING, {"most": at_most}).all()
    return [Question(row.id, row.provider_message_id) for row in rows]


def overdue(session: Session, at_most: int = 100) -> list[Overdue]:
    """Batches whose open messages are given up; a system transaction."""
    before = clock.now() - GIVE_UP_AFTER
    rows = session.execute(_OVERDUE, {"before": before, "most": at_most}).all()
    return [Overdue(row.id, row.shop_id, row.campaign_id) for row in rows]


def give_up(session: Session, batch: Overdue) -> int:
    """Expire what has been in doubt for so long and give its credits back; how many messages.

    A batch of which nothing younger is left is not asked about any more.
    """
    now = clock.now()
    named = {
        "shop": batch.shop_id,
        "batch": batch.batch_id,
        "now": now,
        "before": now - GIVE_UP_AFTER,
    }
    rows = session.execute(_EXPIRE, named).all()
    if rows:
        ids = [row.id for row in rows]
        note = "The provider never said what became of it; the credits went back."
        sending.note_events(session, batch.shop_id, ids, "expired", note, now)
    # No longer asked about: `checked_at` is what the queries above go by.
    session.execute(_LEAVE, named | {"expired": len(rows)})
    released = [row for row in rows if row.billing_status == "released"]
    wallet.settle(
        session,
        batch.shop_id,
        campaign_id=batch.campaign_id,
        batch_id=batch.batch_id,
        release=sum(row.credits for row in released),
        # A message expires once, so its id names this settlement.
        settles=f"expired:{min((row.id for row in rows), default=0)}",
    )
    return len(rows)


def _questions(session: Session, batches: list[int], status: str) -> list[Question]:
    rows = session.execute(_SILENT, {"batches": batches, "status": status}).all()
    by_batch: dict[int, list[Question]] = defaultdict(list)
    for row in rows:
        by_batch[row.batch_id].append(Question(row.id, row.provider_message_id))
    return [question for batch in batches for question in by_batch[batch]]


_NEXT_BATCHES = sa.text("""
    UPDATE message_batch b SET checked_at = :now
    FROM (
        SELECT id FROM message_batch
        WHERE unresolved > 0 AND checked_at < :before AND state IN ('done', 'waiting')
          AND checked_at + (checked_at - coalesce(dispatched_at, created_at)) / 2 < :before
        ORDER BY checked_at LIMIT :most
        FOR UPDATE SKIP LOCKED
    ) due
    WHERE b.id = due.id
    RETURNING b.id
""")

_SILENT = sa.text("""
    SELECT id, batch_id, provider_message_id FROM message
    WHERE batch_id = ANY(CAST(:batches AS bigint[])) AND status = :status
      AND provider_message_id IS NOT NULL
    ORDER BY id
""")

_MISSING = sa.text("""
    SELECT m.id, m.provider_message_id
    FROM message_batch b JOIN message m ON m.batch_id = b.id AND m.shop_id = b.shop_id
    WHERE b.unresolved > 0 AND b.checked_at IS NOT NULL
      AND m.status = 'unknown' AND m.provider_message_id IS NOT NULL
    ORDER BY b.checked_at, m.id LIMIT :most
""")

# A batch may have been sent in several calls, and part of it may still wait: the age of
# what is in doubt is each message's own.
_OVERDUE = sa.text("""
    SELECT b.id, b.shop_id, b.campaign_id FROM message_batch b
    WHERE b.unresolved > 0 AND b.checked_at IS NOT NULL AND b.created_at < :before
      AND CASE WHEN b.state = 'done' AND coalesce(b.dispatched_at, b.created_at) < :before
          THEN true
          ELSE EXISTS (
              SELECT FROM message m
              WHERE m.batch_id = b.id AND m.shop_id = b.shop_id AND m.status = 'unknown'
                AND coalesce(m.dispatched_at, m.created_at) < :before)
          END
    ORDER BY b.checked_at LIMIT :most
""")

_EXPIRE = sa.text("""
    WITH mine AS MATERIALIZED (
        SELECT shop_id, id FROM message
        WHERE shop_id + 0 = :shop AND batch_id = :batch AND status = 'unknown'
          AND coalesce(dispatched_at, created_at) < :before
        ORDER BY id FOR UPDATE
    ), held AS MATERIALIZED (
        -- After the messages, as receipts have them, and before the campaign's counters.
        SELECT b.id FROM message_batch b
        WHERE b.shop_id = :shop AND b.id = :batch AND (SELECT count(*) FROM mine) > 0
        FOR UPDATE
    )
    UPDATE message m SET status = 'expired', ended_at = :now,
        failure_reason = 'The provider never said what became of it.',
        billing_status = CASE WHEN m.billing_status = 'reserved' THEN 'released'
                              ELSE m.billing_status END
    FROM mine CROSS JOIN held WHERE m.shop_id = mine.shop_id AND m.id = mine.id
    RETURNING m.id, m.credits, m.billing_status
""")

_LEAVE = sa.text("""
    UPDATE message_batch SET unresolved = unresolved - :expired,
        checked_at = CASE
            WHEN state = 'done' AND coalesce(dispatched_at, created_at) < :before THEN NULL
            ELSE checked_at END
    WHERE shop_id = :shop AND id = :batch
""")
