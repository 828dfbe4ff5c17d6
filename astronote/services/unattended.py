"""What nobody is at: found by the sweep from rows, in a system transaction."""

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock


def unfinished(session: Session, at_most: int = 100) -> list[tuple[int, int]]:
    """Shop and id of sending campaigns whose last message is through; a system transaction.

    A worker finishes its campaign itself; these are the ones whose worker died first.
    """
    rows = session.execute(_UNFINISHED, {"most": at_most}).all()
    return [(row.shop_id, row.id) for row in rows]


def cancelled_but_waiting(session: Session, at_most: int = 100) -> list[tuple[int, int]]:
    """Shop and id of cancelled campaigns to which a worker gave messages back."""
    rows = session.execute(_CANCELLED, {"most": at_most}).all()
    return [(row.shop_id, row.campaign_id) for row in rows]


def is_anything_waiting(session: Session) -> bool:
    """Whether a batch of any shop could be claimed now; a system transaction."""
    return bool(session.execute(_WAITING, {"now": clock.now()}).scalar_one())


_UNFINISHED = sa.text("""
    SELECT c.id, c.shop_id FROM campaign c
    WHERE c.status = 'sending'
      AND EXISTS (SELECT FROM campaign_count n WHERE n.campaign_id = c.id
                  AND n.queued = 0 AND n.sending = 0)
    LIMIT :most
""")

_WAITING = sa.text("""
    SELECT EXISTS (
        SELECT FROM message_batch b
        WHERE b.state = 'waiting' AND (b.not_before IS NULL OR b.not_before <= :now)
          AND (b.campaign_id IS NULL OR EXISTS (
              SELECT FROM campaign c
              WHERE c.shop_id = b.shop_id AND c.id = b.campaign_id AND c.status = 'sending')))
""")

_CANCELLED = sa.text("""
    SELECT DISTINCT b.shop_id, b.campaign_id FROM message_batch b
    JOIN campaign c ON c.shop_id = b.shop_id AND c.id = b.campaign_id
    WHERE b.state = 'waiting' AND c.status = 'cancelled'
    LIMIT :most
""")
