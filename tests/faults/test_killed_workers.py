"""Workers killed with -9 in the middle of a campaign, while the real queue runs."""

import os
import signal
import subprocess

import pytest
import redis

from astronote.settings import settings
from tests.faults.conftest import Start
from tests.support import outbox
from tests.support.shops import make_shop
from tests.support.simulator import Simulator
from tests.support.waiting import wait_until
from workers import campaigns

pytestmark = pytest.mark.faults

FULL = os.environ.get("ASTRONOTE_FAULTS") == "full"
MESSAGES, KILLS = (10_000, 50) if FULL else (2_000, 4)
BATCH, LOOPS = 50, 3

PART = """
import os, threading
os.environ.setdefault("dramatiq_queue_prefetch", "256")
os.environ.setdefault("dramatiq_worker_timeout", "20")
import signal
from workers import run
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
def wait(seconds=None):
    # In short turns, so that the signal's handler gets to run.
    if seconds is not None:
        return stop.wait(seconds)
    while not stop.wait(0.2):
        pass
    return True
"""
WORKER = PART + "run.worker(4, wait)"
SCHEDULER = PART + "run.scheduler(wait)"
QUICK = {"SCHEDULE_SWEEP_INTERVAL_MS": "500", "SEND_CLAIM_STALE_MINUTES": "0.1"}


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
        wait_until(lambda aim=aim: len(provider.messages()) >= aim, 60)
        worker.kill()
        assert worker.wait(10) == -signal.SIGKILL
        worker = start(WORKER, **QUICK)
    wait_until(lambda: made.campaign().status == "completed", 120, every=0.2)
    _stop_kindly(worker)

    statuses = made.statuses()
    accepted = [m["destination"] for m in provider.messages()]
    assert len(accepted) == len(set(accepted)), "a message was sent twice"
    assert set(statuses) <= {"sent", "unknown"}
    assert statuses.count("unknown") <= KILLS * BATCH * LOOPS
    sent = {row.phone for row in made.messages() if row.status == "sent"}
    assert sent <= set(accepted)
    in_doubt = {row.phone for row in made.messages() if row.status == "unknown"}
    assert set(accepted) <= sent | in_doubt
    assert made.credits().balance == MESSAGES - len(sent)
    assert made.credits().reserved == len(in_doubt)


def test_a_worker_asked_to_stop_finishes_the_batch_in_hand(
    start: Start, provider: Simulator, valkey: redis.Redis
) -> None:
    shop = make_shop(credits=1_000)
    made = outbox.campaign(shop.id, 1_000, batch=BATCH)
    provider.behave(latency_ms=200)
    worker = start(WORKER, **QUICK)
    campaigns.sweep_due()
    wait_until(lambda: len(provider.messages()) >= 100, 30)
    _stop_kindly(worker)
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
    wait_until(lambda: len(provider.messages()) >= 200, 30)
    valkey.flushall()
    wait_until(lambda: made.campaign().status == "completed", 60, every=0.2)
    accepted = [m["destination"] for m in provider.messages()]
    assert len(accepted) == len(set(accepted)) == 1_000
    assert made.statuses() == ["sent"] * 1_000


def test_without_a_queue_the_sweep_sends(start: Start, provider: Simulator) -> None:
    shop = make_shop(credits=300)
    made = outbox.campaign(shop.id, 300, batch=BATCH)
    assert settings().redis_address
    start(SCHEDULER, **QUICK, REDIS_URL="redis://127.0.0.1:9")
    wait_until(lambda: made.campaign().status == "completed", 60, every=0.2)
    assert made.statuses() == ["sent"] * 300


def _stop_kindly(worker: "subprocess.Popen[bytes]") -> None:
    worker.terminate()
    assert worker.wait(30) == 0
