"""Campaigns as they are read, and the lock under which everything else changes them."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import Invalid, NotFound
from astronote.models import Campaign, CampaignCount
from astronote.models.campaigns import CAMPAIGN_STATUSES
from astronote.paging import COUNT_LIMIT, Page, decode_cursor, encode_cursor
from astronote.services.audience import Audience
from astronote.services.offer_terms import Terms, terms
from astronote.services.statuses import EDITABLE


@dataclass(frozen=True)
class Counts:
    """A campaign's messages, each in exactly one status; an expired one has failed."""

    total: int = 0
    queued: int = 0
    sending: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class ScheduleRow:
    """When it starts: ``now`` (when told) or ``at`` a local time; ``at`` is UTC."""

    mode: str
    local_time: str | None
    timezone: str
    at: datetime | None


@dataclass(frozen=True)
class CampaignRow:
    """A campaign as services and pages see it; times are UTC."""

    id: int
    name: str
    status: str
    status_reason: str | None
    message_text: str
    encoding: str
    audience: Audience
    offer: Terms
    schedule: ScheduleRow
    ignore_quiet_hours: bool
    held_until: datetime | None
    counts: Counts
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_editable(self) -> bool:
        """Whether its text, audience and schedule may still change."""
        return self.status in EDITABLE


def get(session: Session, shop_id: int, campaign_id: int) -> CampaignRow:
    """One campaign with its counters.

    Raises:
        NotFound: the shop has no such campaign.
    """
    found = session.execute(_with_counts(shop_id).where(col(Campaign.id) == campaign_id)).first()
    if found is None:
        raise _missing()
    return _row(*found)


def listing(
    session: Session,
    shop_id: int,
    *,
    status: str | None = None,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[CampaignRow]:
    """The shop's campaigns, newest first, of a status or with ``q`` in the name.

    Raises:
        BadRequest: ``invalid_cursor``.
        Invalid: there is no such status.
    """
    conditions = [col(Campaign.shop_id) == shop_id]
    if status:
        if status not in CAMPAIGN_STATUSES:
            raise Invalid("There is no such status.", field="status")
        conditions.append(col(Campaign.status) == status)
    if q and q.strip():
        folded = sa.func.search_fold(sa.literal(q.strip()))
        conditions.append(sa.func.strpos(sa.func.search_fold(col(Campaign.name)), folded) > 0)
    counted = session.execute(
        sa.select(sa.func.count()).select_from(
            sa.select(col(Campaign.id)).where(*conditions).limit(COUNT_LIMIT + 1).subquery()
        )
    ).scalar_one()
    if cursor:
        conditions.append(col(Campaign.id) < int(decode_cursor(cursor, 1)[0]))
    query = _with_counts(shop_id).where(*conditions).order_by(col(Campaign.id).desc())
    found = session.execute(query.limit(limit + 1)).all()
    rows = [_row(*pair) for pair in found[:limit]]
    more = encode_cursor(rows[-1].id) if len(found) > limit else None
    return Page(rows, more, min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT)


def locked(session: Session, shop_id: int, campaign_id: int) -> Campaign:
    """The table's row, held to the end of the transaction; for services only.

    Raises:
        NotFound: the shop has no such campaign.
    """
    found = session.execute(
        sa.select(Campaign)
        .where(col(Campaign.shop_id) == shop_id, col(Campaign.id) == campaign_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise _missing()
    campaign: Campaign = found
    return campaign


def saved(session: Session, campaign: Campaign) -> CampaignRow:
    """Write the table's row and return the frozen one; for services only."""
    campaign.updated_at = clock.now()
    session.add(campaign)
    session.flush()
    return get(session, campaign.shop_id, campaign.id or 0)


def require_text(text: str) -> None:
    """Refuse a campaign that says nothing.

    Raises:
        Invalid: ``empty_message``.
    """
    if not text.strip():
        raise Invalid("Write a message first.", code="empty_message", field="messageText")


def _missing() -> NotFound:
    return NotFound("There is no such campaign.")


def _with_counts(shop_id: int) -> sa.Select[Campaign, CampaignCount | None]:
    return (
        sa.select(Campaign, CampaignCount)
        .outerjoin(CampaignCount, col(CampaignCount.campaign_id) == col(Campaign.id))
        .where(col(Campaign.shop_id) == shop_id)
        .execution_options(populate_existing=True)
    )


def _row(campaign: Campaign, count: CampaignCount | None) -> CampaignRow:
    return CampaignRow(
        id=campaign.id or 0,
        name=campaign.name,
        status=campaign.status,
        status_reason=campaign.status_reason,
        message_text=campaign.message_text,
        encoding=campaign.encoding,
        audience=Audience.model_validate(campaign.audience),
        offer=terms(campaign.offer),
        schedule=ScheduleRow(
            campaign.schedule_mode, campaign.local_time, campaign.timezone, campaign.scheduled_at
        ),
        ignore_quiet_hours=campaign.ignore_quiet_hours,
        held_until=campaign.held_until,
        counts=_counts(count),
        created_at=campaign.created_at,
        updated_at=campaign.updated_at,
        started_at=campaign.started_at,
        finished_at=campaign.finished_at,
    )


def _counts(count: CampaignCount | None) -> Counts:
    if count is None:
        return Counts()
    told = Counts(
        queued=count.queued,
        sending=count.sending,
        sent=count.sent,
        delivered=count.delivered,
        failed=count.failed + count.expired,
        unknown=count.unknown,
        skipped=count.skipped,
    )
    everything = (
        told.queued + told.sending + told.sent + told.delivered + told.failed + told.unknown
    )
    return replace(told, total=everything + told.skipped)
