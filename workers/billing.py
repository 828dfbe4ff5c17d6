"""Applying what Stripe told us, and asking it about what it did not tell."""

import logging

from astronote import clock
from astronote.db import system_transaction
from astronote.errors import Unavailable
from astronote.integrations import stripe
from astronote.services import stripe_events, subscriptions
from workers.actors import actor

log = logging.getLogger(__name__)


@actor("billing.apply_stripe_events")
def apply_stripe_events() -> None:
    """Apply stored events until none is due, each in a transaction of its own."""
    while True:
        with system_transaction() as session:
            if not stripe_events.apply_next(session):
                return


@actor("billing.refresh_subscriptions", max_age=3_600_000)
def refresh_subscriptions() -> None:
    """Ask about subscriptions whose period ended unheard of: a webhook may have been lost."""
    with system_transaction() as session:
        overdue = subscriptions.overdue(session)
    for external_id in overdue:
        asked_at = int(clock.now().timestamp())
        try:
            found = stripe.fetch_subscription(external_id)
        except Unavailable as error:
            log.warning("a subscription could not be looked up: %s", error.code)
            return
        if found is None:
            log.warning("Stripe knows nothing of a subscription that is overdue")
            continue
        with system_transaction() as session:
            subscriptions.told(session, found, asked_at)
