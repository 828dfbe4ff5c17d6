"""The schedule: every moment fires once, however many schedulers there are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from astronote import clock
from tests.support.cluster import WorkerDatabase
from workers.scheduler import Cron, Interval, Job, Schedule

EVERY_MINUTE = Job("campaigns.sweep_due", Interval(timedelta(minutes=1)))


def test_five_schedulers_fire_each_moment_once(database: WorkerDatabase) -> None:
    fired: list[str] = []
    five = [Schedule([EVERY_MINUTE], fired.append) for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        for minute in range(40):
            clock.shift(timedelta(minutes=minute))
            list(pool.map(lambda schedule: schedule.tick(), five))
    # A minute may have turned while the test ran.
    assert 40 <= len(fired) <= 42


def test_what_was_missed_fires_once_and_late(database: WorkerDatabase) -> None:
    fired: list[str] = []
    daily = Job("maintenance.clean_up", Cron("17 3 * * *"))
    Schedule([daily, EVERY_MINUTE], fired.append).tick()
    assert sorted(fired) == ["campaigns.sweep_due", "maintenance.clean_up"]
    clock.shift(timedelta(days=3))
    Schedule([daily, EVERY_MINUTE], fired.append).tick()
    Schedule([daily, EVERY_MINUTE], fired.append).tick()
    assert fired.count("maintenance.clean_up") == 2


def test_a_clock_that_goes_back_does_not_stop_the_schedule(database: WorkerDatabase) -> None:
    fired: list[str] = []
    schedule = Schedule([EVERY_MINUTE], fired.append)
    clock.shift(timedelta(days=5))
    schedule.tick()
    clock.shift(timedelta())
    schedule.tick()
    assert len(fired) == 2


@pytest.mark.parametrize(
    ("line", "now", "latest"),
    [
        ("*/10 * * * *", "2026-05-01T12:34:56", "2026-05-01T12:30:00"),
        ("*/10 * * * *", "2026-05-01T12:30:00", "2026-05-01T12:30:00"),
        ("17 3 * * *", "2026-05-01T03:16:59", "2026-04-30T03:17:00"),
        ("0 0 1 * *", "2026-05-31T23:59:00", "2026-05-01T00:00:00"),
        ("0 0 29 2 *", "2026-05-31T23:59:00", None),
    ],
)
def test_the_last_moment_of_a_crontab_line(line: str, now: str, latest: str | None) -> None:
    def utc(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    found: Any = Cron(line).latest(utc(now))
    assert found == (utc(latest) if latest else None)


def test_intervals_are_the_same_moments_for_all() -> None:
    at = datetime(2026, 5, 1, 12, 34, 56, 789_000, tzinfo=UTC)
    assert Interval(timedelta(minutes=15)).latest(at) == at.replace(
        minute=30, second=0, microsecond=0
    )
    assert Interval(timedelta(milliseconds=500)).latest(at) == at.replace(microsecond=500_000)
