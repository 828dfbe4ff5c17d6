"""Redeeming at the till, as JSON."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from astronote.api.deps import ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Moment
from astronote.services import offers, rate_limits

router = APIRouter(tags=["offers"])


class Redemption(Body):
    tracking_id: str | None = Field(None, max_length=100)
    till_code: str | None = Field(None, max_length=40)


class Redeemed(Answer):
    status: Literal["redeemed", "already_redeemed"]
    tracking_id: str
    title: str
    redemptions: int
    redeemed_at: Moment | None


@router.post("/tracking/redeem")
def redeem(body: Redemption, who: SignedIn, session: ShopSession) -> Redeemed:
    """Redeem an offer of one's shop with its tracking id or its till code."""
    rate_limits.take(rate_limits.REDEEM, f"user:{who.user_id}")
    done = offers.redeem(
        session, who.shop_id, who, tracking_id=body.tracking_id, code=body.till_code
    )
    return Redeemed(
        status=done.status,
        tracking_id=done.offer.tracking_id,
        title=done.offer.terms.title,
        redemptions=done.offer.redemptions,
        redeemed_at=done.offer.redeemed_at,
    )
