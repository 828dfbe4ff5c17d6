"""Applying what the provider told us, and asking it about what it did not tell."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from astronote.db import system_transaction, transaction
from astronote.integrations import mitto
from astronote.services import delivery, inbound, look_ups
from astronote.services.look_ups import Question
from astronote.settings import settings
from workers.actors import actor

PORTION = 1000

log = logging.getLogger(__name__)


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


@actor("delivery.refresh_pending", max_age=600_000)
def refresh_pending() -> None:
    """Ask about sent messages that had no receipt."""
    with system_transaction() as session:
        questions = look_ups.pending(session)
    _ask(questions)


@actor("delivery.refresh_missing", max_age=3_600_000)
def refresh_missing() -> None:
    """Ask about messages in doubt, and give up those that stayed so for 72 hours."""
    with system_transaction() as session:
        questions = look_ups.missing(session)
    _ask(questions)
    while True:
        with system_transaction() as session:
            overdue = look_ups.overdue(session)
        if not overdue:
            return
        for batch in overdue:
            with transaction(batch.shop_id) as session:
                expired = look_ups.give_up(session, batch)
            if expired:
                log.warning("batch %d: %d messages expired in doubt", batch.batch_id, expired)


def _ask(questions: Sequence[Question]) -> None:
    with ThreadPoolExecutor(settings().status_refresh_concurrency) as pool:
        answers = list(pool.map(lambda question: mitto.look_up(question.provider_id), questions))
    told = [
        (question.message_id, answer)
        for question, answer in zip(questions, answers, strict=True)
        if answer is not None and answer.status is not None
    ]
    for start in range(0, len(told), PORTION):
        with system_transaction() as session:
            delivery.apply(session, told[start : start + PORTION])
