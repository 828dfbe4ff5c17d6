"""The sweep: whatever was to be done and is not being done is found here, from rows."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, Unavailable
from astronote.services import (
    external_links,
    launching,
    sending,
    stale_claims,
    unattended,
    webhook_events,
)
from astronote.services.stale_claims import StaleClaim
from astronote.settings import settings
from workers.actors import actor, ring_or_run
from workers.each import each

T = TypeVar("T")

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
    each(stale, _settle)


def _settle(claim: StaleClaim) -> None:
    try:
        with transaction(claim.shop_id) as session:
            count = stale_claims.settle(session, claim)
    except Conflict:
        return  # its worker is alive and was quicker
    became = "unknown" if claim.dispatched else "queued"
    log.warning("batch %d had a dead claim: %d messages %s", claim.batch_id, count, became)


def end_campaigns() -> None:
    """Complete campaigns whose worker died before it could, and skip what a cancelled
    campaign got back from a worker that could not send it."""
    with system_transaction() as session:
        through = unattended.unfinished(session)
        cancelled = unattended.cancelled_but_waiting(session)
    each(through, lambda which: _for_campaign(sending.finish_campaign, *which))
    each(cancelled, lambda which: _for_campaign(launching.skip_waiting, *which))


def start_due_campaigns() -> None:
    """Start scheduled campaigns whose time has come, each in a transaction of its own."""
    with system_transaction() as session:
        due = launching.due(session, settings().schedule_sweep_limit)
    each(due, _start)


def _start(which: tuple[int, int]) -> None:
    external_links.fetch_for_campaign(*which)
    became = _for_campaign(launching.start_due, *which)
    log.info("campaign %d was due and is now %s", which[1], became)


def _for_campaign(do: Callable[[Session, int, int], T], shop_id: int, campaign_id: int) -> T:
    with transaction(shop_id) as session:
        return do(session, shop_id, campaign_id)


def ring_for_waiting() -> None:
    """Ring for messages and events that wait; without a queue, do the work here."""
    with system_transaction() as session:
        waiting = unattended.is_anything_waiting(session)
        told = webhook_events.is_anything_open(session)
    if waiting:
        ring_or_run("sending.send_batch", None)
    if told:
        ring_or_run("delivery.apply_webhook_events")
