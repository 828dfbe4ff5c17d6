"""A provider's words, told by webhook and applied; settings for what Hypothesis tries."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings

from astronote.db import system_transaction
from astronote.services import delivery, webhook_events
from astronote.statements import within
from tests.support.sizes import FULL

WORDS = ("Accepted", "Buffered", "Failed", "Expired", "Delivered", "Unknown", "nonsense")
FOR_A_MACHINE = hypothesis_settings(
    max_examples=60 if FULL else 6,
    stateful_step_count=40 if FULL else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Without shrinking: what fails is told as it was found, minutes earlier.
    phases=(Phase.generate,),
    database=None,
)


def store(receipts: Sequence[dict[str, Any]]) -> None:
    """Store receipts, as one request brings them."""
    with system_transaction() as session:
        within(session, webhook_events.store_receipts([receipts]))


def tell(receipts: Sequence[dict[str, Any]]) -> None:
    """Store receipts and apply them."""
    store(receipts)
    with system_transaction() as session:
        delivery.apply_stored(session)
