"""The sweep: whatever was to be done and is not being done is found here, from rows."""

import logging

from astronote.db import system_transaction, transaction
from astronote.errors import Conflict
from astronote.services import sending, stale_claims, webhook_events
from workers.actors import actor, ring_or_run

log = logging.getLogger(__name__)


@actor("campaigns.sweep_due", max_age=60_000)
def sweep_due() -> None:
    """Settle stale claims, finish campaigns, and ring for work that nobody is at."""
    settle_stale_claims()
    with system_transaction() as session:
        ended = sending.unfinished(session)
        waiting = sending.is_anything_waiting(session)
        told = webhook_events.is_anything_open(session)
    for shop_id, campaign_id in ended:
        with transaction(shop_id) as session:
            sending.finish_campaign(session, shop_id, campaign_id)
    if waiting:
        ring_or_run("sending.send_batch", None)
    if told:
        ring_or_run("delivery.apply_webhook_events")


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
