"""Claim, send, record, and again: what a worker does with waiting messages.

The three steps are transactions of their own, because the request between them is not
part of any. What the provider answered is kept until it is written down, however long
the database is away.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Unavailable
from astronote.integrations import mitto
from astronote.integrations.mitto_results import NotSent, Refused, Result, Throttled, Unknown
from astronote.services import claiming, holding, send_rate, sending
from astronote.services.claiming import Claimed, Passed
from astronote.services.crash_points import reach
from astronote.settings import settings

SLICE_SECONDS = 2.0
WORTH_WAITING = 1.0
BUSY_SECONDS = 0.05

log = logging.getLogger(__name__)

T = TypeVar("T")

stopping = threading.Event()
"""Set when the process is to end: loops finish the batch in hand and return."""


class After(Enum):
    """Why a loop ended."""

    NOTHING_WAITS = auto()
    TIME_IS_UP = auto()
    MUST_WAIT = auto()


@dataclass(frozen=True)
class Ended:
    """How a loop ended, after how many batches; ``wait`` in seconds where it must wait."""

    why: After
    batches: int
    wait: float = 0.0


class _Turns:
    """Whose turn it is: the shop served last in this process."""

    last_shop = 0


def run(on_first: Callable[[], None] | None = None, seconds: float = SLICE_SECONDS) -> Ended:
    """Send waiting batches, shop after shop, for ``seconds`` or until none waits.

    ``on_first`` is called once the first batch was claimed: there may be work for more.
    """
    ends = time.monotonic() + seconds
    batches = 0
    while time.monotonic() < ends and not stopping.is_set():
        wait = send_rate.acquire(send_rate.most_at_once())
        if wait > WORTH_WAITING:
            return Ended(After.MUST_WAIT, batches, wait)
        if wait:
            stopping.wait(wait)
            continue
        found = _claim()
        if found is None:
            return Ended(After.NOTHING_WAITS, batches)
        if isinstance(found, Passed):
            _after_passing(found)
            continue
        if on_first is not None:
            on_first()
            on_first = None
        send(found)
        batches += 1
    return Ended(After.TIME_IS_UP, batches)


def _claim() -> Claimed | Passed | None:
    most = send_rate.most_at_once()
    with system_transaction() as session:
        found = claiming.claim(session, after_shop=_Turns.last_shop, at_most=most)
    if found is not None:
        _Turns.last_shop = found.shop_id
    send_rate.give_back(most - (len(found.messages) if isinstance(found, Claimed) else 0))
    return found


def _after_passing(passed: Passed) -> None:
    if passed.busy:
        stopping.wait(BUSY_SECONDS)
    elif passed.campaign_id is not None:
        _finish(passed.shop_id, passed.campaign_id)


def send(claimed: Claimed) -> None:
    """Dispatch, post once, record: the rest of the way for a batch in hand."""
    reach("after_claim")
    if not _dispatch(claimed):
        # Settled by others while this process stood still. Where they had to take it for
        # sent, we know better.
        record(claimed, NotSent("The claim had gone stale."))
        return
    reach("after_dispatch")
    result = mitto.send(sending.outgoing(claimed))
    reach("after_post")
    is_last = record(claimed, result)
    reach("after_record")
    _obey(claimed, result)
    if is_last and claimed.campaign_id is not None:
        _finish(claimed.shop_id, claimed.campaign_id)


def _dispatch(claimed: Claimed) -> bool:
    def step() -> bool:
        with transaction(claimed.shop_id) as session:
            return sending.dispatch(session, claimed)

    return _until_written(step)


def record(claimed: Claimed, result: Result) -> bool:
    """Write the provider's answer down, when the database can be reached again at the latest.

    Returns whether nothing of its campaign is queued or sending any more.
    """

    def step(outcome: Result) -> bool:
        with transaction(claimed.shop_id) as session:
            is_last = sending.record(session, claimed, outcome)
            reach("before_record")
        return is_last

    try:
        return _until_written(lambda: step(result))
    except IntegrityError:
        # The provider gave an id that it gave before, so none of its ids can be trusted.
        return _until_written(lambda: step(Unknown("The provider repeated an id.")))


def _until_written(step: Callable[[], T]) -> T:
    """Run a transaction again while the database is away or sees a deadlock."""
    pause = 0.1
    while True:
        try:
            return step()
        except (Unavailable, OperationalError) as error:
            if not _passes(error):
                raise
            log.warning("waiting for the database: %s", type(error).__name__)
            threading.Event().wait(pause)
            pause = min(pause * 2, 2.0)


def _passes(error: Exception) -> bool:
    """Whether the same transaction may succeed later: the database was away, or two
    transactions stood in each other's way (classes 40 and 55)."""
    if not isinstance(error, OperationalError):
        return True
    return str(getattr(error.orig, "sqlstate", ""))[:2] in {"40", "55"}


def _obey(claimed: Claimed, result: Result) -> None:
    """Slow all workers down, or stop the campaign, where the provider's answer asks for it."""
    match result:
        case Throttled(seconds):
            send_rate.pause(seconds)
        case NotSent():
            send_rate.pause(sending.backoff(claimed.attempts))
        case Refused(reason, auth=True):
            log.error("the provider refuses us: %s", reason)
            send_rate.pause(sending.backoff(claimed.attempts))
            if claimed.campaign_id is not None:
                with transaction(claimed.shop_id) as session:
                    holding.pause_campaign(
                        session,
                        claimed.shop_id,
                        claimed.campaign_id,
                        holding.KEY_REFUSED,
                        clock.now(),
                    )
        case _:
            pass
    if settings().debug_send_logs:
        log.info("batch %d: %s", claimed.batch_id, type(result).__name__)


def _finish(shop_id: int, campaign_id: int) -> None:
    with transaction(shop_id) as session:
        sending.finish_campaign(session, shop_id, campaign_id)
