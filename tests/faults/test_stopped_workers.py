"""A worker stands still past the stale limit (SIGSTOP) and then goes on (SIGCONT)."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from astronote import clock
from tests.faults.conftest import Start, start_all, stop_kindly
from tests.faults.parts import QUICK, WORKER
from tests.faults.verdict import require_nothing_lost_or_repeated
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.shops import make_shop
from tests.support.simulator import Simulator
from tests.support.sizes import FULL
from tests.support.waiting import wait_until
from workers import campaigns, send_loop

pytestmark = pytest.mark.faults

MESSAGES, BATCH, STOPS = (10_000, 50, 10) if FULL else (600, 50, 1)
STALE = QUICK | {"SEND_CLAIM_STALE_MINUTES": "0.03"}


def test_a_worker_that_stood_still_sends_nothing_again(
    valkey: redis.Redis, start: Start, provider: Simulator
) -> None:
    shop = make_shop(credits=MESSAGES)
    made = outbox.campaign(shop.id, MESSAGES, batch=BATCH)
    provider.behave(latency_ms=100)
    stopped = [start(WORKER, **STALE) for _ in range(STOPS)]
    other = start_all(start, **STALE)
    for number, worker in enumerate(stopped):
        aim = (number + 1) * MESSAGES // (STOPS + 3)
        wait_until(lambda aim=aim: provider.stats()["accepted"] >= aim)
        worker.send_signal(signal.SIGSTOP)
    # The others finish without them, and give up what they had in hand.
    wait_until(lambda: made.campaign().status == "completed", every=0.1)
    for worker in stopped:
        worker.send_signal(signal.SIGCONT)
    for worker in (*stopped, other):
        stop_kindly(worker)
    # What they knew they have written down: the provider's answer came late, not never.
    assert require_nothing_lost_or_repeated(made, provider, MESSAGES) == {"sent": MESSAGES}


@pytest.mark.parametrize(
    ("point", "meanwhile"),
    [
        ("after_claim", "queued"),
        ("after_dispatch", "unknown"),
        ("after_post", "unknown"),
        # It stands within a transaction, and what that has locked must not stop the others.
        ("before_record", "unknown"),
    ],
)
def test_a_worker_that_stops_there_and_goes_on_repeats_nothing(
    database: WorkerDatabase, start: Start, provider: Simulator, point: str, meanwhile: str
) -> None:
    made = outbox.campaign(make_shop(credits=4).id, 4, batch=2)
    worker = start(LOOP, ASTRONOTE_CRASH_POINT=f"{point}:1:STOP", **STALE)
    in_hand = "claimed" if meanwhile == "queued" else "dispatched"
    wait_until(lambda: made.batches()[0].state == in_hand)
    wait_until(lambda: is_standing_still(worker.pid))

    clock.shift(timedelta(minutes=2, seconds=1))
    campaigns.settle_stale_claims()
    assert made.statuses()[:2] == [meanwhile] * 2
    send_loop.run(seconds=60)
    worker.send_signal(signal.SIGCONT)
    assert worker.wait(180) == 0

    assert require_nothing_lost_or_repeated(made, provider, 4) == {"sent": 4}
    assert len(provider.messages()) == 4


LOOP = "from workers import send_loop; send_loop.run(seconds=1)"


def is_standing_still(pid: int) -> bool:
    """Whether the process is stopped by a signal (proc_pid_stat(5): state ``T``)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
