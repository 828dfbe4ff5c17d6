"""Applying what the provider told us, and asking it about what it did not tell."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from sqlalchemy.exc import OperationalError

from astronote.db import system_transaction, transaction
from astronote.errors import Unavailable
from astronote.integrations import mitto
from astronote.services import delivery, inbound, look_ups
from astronote.services.look_ups import Overdue, Question
from astronote.settings import settings
from workers import send_loop
from workers.actors import actor
from workers.each import each

PORTION = 1000
FEW = PORTION // 4
"""Less than that in a portion is the end. Not less than a whole one: of the oldest, others may
have some in hand, and who has most of them goes on."""

AT_ONCE = 50
LONGEST_ASKING = 240.0
"""Seconds; less than the pause between two rounds."""

log = logging.getLogger(__name__)


@actor("delivery.apply_webhook_events")
def apply_webhook_events() -> None:
    """Apply the receipts and inbound texts that are stored by now.

    What comes meanwhile rings again, after it was stored. To go on for it would mean a
    transaction for every handful in a rush, and take the processor from those who answer.
    """
    while True:
        with system_transaction() as session:
            texts = inbound.apply_next(session)
        receipts = _apply_receipts()
        if not texts and receipts < FEW:
            return


def _apply_receipts() -> int:
    try:
        with system_transaction() as session:
            return delivery.apply_stored(session, PORTION)
    except (Unavailable, OperationalError):
        raise
    except Exception:
        log.exception("a portion of receipts cannot be applied at once")
    with system_transaction() as session:
        return delivery.apply_singly(session, PORTION)


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
        # What fails is found again, so a round without success is the last.
        if not overdue or each(overdue, _give_up) == 0:
            return


def _give_up(batch: Overdue) -> None:
    with transaction(batch.shop_id) as session:
        expired = look_ups.give_up(session, batch)
    if expired:
        log.warning("batch %d: %d messages expired in doubt", batch.batch_id, expired)


def _ask(questions: Sequence[Question]) -> None:
    """Ask, and apply what is answered as it comes; a slow provider is left after a while."""
    ends = monotonic() + LONGEST_ASKING
    with ThreadPoolExecutor(settings().status_refresh_concurrency) as pool:
        for start in range(0, len(questions), AT_ONCE):
            if monotonic() > ends or send_loop.stopping.is_set():
                return
            _ask_and_apply(pool, questions[start : start + AT_ONCE])


def _ask_and_apply(pool: ThreadPoolExecutor, questions: Sequence[Question]) -> None:
    answers = list(pool.map(lambda question: mitto.look_up(question.provider_id), questions))
    told = [
        (question.message_id, answer)
        for question, answer in zip(questions, answers, strict=True)
        if answer is not None and answer.status is not None
    ]
    with system_transaction() as session:
        delivery.apply(session, told)
