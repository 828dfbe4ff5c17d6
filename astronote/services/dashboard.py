"""The figures of the dashboard: what there is, what is under way, what needs attention."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote.models import Campaign, CampaignCount, Contact
from astronote.services import billing, shops
from astronote.services.attention import Attention, attention
from astronote.services.growth import Growth, growth

_RECENT = 5


@dataclass(frozen=True)
class CampaignLine:
    """A campaign in brief; ``at`` is when it started, else when it was made (UTC)."""

    id: int
    name: str
    status: str
    at: datetime
    total: int
    delivered: int
    failed: int


@dataclass(frozen=True)
class Figures:
    """Counts are of people or messages; credits are whole.

    ``conversion_rate`` is 0 to 1 of the messages of the last days. ``steps`` are what a new
    shop has done of :data:`STEPS`.
    """

    contacts: int
    subscribed: int
    delivered: int
    under_way: int
    growth: Growth
    conversion_rate: float
    credits_available: int
    credits_reserved: int
    running: int
    next_scheduled: CampaignLine | None
    recent: list[CampaignLine]
    attention: list[Attention]
    steps: tuple[bool, bool, bool, bool]


STEPS = ("import", "write", "plan", "send")
"""How a new shop begins."""


def figures(session: Session, shop_id: int) -> Figures:
    """Everything the dashboard shows, as of now."""
    contacts, subscribed = _contacts(session, shop_id)
    delivered, under_way = _messages(session, shop_id)
    by_status = _campaigns_by_status(session, shop_id)
    summary = billing.summary(session, shop_id)
    upcoming = _campaigns(
        session, shop_id, col(Campaign.status) == "scheduled", col(Campaign.scheduled_at)
    )
    grown = growth(session, shop_id, shops.get(session, shop_id).timezone, contacts)
    begun = set(by_status) - {"draft", "scheduled", "failed", "missed"}
    return Figures(
        contacts=contacts,
        subscribed=subscribed,
        delivered=delivered,
        under_way=under_way,
        growth=grown,
        conversion_rate=(
            round(grown.conversions.now / grown.sent.now, 4) if grown.sent.now else 0.0
        ),
        credits_available=summary.credits.available,
        credits_reserved=summary.credits.reserved,
        running=by_status.get("sending", 0),
        next_scheduled=upcoming[0] if upcoming else None,
        recent=_campaigns(session, shop_id, sa.true(), col(Campaign.id).desc()),
        attention=attention(session, shop_id, summary),
        steps=(
            contacts > 0,
            bool(by_status),
            # Who has sent once is no beginner any more, whatever became of the plan.
            bool(begun) or summary.subscription.status == "active",
            bool(begun),
        ),
    )


def _contacts(session: Session, shop_id: int) -> tuple[int, int]:
    found = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(col(Contact.is_subscribed)),
        ).where(col(Contact.shop_id) == shop_id)
    ).one()
    return int(found[0]), int(found[1])


def _messages(session: Session, shop_id: int) -> tuple[int, int]:
    kept = sa.func.coalesce
    waiting = col(CampaignCount.queued) + col(CampaignCount.sending) + col(CampaignCount.sent)
    found = session.execute(
        sa.select(
            kept(sa.func.sum(col(CampaignCount.delivered)), 0),
            kept(sa.func.sum(waiting), 0),
        ).where(col(CampaignCount.shop_id) == shop_id)
    ).one()
    return int(found[0]), int(found[1])


def _campaigns_by_status(session: Session, shop_id: int) -> dict[str, int]:
    found = session.execute(
        sa.select(col(Campaign.status), sa.func.count())
        .where(col(Campaign.shop_id) == shop_id)
        .group_by(col(Campaign.status))
    )
    return {status: int(number) for status, number in found}


def _campaigns(
    session: Session, shop_id: int, which: sa.ColumnElement[bool], order: Any
) -> list[CampaignLine]:
    c = CampaignCount
    total = sum((sa.func.coalesce(col(getattr(c, name)), 0) for name in _STATUSES), sa.literal(0))
    found = session.execute(
        sa.select(
            col(Campaign.id),
            col(Campaign.name),
            col(Campaign.status),
            sa.func.coalesce(
                col(Campaign.started_at), col(Campaign.scheduled_at), col(Campaign.created_at)
            ),
            total,
            sa.func.coalesce(col(c.delivered), 0),
            sa.func.coalesce(col(c.failed), 0),
        )
        .outerjoin(c, col(c.campaign_id) == col(Campaign.id))
        .where(col(Campaign.shop_id) == shop_id, which)
        .order_by(order)
        .limit(_RECENT)
    )
    return [CampaignLine(*row) for row in found]


_STATUSES = (
    "queued", "sending", "sent", "delivered", "failed", "unknown", "expired", "skipped",
)  # fmt: skip
