"""What the staff's page at the till needs: an offer by whatever was typed or scanned, and
the last redemptions."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlmodel import Session

from astronote.errors import NotFound
from astronote.services import offers
from astronote.services.offer_terms import terms
from astronote.services.offers import Offer
from astronote.services.till_codes import till_code

LAST: Final = 20

_SCANNED: Final = re.compile(r"/tracking/(?:redeem|offer)/([A-Za-z0-9_-]{1,64})(?:[/?#]|$)")


@dataclass(frozen=True)
class RedemptionRow:
    """One redemption; ``of`` is the campaign's name or the automation's type, ``email`` the
    staff's, where staff pressed."""

    id: int
    at: datetime
    title: str
    of: str
    till_code: str
    by: Literal["staff", "shopper"]
    email: str


def look_up(session: Session, shop_id: int, typed: str) -> Offer:
    """The shop's offer behind a till code, or behind a scanned address of ours.

    Scanners that act as keyboards type the whole address of the QR code.

    Raises:
        NotFound: the shop has no such offer.
    """
    scanned = _SCANNED.search(typed)
    if scanned is None:
        return offers.by_till_code(session, shop_id, typed)
    offer = offers.state(session, scanned[1])
    if offer.shop_id != shop_id:
        raise NotFound("There is no such offer.")
    return offer


def recent(session: Session, shop_id: int, limit: int = LAST) -> list[RedemptionRow]:
    """The shop's last redemptions, newest first."""
    found = session.execute(_RECENT, {"shop": shop_id, "limit": limit})
    return [
        RedemptionRow(
            id=row.id,
            at=row.at,
            title=terms(row.offer or {}).title,
            of=row.of or "",
            till_code=till_code(row.message_id),
            by=row.by,
            email=row.email or "",
        )
        for row in found
    ]


_RECENT: Final = sa.text("""
    SELECT r.id, r.at, r.message_id, r.by, u.email, coalesce(c.name, a.type) AS of,
           coalesce(c.offer, a.offer) AS offer
    FROM redemption r
    LEFT JOIN campaign c ON c.shop_id = r.shop_id AND c.id = r.campaign_id
    LEFT JOIN automation a ON a.shop_id = r.shop_id AND a.id = r.automation_id
    LEFT JOIN user_account u ON u.id = r.user_id
    WHERE r.shop_id = :shop
    ORDER BY r.at DESC, r.id DESC LIMIT :limit
""")
