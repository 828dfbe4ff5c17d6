"""The sweep: whatever was to be done and is not being done is found here, from rows."""

import logging

from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, Unavailable
from astronote.services import launching, sending, stale_claims, unattended, webhook_events
from astronote.settings import settings
from workers.actors import actor, ring_or_run

log = logging.getLogger(__name__)


@actor("campaigns.sweep_due", max_age=60_000)
def sweep_due() -> None:
    """Settle what died, end what is through, start what is due, ring for what waits."""
    for part in (settle_stale_claims, end_campaigns, start_due_campaigns, ring_for_waiting):
        try:
            part()
        except Unavailable:
            raise
        except Exception:
            # One part that cannot be done must not keep the others from being done.
            log.exception("%s failed", part.__name__)


def settle_stale_claims() -> None:
    """Requeue or mark unknown what a dead worker had in hand; one transaction a claim."""
    with system_transaction() as session:
        stale = stale_claims.find(session)
    for claim in stale:
        try:
            with transaction(claim.shop_id) as session:
                count = stale_claims.settle(session, claim)
        except Conflict:
            continue
        became = "unknown" if claim.dispatched else "queued"
        log.warning("batch %d had a dead claim: %d messages %s", claim.batch_id, count, became)


def end_campaigns() -> None:
    """Complete campaigns whose worker died before it could, and skip what a cancelled
    campaign got back from a worker that could not send it."""
    with system_transaction() as session:
        through = unattended.unfinished(session)
        cancelled = unattended.cancelled_but_waiting(session)
    for shop_id, campaign_id in through:
        with transaction(shop_id) as session:
            sending.finish_campaign(session, shop_id, campaign_id)
    for shop_id, campaign_id in cancelled:
        with transaction(shop_id) as session:
            launching.skip_waiting(session, shop_id, campaign_id)


def start_due_campaigns() -> None:
    """Start scheduled campaigns whose time has come, each in a transaction of its own."""
    with system_transaction() as session:
        due = launching.due(session, settings().schedule_sweep_limit)
    for shop_id, campaign_id in due:
        with transaction(shop_id) as session:
            became = launching.start_due(session, shop_id, campaign_id)
        log.info("campaign %d was due and is now %s", campaign_id, became)


def ring_for_waiting() -> None:
    """Ring for messages and events that wait; without a queue, do the work here."""
    with system_transaction() as session:
        waiting = unattended.is_anything_waiting(session)
        told = webhook_events.is_anything_open(session)
    if waiting:
        ring_or_run("sending.send_batch", None)
    if told:
        ring_or_run("delivery.apply_webhook_events")
