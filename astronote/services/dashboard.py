"""The figures of the dashboard: what there is, what is under way, what needs attention."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock
from astronote.models import Campaign, CampaignCount, Contact, ImportJob
from astronote.services import billing

LOW_CREDITS = 100
"""Fewer than this and the dashboard says so."""

_RECENT = 5
_NEW_DAYS = 30


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
class Attention:
    """Something a merchant should look at: a sentence, and the page that helps."""

    sentence: str
    href: str


@dataclass(frozen=True)
class Figures:
    """Counts are of people or messages; credits are whole."""

    contacts: int
    new_contacts: int
    subscribed: int
    delivered: int
    under_way: int
    credits_available: int
    credits_reserved: int
    running: int
    next_scheduled: CampaignLine | None
    recent: list[CampaignLine]
    attention: list[Attention]


def figures(session: Session, shop_id: int) -> Figures:
    """Everything the dashboard shows, as of now."""
    contacts, new_contacts, subscribed = _contacts(session, shop_id)
    delivered, under_way = _messages(session, shop_id)
    by_status = _campaigns_by_status(session, shop_id)
    summary = billing.summary(session, shop_id)
    upcoming = _campaigns(
        session, shop_id, col(Campaign.status) == "scheduled", col(Campaign.scheduled_at)
    )
    return Figures(
        contacts=contacts,
        new_contacts=new_contacts,
        subscribed=subscribed,
        delivered=delivered,
        under_way=under_way,
        credits_available=summary.credits.available,
        credits_reserved=summary.credits.reserved,
        running=by_status.get("sending", 0),
        next_scheduled=upcoming[0] if upcoming else None,
        recent=_campaigns(session, shop_id, sa.true(), col(Campaign.id).desc()),
        attention=[
            *_credit_attention(summary),
            *_campaign_attention(by_status),
            *_import_attention(session, shop_id),
        ],
    )


def _contacts(session: Session, shop_id: int) -> tuple[int, int, int]:
    since = clock.now() - timedelta(days=_NEW_DAYS)
    found = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(col(Contact.created_at) >= since),
            sa.func.count().filter(col(Contact.is_subscribed)),
        ).where(col(Contact.shop_id) == shop_id)
    ).one()
    return int(found[0]), int(found[1]), int(found[2])


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


def _credit_attention(summary: billing.Summary) -> list[Attention]:
    if summary.blocked_reason:
        return [Attention(summary.blocked_reason, "/app/billing")]
    left = summary.credits.available
    if left < LOW_CREDITS:
        return [Attention(f"Only {left:,} credits are left.", "/app/billing")]
    return []


def _campaign_attention(by_status: dict[str, int]) -> list[Attention]:
    words = {
        "paused": "waiting to be resumed",
        "missed": "not sent at their time",
        "failed": "stopped before they began",
    }
    return [
        Attention(
            f"{by_status[status]} {'campaign' if by_status[status] == 1 else 'campaigns'}: {what}.",
            f"/app/campaigns?status={status}",
        )
        for status, what in words.items()
        if by_status.get(status)
    ]


def _import_attention(session: Session, shop_id: int) -> list[Attention]:
    since = clock.now() - timedelta(days=7)
    failed = session.execute(
        sa.select(sa.func.count()).where(
            col(ImportJob.shop_id) == shop_id,
            col(ImportJob.status) == "failed",
            col(ImportJob.created_at) >= since,
        )
    ).scalar_one()
    if not failed:
        return []
    words = "import failed" if failed == 1 else "imports failed"
    return [Attention(f"{failed} {words} in the last week.", "/app/contacts/import")]
