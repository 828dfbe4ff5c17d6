"""The figures of the dashboard."""

from datetime import date

from fastapi import APIRouter

from astronote.api.deps import ShopSession, SignedIn
from astronote.api.schemas import Answer, Moment
from astronote.services import dashboard

router = APIRouter(prefix="/api/dashboard", tags=["dashboard"])


class ChangeAnswer(Answer):
    now: int
    before: int


class GrowthDayAnswer(Answer):
    date: date
    contacts: int
    new_contacts: int
    sent: int
    conversions: int


class GrowthAnswer(Answer):
    days: list[GrowthDayAnswer]
    new_contacts: ChangeAnswer
    sent: ChangeAnswer
    conversions: ChangeAnswer


class CampaignLineAnswer(Answer):
    id: int
    name: str
    status: str
    at: Moment
    total: int
    delivered: int
    failed: int


class AttentionAnswer(Answer):
    code: str
    sentence: str
    reason: str
    href: str


class DashboardAnswer(Answer):
    contacts: int
    subscribed: int
    delivered: int
    under_way: int
    growth: GrowthAnswer
    conversion_rate: float
    credits_available: int
    credits_reserved: int
    running: int
    next_scheduled: CampaignLineAnswer | None
    recent: list[CampaignLineAnswer]
    attention: list[AttentionAnswer]


@router.get("")
def read(who: SignedIn, session: ShopSession) -> DashboardAnswer:
    """What there is, what is under way, what needs attention; ``growth`` covers the last 30
    days of the shop's calendar, ``now`` beside the 30 ``before``."""
    return DashboardAnswer.model_validate(dashboard.figures(session, who.shop_id))
