"""Five scheduler processes, and one firing of every moment."""

from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction
from tests.faults.conftest import Start
from tests.support.cluster import WorkerDatabase
from tests.support.sizes import FULL

pytestmark = pytest.mark.faults

TICKS = 10_000 if FULL else 250
SCHEDULERS = 5

TICKING = """
import sys
from datetime import timedelta
from astronote import clock
from workers.scheduler import Interval, Job, Schedule
job = Job("campaigns.sweep_due", Interval(timedelta(days=1)))
with open(sys.argv[1], "a") as fired:
    schedule = Schedule([job], lambda name: print(job.when.latest(clock.now()), file=fired))
    for day in range(int(sys.argv[2])):
        clock.shift(timedelta(days=day))
        schedule.tick()
"""


def test_five_scheduler_processes_fire_every_moment_once(
    database: WorkerDatabase, start: Start, tmp_path: Path
) -> None:
    files = [tmp_path / f"fired-{n}" for n in range(SCHEDULERS)]
    running = [start(TICKING, str(file), str(TICKS)) for file in files]
    for process in running:
        assert process.wait(600) == 0
    fired = Counter(line for file in files for line in file.read_text().splitlines())
    assert set(fired.values()) == {1}
    # Midnight may have come meanwhile.
    assert TICKS <= len(fired) <= TICKS + 1
    with system_transaction() as session:
        rows = session.execute(sa.text("SELECT count(*) FROM job_fire")).scalar_one()
    assert rows == len(fired)
