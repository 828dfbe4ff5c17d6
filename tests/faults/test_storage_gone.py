"""PostgreSQL restarted, Valkey gone, while a campaign is being sent."""

import itertools
import os
import signal
import time
from pathlib import Path

import psycopg
import pytest
import redis

from astronote import jobs
from astronote.integrations.embedded import Storage
from astronote.integrations.embedded_postgres import SUPERUSER
from tests.faults.conftest import Start, start_all, stop_kindly
from tests.faults.parts import QUICK, SCHEDULER, WORKER
from tests.faults.verdict import require_nothing_lost_or_repeated
from tests.support import outbox
from tests.support.shops import make_shop
from tests.support.simulator import Simulator
from tests.support.sizes import FULL
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults

MESSAGES, RESTARTS = (10_000, 20) if FULL else (900, 3)
GONE_SECONDS = 300.0 if FULL else 0.0
BATCH = 50


def test_postgres_is_restarted_again_and_again(
    storage_of_its_own: Storage, start: Start, telling_provider: Simulator
) -> None:
    shop = make_shop(credits=MESSAGES)
    made = outbox.campaign(shop.id, MESSAGES, batch=BATCH)
    telling_provider.behave(latency_ms=150, receipt_delay_ms=100)
    worker = start_all(start, **QUICK)
    # "fast", "immediate", and killed: connections end politely, rudely, or not at all.
    ways = itertools.cycle((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))
    for number, way in zip(range(RESTARTS), ways, strict=False):
        aim = (number + 1) * MESSAGES // (RESTARTS + 2)
        wait_until(lambda aim=aim: telling_provider.stats()["accepted"] >= aim)
        restart(storage_of_its_own, way)
    wait_until(lambda: set(made.statuses()) == {"delivered"}, 300, every=0.3)
    wait_until(lambda: made.campaign().status == "completed", every=0.2)
    stop_kindly(worker)
    ended = require_nothing_lost_or_repeated(made, telling_provider, MESSAGES)
    assert ended == {"delivered": MESSAGES}


def test_the_queue_is_gone_and_comes_back(
    storage_of_its_own: Storage, start: Start, provider: Simulator
) -> None:
    shop = make_shop(credits=MESSAGES + 100)
    made = outbox.campaign(shop.id, MESSAGES, batch=BATCH)
    provider.behave(latency_ms=50)
    valkey = storage_of_its_own.valkey
    assert valkey is not None
    scheduler, worker = start(SCHEDULER, **QUICK), start(WORKER, **QUICK)
    wait_until(lambda: provider.stats()["accepted"] >= MESSAGES // 4)
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    wait_until(lambda: provider.stats()["accepted"] >= MESSAGES // 2)
    valkey.stop()
    gone_at = time.monotonic()

    # The sweep does the work in its own process: a campaign that starts now is sent, too.
    meanwhile = outbox.campaign(shop.id, 50, batch=BATCH, first=1 + MESSAGES)
    for campaign in (made, meanwhile):
        wait_until(lambda c=campaign: c.campaign().status == "completed", every=0.1)
    wait_until(lambda: time.monotonic() - gone_at >= GONE_SECONDS, GONE_SECONDS + 5, every=1)

    valkey.ensure_running()
    stop_kindly(scheduler)
    # The worker has found the queue again: a ring reaches it without any sweep.
    after = outbox.campaign(shop.id, 50, batch=BATCH, first=51 + MESSAGES)
    assert jobs.ring("sms", "sending.send_batch", None)
    wait_until(lambda: after.campaign().status == "completed", every=0.1)
    stop_kindly(worker)
    accepted = [m["destination"] for m in provider.messages()]
    assert len(accepted) == len(set(accepted)) == MESSAGES + 100
    for campaign in (made, meanwhile, after):
        assert set(campaign.statuses()) == {"sent"}
    assert made.credits().balance == made.credits().reserved == 0


def restart(storage: Storage, way: signal.Signals) -> None:
    """Stop PostgreSQL by a signal to its first process, and start it again."""
    postgres = storage.postgres
    assert postgres is not None
    with psycopg.connect(postgres.url(SUPERUSER, "postgres")) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    assert folder is not None
    os.kill(int(Path(folder[0], "postmaster.pid").read_text().split("\n", 1)[0]), way)
    wait_until(lambda: not postgres.is_running())
    postgres.ensure_running()
