"""No Redis, or none wanted: everything is found and done from the database."""

import os
import subprocess

import pytest

from astronote.cli.environment import ROOT, command
from astronote.settings import settings
from tests.faults.conftest import Start
from tests.faults.parts import QUICK, SCHEDULER
from tests.faults.verdict import require_nothing_lost_or_repeated
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.shops import make_shop
from tests.support.simulator import Simulator
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults

BATCH = 50


def test_without_a_queue_the_sweep_sends(
    database: WorkerDatabase, start: Start, provider: Simulator
) -> None:
    shop = make_shop(credits=300)
    made = outbox.campaign(shop.id, 300, batch=BATCH)
    assert settings().redis_address
    start(SCHEDULER, **QUICK, REDIS_URL="redis://127.0.0.1:9")
    wait_until(lambda: made.campaign().status == "completed", every=0.2)
    wait_until(lambda: "unknown" not in made.statuses())
    assert made.statuses() == ["sent"] * 300


def test_work_once_drains_and_ends(database: WorkerDatabase, provider: Simulator) -> None:
    shop = make_shop(credits=300)
    made = outbox.campaign(shop.id, 300, batch=BATCH)
    for _ in range(2):
        done = subprocess.run(
            command("work", "--once"),
            cwd=ROOT,
            env=os.environ | {"QUEUE_DISABLED": "1", "REDIS_URL": ""},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert require_nothing_lost_or_repeated(made, provider, 300) == {"sent": 300}
    assert made.campaign().status == "completed"
