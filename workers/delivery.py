"""Applying what the provider told us, and asking it about what it did not tell."""

from astronote.db import system_transaction
from astronote.services import delivery, inbound
from workers.actors import actor

PORTION = 1000


@actor("delivery.apply_webhook_events")
def apply_webhook_events() -> None:
    """Apply stored receipts and inbound texts until none waits."""
    while True:
        with system_transaction() as session:
            texts = inbound.apply_next(session)
        with system_transaction() as session:
            receipts = delivery.apply_stored(session, PORTION)
        if not texts and receipts == 0:
            return
