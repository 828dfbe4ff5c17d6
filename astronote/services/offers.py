"""Offers and their redemptions: what a shopper sees, and what the till does with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import enter_shop
from astronote.errors import Forbidden, Gone, Invalid, NotFound
from astronote.models import Redemption
from astronote.security import Identity
from astronote.services.offer_terms import Status, Terms, terms
from astronote.services.till_codes import message_of, till_code

Outcome = Literal["redeemed", "already_redeemed"]


@dataclass(frozen=True)
class Offer:
    """A message's offer as its shopper and the staff see it; nothing personal in it."""

    shop_id: int
    message_id: int
    campaign_id: int | None
    automation_id: int | None
    tracking_id: str
    terms: Terms
    status: Status
    redemptions: int
    redeemed_at: datetime | None
    allow_public_redeem: bool

    @property
    def till_code(self) -> str:
        """What a shopper says at the till where no camera is at hand."""
        return till_code(self.message_id)


@dataclass(frozen=True)
class Redeemed:
    """What pressing Redeem came to."""

    status: Outcome
    offer: Offer


def view(session: Session, tracking_id: str, *, is_program: bool, user_agent: str) -> Offer:
    """Show a message's offer and record the view, in a system transaction.

    A program's view is recorded but counts for nothing.

    Raises:
        NotFound: no message has this tracking id, or its offer is off.
    """
    offer = state(session, tracking_id)
    session.execute(
        _VIEWED,
        {
            "shop": offer.shop_id,
            "message": offer.message_id,
            "campaign": offer.campaign_id,
            "now": clock.now(),
            "program": is_program,
            "agent": user_agent[:300],
        },
    )
    return offer


_VIEWED: Final = sa.text("""
    INSERT INTO offer_view_event (shop_id, message_id, campaign_id, at, is_bot, user_agent)
    VALUES (:shop, :message, :campaign, :now, :program, :agent)
""")


def state(session: Session, tracking_id: str) -> Offer:
    """A message's offer as it stands; in a system transaction, or its shop's.

    Raises:
        NotFound: no message has this tracking id, or its offer is off.
    """
    return _found(session.execute(_BY_TRACKING, {"tracking": tracking_id}).one_or_none())


def by_till_code(session: Session, shop_id: int, code: str) -> Offer:
    """The offer of this shop whose till code was typed.

    Raises:
        NotFound: the shop has no such code.
    """
    message_id = message_of(code)
    row = None
    if message_id is not None:
        row = session.execute(_BY_ID, {"message": message_id, "shop": shop_id}).one_or_none()
    return _found(row)


def redeem(
    session: Session,
    shop_id: int,
    who: Identity,
    *,
    tracking_id: str | None = None,
    code: str | None = None,
    seen: int | None = None,
) -> Redeemed:
    """Redeem at the till, by staff of the shop, with the tracking id or the till code.

    ``seen`` is the number of redemptions on the page that staff looked at: pressing twice
    on one page redeems once, also where the offer allows more.

    Raises:
        Invalid: neither or both were given.
        NotFound: the shop has no such offer.
        Gone: ``expired``.
    """
    if (tracking_id is None) == (code is None):
        raise Invalid("Give the tracking id or the till code.", field="trackingId")
    if tracking_id is not None:
        offer = state(session, tracking_id)
    else:
        offer = by_till_code(session, shop_id, code or "")
    if offer.shop_id != shop_id:
        raise NotFound(_UNKNOWN)
    return _redeem(session, offer, by="staff", user_id=who.user_id, seen=seen)


def redeem_by_shopper(session: Session, tracking_id: str, seen: int | None = None) -> Redeemed:
    """Redeem by the shopper's own tap, in a system transaction.

    Raises:
        NotFound: there is no such offer.
        Forbidden: ``staff_only`` where the shop keeps it to its staff.
        Gone: ``expired``.
    """
    offer = state(session, tracking_id)
    if not offer.allow_public_redeem:
        raise Forbidden("Show this offer at the till; the staff redeem it.", code="staff_only")
    enter_shop(session, offer.shop_id)
    return _redeem(session, offer, by="shopper", user_id=None, seen=seen)


def _redeem(
    session: Session, offer: Offer, *, by: str, user_id: int | None, seen: int | None
) -> Redeemed:
    # Two tills at once: the second waits here and then sees the first one's redemption.
    session.execute(_LOCK, {"message": offer.message_id, "shop": offer.shop_id})
    if offer.terms.max_total is not None:
        # The last of a limited number goes to one of two shoppers.
        whole = f"redemptions:{offer.campaign_id}:{offer.automation_id}"
        session.execute(_LOCK_ALL, {"whole": whole})
    offer = state(session, offer.tracking_id)
    if offer.status == "redeemed" or (seen is not None and offer.redemptions > seen):
        return Redeemed("already_redeemed", offer)
    if offer.status == "expired":
        raise Gone("This offer has ended.", code="expired")
    session.add(
        Redemption(
            shop_id=offer.shop_id,
            message_id=offer.message_id,
            campaign_id=offer.campaign_id,
            automation_id=offer.automation_id,
            sequence=offer.redemptions + 1,
            by=by,
            user_id=user_id,
        )
    )
    session.flush()
    return Redeemed("redeemed", state(session, offer.tracking_id))


_UNKNOWN: Final = "There is no such offer."


def _found(row: sa.Row[Any] | None) -> Offer:
    if row is None or row.offer is None:
        raise NotFound(_UNKNOWN)
    promised = terms(row.offer).of_message(row.sent, row.timezone)
    if not promised.enabled:
        raise NotFound(_UNKNOWN)
    return Offer(
        shop_id=row.shop_id,
        message_id=row.message_id,
        campaign_id=row.campaign_id,
        automation_id=row.automation_id,
        tracking_id=row.tracking_id,
        terms=promised,
        status=promised.status(clock.now(), row.taken, row.taken_in_all),
        redemptions=row.taken,
        redeemed_at=row.redeemed_at,
        allow_public_redeem=row.allow_public_redeem,
    )


# Only a limited number needs the count of all, so only then is it made.
_OFFER: Final = """
    SELECT m.id AS message_id, m.shop_id, m.campaign_id, m.automation_id, m.tracking_id,
           coalesce(m.sent_at, m.created_at) AS sent, s.timezone, s.allow_public_redeem,
           coalesce(c.offer, a.offer) AS offer, r.taken, r.redeemed_at,
           CASE WHEN coalesce(c.offer, a.offer) ->> 'maxTotal' IS NULL THEN 0
           ELSE (SELECT count(*) FROM redemption x
                 WHERE x.shop_id = m.shop_id AND (x.campaign_id = m.campaign_id
                    OR (m.campaign_id IS NULL AND x.automation_id = m.automation_id)))
           END AS taken_in_all
    FROM message m
    JOIN shop s ON s.id = m.shop_id
    LEFT JOIN campaign c ON c.shop_id = m.shop_id AND c.id = m.campaign_id
    LEFT JOIN automation a ON a.shop_id = m.shop_id AND a.id = m.automation_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS taken, max(at) AS redeemed_at FROM redemption
        WHERE message_id = m.id) r
"""
_BY_TRACKING: Final = sa.text(f"{_OFFER} WHERE m.tracking_id = :tracking")
_BY_ID: Final = sa.text(f"{_OFFER} WHERE m.id = :message AND m.shop_id = :shop")
_LOCK: Final = sa.text(
    "SELECT id FROM message WHERE id = :message AND shop_id = :shop FOR NO KEY UPDATE"
)
_LOCK_ALL: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:whole, 0))")
