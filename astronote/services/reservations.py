"""Reservations that outlived what they were for, and the proof that money adds up.

Every step settles its own credits; what is found here was left over by something that
went wrong, so it is also told.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.services import wallet


@dataclass(frozen=True)
class Leftover:
    """Credits held for nothing that may still be sent."""

    reservation_id: int
    shop_id: int
    campaign_id: int | None
    batch_id: int | None
    held: int


def leftovers(session: Session, at_most: int = 500) -> list[Leftover]:
    """Expired reservations without a queued, sending or unknown message; a system transaction."""
    rows = session.execute(_FIND, {"now": clock.now(), "most": at_most}).all()
    return [Leftover(r.id, r.shop_id, r.campaign_id, r.batch_id, r.held) for r in rows]


def release(session: Session, left: Leftover) -> bool:
    """Give the leftover back to its shop."""
    return wallet.settle(
        session,
        left.shop_id,
        campaign_id=left.campaign_id,
        batch_id=left.batch_id,
        release=left.held,
        settles=f"leftover:{left.reservation_id}",
    )


_FIND = sa.text("""
    SELECT r.id, r.shop_id, r.campaign_id, r.batch_id,
           r.amount - r.committed - r.released AS held
    FROM credit_reservation r
    WHERE r.state = 'held' AND r.expires_at < :now
      AND NOT EXISTS (
          SELECT FROM campaign_count n WHERE n.campaign_id = r.campaign_id
          AND (n.queued > 0 OR n.sending > 0 OR n.unknown > 0))
      AND NOT EXISTS (
          SELECT FROM message m WHERE m.batch_id = r.batch_id
          AND m.status IN ('queued', 'sending', 'unknown'))
    ORDER BY r.expires_at LIMIT :most
""")
