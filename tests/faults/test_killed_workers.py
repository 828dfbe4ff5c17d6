"""Workers killed with -9 in the middle of a campaign, while the real queue runs."""

import signal

import pytest
import redis

from tests.faults.conftest import Start, stop_kindly
from tests.faults.parts import QUICK, SCHEDULER, WORKER
from tests.faults.verdict import require_nothing_lost_or_repeated
from tests.support import outbox
from tests.support.shops import make_shop
from tests.support.simulator import Simulator
from tests.support.sizes import FULL
from tests.support.waiting import wait_until
from workers import campaigns

pytestmark = pytest.mark.faults

MESSAGES, KILLS = (10_000, 50) if FULL else (1_500, 4)
BATCH, LOOPS = 50, 3


def test_killed_workers_lose_nothing_and_repeat_nothing(
    start: Start, provider: Simulator, valkey: redis.Redis
) -> None:
    shop = make_shop(credits=MESSAGES)
    made = outbox.campaign(shop.id, MESSAGES, batch=BATCH)
    provider.behave(latency_ms=30)
    start(SCHEDULER, **QUICK)
    worker = start(WORKER, **QUICK)
    for n in range(KILLS):
        aim = (n + 1) * MESSAGES // (KILLS + 2)
        wait_until(lambda aim=aim: provider.stats()["accepted"] >= aim)
        worker.kill()
        assert worker.wait(180) == -signal.SIGKILL
        worker = start(WORKER, **QUICK)
    wait_until(lambda: made.campaign().status == "completed", every=0.2)
    stop_kindly(worker)

    statuses = require_nothing_lost_or_repeated(made, provider, MESSAGES)
    assert set(statuses) <= {"sent", "unknown"}
    assert statuses["unknown"] <= KILLS * BATCH * LOOPS


def test_a_worker_asked_to_stop_finishes_the_batch_in_hand(
    start: Start, provider: Simulator, valkey: redis.Redis
) -> None:
    shop = make_shop(credits=1_000)
    made = outbox.campaign(shop.id, 1_000, batch=BATCH)
    # Seven seconds for all, so that the wish to stop comes in the middle on a busy machine, too.
    provider.behave(latency_ms=1000)
    worker = start(WORKER, **QUICK)
    campaigns.sweep_due()
    wait_until(lambda: provider.stats()["accepted"] >= 100)
    stop_kindly(worker)
    statuses = made.statuses()
    assert set(statuses) == {"sent", "queued"}
    assert statuses.count("sent") == len(provider.messages())


def test_the_queue_is_flushed_in_the_middle(
    start: Start, provider: Simulator, valkey: redis.Redis
) -> None:
    shop = make_shop(credits=1_000)
    made = outbox.campaign(shop.id, 1_000, batch=BATCH)
    provider.behave(latency_ms=50)
    start(SCHEDULER, **QUICK)
    start(WORKER, **QUICK)
    wait_until(lambda: provider.stats()["accepted"] >= 200)
    valkey.flushdb()
    wait_until(lambda: made.campaign().status == "completed", every=0.2)
    # Who took longer than the stale limit to write an answer down writes it now.
    wait_until(lambda: "unknown" not in made.statuses())
    assert require_nothing_lost_or_repeated(made, provider, 1_000) == {"sent": 1_000}
