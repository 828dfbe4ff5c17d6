"""A campaign's run: start it, hold it, go on, end it.

Starting locks the campaign's row, so however many ask at once, one run starts and the
others are told so. Locks: campaign, its waiting batches, messages by id, wallet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock, security
from astronote.errors import AstronoteError, Conflict, Invalid
from astronote.jobs import enqueue as ring
from astronote.models import Campaign
from astronote.services import (
    audience,
    billing,
    campaign_rows,
    composing,
    links,
    notices,
    runs,
    sender_names,
    sending,
    shops,
    wallet,
)
from astronote.services.campaign_rows import CampaignRow
from astronote.services.offer_terms import terms
from astronote.services.quiet_hours import quiet_until
from astronote.services.shops import ShopRow
from astronote.services.statuses import check_campaign
from astronote.words import say

LATEST: Final = timedelta(hours=2)
"""A scheduled campaign that is later than this asks instead of sending."""

_STARTED: Final = frozenset({"sending", "paused", "completed"})


@dataclass(frozen=True)
class Enqueued:
    """A run that has started; ``held_until`` (UTC) where quiet hours hold it."""

    campaign_id: int
    status: str
    recipients: int
    credits_reserved: int
    held_until: datetime | None


def enqueue(session: Session, shop_id: int, campaign_id: int) -> Enqueued:
    """Start the campaign: one message to each recipient, with its final text and price.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``already_enqueued``, ``invalid_state``, ``sender_not_approved``.
        PaymentRequired: ``subscription_inactive``; ``insufficient_credits`` with
            ``required`` and ``available``.
        Invalid: ``empty_message``, ``empty_audience``, or what the text is refused for.
    """
    campaign = campaign_rows.locked(session, shop_id, campaign_id)
    if campaign.status in _STARTED:
        raise Conflict("This campaign has been sent already.", code="already_enqueued")
    check_campaign(campaign.status, "sending")
    shop = shops.get(session, shop_id)
    require_may_send(session, shop)
    composer = _composer(session, shop, campaign)
    held_until = _held_until(shop, campaign)
    queued = runs.queue_bulk(
        session,
        shop_id,
        audience.recipients(session, shop, audience.parse(campaign.audience)),
        composer,
        kind="campaign",
        campaign_id=campaign_id,
        not_before=held_until,
    )
    if queued.messages == 0:
        raise Invalid("Nobody is in this audience.", code="empty_audience", field="audience")
    campaign.status, campaign.status_reason = "sending", None
    campaign.held_until, campaign.started_at = held_until, clock.now()
    campaign.run_token = security.new_token(12)
    campaign_rows.saved(session, campaign)
    ring(session, "sending.send_batch", campaign_id)
    return Enqueued(campaign_id, "sending", queued.messages, queued.credits, held_until)


def require_may_send(session: Session, shop: ShopRow) -> None:
    """The gates before anything of the shop's is sent.

    Raises:
        PaymentRequired: ``subscription_inactive``.
        Conflict: ``sender_not_approved``.
    """
    billing.require_sending_allowed(session, shop.id)
    unapproved = sender_names.refusal(shop)
    if unapproved is not None:
        raise Conflict(unapproved, code="sender_not_approved", field="senderName")


def due(session: Session, limit: int) -> list[tuple[int, int]]:
    """Shop and campaign of those whose time has come, the earliest first.

    In a system transaction; start each in one of its own.
    """
    found = session.execute(
        sa.select(col(Campaign.shop_id), col(Campaign.id))
        .where(col(Campaign.status) == "scheduled", col(Campaign.scheduled_at) <= clock.now())
        .order_by(col(Campaign.scheduled_at), col(Campaign.id))
        .limit(limit)
    )
    return [(shop_id, campaign_id) for shop_id, campaign_id in found]


def start_due(session: Session, shop_id: int, campaign_id: int) -> str:
    """Start a campaign whose time has come; returns what it has become.

    ``sending``; ``missed`` where it is over two hours late, held time aside; ``failed``
    with the reason where it cannot start. One that is not due (any more) stays as it is.
    """
    campaign = campaign_rows.locked(session, shop_id, campaign_id)
    now = clock.now()
    if campaign.status != "scheduled" or not campaign.scheduled_at or campaign.scheduled_at > now:
        return campaign.status
    meant = max(campaign.scheduled_at, campaign.held_until or campaign.scheduled_at)
    if now - meant > LATEST:
        return _end(session, campaign, "missed", "It was not sent at its time.")
    try:
        with session.begin_nested():
            enqueue(session, shop_id, campaign_id)
    except AstronoteError as error:
        return _end(session, campaign, "failed", error.detail)
    return "sending"


def pause(session: Session, shop_id: int, campaign_id: int) -> CampaignRow:
    """Stop sending; what is in hand still goes out.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``invalid_state``.
    """
    campaign = campaign_rows.locked(session, shop_id, campaign_id)
    check_campaign(campaign.status, "paused")
    campaign.status, campaign.status_reason = "paused", None
    return campaign_rows.saved(session, campaign)


def resume(session: Session, shop_id: int, campaign_id: int) -> CampaignRow:
    """Go on sending.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``invalid_state``, ``sender_not_approved``.
        PaymentRequired: ``subscription_inactive``.
    """
    campaign = campaign_rows.locked(session, shop_id, campaign_id)
    if campaign.status != "paused":
        raise Conflict(
            say("Only a paused campaign can be resumed: {status}.", status=say(campaign.status)),
            code="invalid_state",
        )
    shop = shops.get(session, shop_id)
    require_may_send(session, shop)
    campaign.status, campaign.status_reason = "sending", None
    campaign.held_until = _held_until(shop, campaign)
    campaign_rows.saved(session, campaign)
    sending.finish_campaign(session, shop_id, campaign_id)
    ring(session, "sending.send_batch", campaign_id)
    return campaign_rows.get(session, shop_id, campaign_id)


def cancel(session: Session, shop_id: int, campaign_id: int) -> CampaignRow:
    """End it for good: what is queued is skipped and its credits are free again.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``invalid_state``.
    """
    campaign = campaign_rows.locked(session, shop_id, campaign_id)
    check_campaign(campaign.status, "cancelled")
    campaign.status, campaign.status_reason = "cancelled", None
    campaign.held_until, campaign.finished_at = None, clock.now()
    campaign_rows.saved(session, campaign)
    skip_waiting(session, shop_id, campaign_id)
    return campaign_rows.get(session, shop_id, campaign_id)


def skip_waiting(session: Session, shop_id: int, campaign_id: int) -> int:
    """Skip what is queued of a cancelled campaign; returns how many messages that were.

    Batches in somebody's hands are left to him; what he puts back is skipped by the next
    call, which the sweep makes.
    """
    named = {"shop": shop_id, "campaign": campaign_id, "now": clock.now()}
    batches = list(session.execute(_WAITING, named).scalars())
    skipped = session.execute(_SKIP, named | {"batches": batches}).all()
    session.execute(_DONE, named | {"batches": batches})
    wallet.settle(
        session,
        shop_id,
        campaign_id=campaign_id,
        release=sum(row.credits for row in skipped if row.billing_status == "released"),
        settles=f"cancel:{campaign_id}",
    )
    return len(skipped)


def _composer(session: Session, shop: ShopRow, campaign: Campaign) -> composing.Composer:
    text = campaign.message_text
    urls = composing.urls_to_shorten(shop, text, "campaign")
    ordinals = links.shorten(session, shop.id, campaign.id, urls)
    offer = terms(campaign.offer)
    made = composing.composer(
        shop,
        text,
        campaign.encoding,
        offer.enabled,
        "campaign",
        ordinals,
        external=links.external(session, shop.id, campaign.id, urls),
    )
    campaign_rows.require_text("" if made.is_blank else text)
    return made


def _held_until(shop: ShopRow, campaign: Campaign) -> datetime | None:
    if campaign.ignore_quiet_hours:
        return None
    return quiet_until(shop.quiet_hours, shop.timezone, clock.now())


def _end(session: Session, campaign: Campaign, status: str, reason: str) -> str:
    check_campaign(campaign.status, status)
    campaign.status, campaign.status_reason, campaign.reason_told_at = status, reason, None
    ring(session, notices.ACTOR)
    campaign_rows.saved(session, campaign)
    return status


_WAITING = sa.text("""
    SELECT id FROM message_batch
    WHERE shop_id = :shop AND campaign_id = :campaign AND state = 'waiting'
    ORDER BY id FOR UPDATE SKIP LOCKED
""")

_SKIP = sa.text("""
    WITH queued AS MATERIALIZED (
        SELECT id FROM message
        WHERE shop_id = :shop AND batch_id = ANY(:batches) AND status = 'queued'
        ORDER BY id FOR UPDATE
    )
    UPDATE message m SET status = 'skipped', failure_reason = 'cancelled', ended_at = :now,
        billing_status = CASE WHEN m.billing_status = 'reserved' THEN 'released'
                              ELSE m.billing_status END
    FROM queued WHERE m.shop_id = :shop AND m.id = queued.id
    RETURNING m.credits, m.billing_status
""")

_DONE = sa.text("""
    UPDATE message_batch SET state = 'done' WHERE shop_id = :shop AND id = ANY(:batches)
""")
