"""The schedule: when which job is due, fired once however many schedulers run.

A firing is a row of ``job_fire``; who inserts it rings for the job. Every tick asks which
moment of a job came last, so what was missed while nothing ran fires once, late. The
clock is the product's, and moments are reckoned in UTC.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from apscheduler.triggers.cron import CronTrigger

from astronote import clock
from astronote.db import rows_changed, system_transaction
from astronote.settings import settings
from workers import actors

LONGEST_TICK = 1.0
LOOK_BACK = (timedelta(hours=1), timedelta(hours=26), timedelta(days=32), timedelta(days=367))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Interval:
    """Every so long, reckoned from 1970, so that all schedulers mean the same moments."""

    every: timedelta

    def latest(self, now: datetime) -> datetime:
        """The last moment that is not after ``now``."""
        return now - (now - _EPOCH) % self.every


@dataclass(frozen=True)
class Cron:
    """By a crontab line of five fields, in UTC."""

    line: str

    def latest(self, now: datetime) -> datetime | None:
        """The last moment that is not after ``now``; None where a year has none."""
        trigger = CronTrigger.from_crontab(self.line, timezone=UTC)
        for back in LOOK_BACK:
            found, at = None, trigger.get_next_fire_time(None, now - back)
            while at is not None and at <= now:
                found, at = at, trigger.get_next_fire_time(at, at)
            if found is not None:
                moment: datetime = found
                return moment
        return None


@dataclass(frozen=True)
class Job:
    """An actor and when it is due."""

    actor: str
    when: Interval | Cron


def jobs() -> list[Job]:
    """All that is due from time to time."""
    configured = settings()
    sweep = timedelta(milliseconds=configured.schedule_sweep_interval_ms)
    listed = [
        Job("campaigns.sweep_due", Interval(sweep)),
        Job("campaigns.tell_owners", Interval(timedelta(minutes=1))),
        Job("imports.resume", Interval(timedelta(seconds=10))),
        Job("delivery.refresh_pending", Interval(timedelta(minutes=5))),
        Job("delivery.refresh_missing", Interval(timedelta(hours=1))),
        Job("automations.process_birthdays", Interval(timedelta(minutes=15))),
        Job("automations.find_welcomes", Interval(timedelta(minutes=1))),
        Job("billing.apply_stripe_events", Interval(timedelta(minutes=1))),
        Job("billing.refresh_subscriptions", Interval(timedelta(hours=1))),
        Job("billing.tell_owners", Interval(timedelta(minutes=1))),
        Job("wallet.reconcile_reservations", Cron(configured.credit_reservation_reconcile_cron)),
        Job("links.roll_up", Cron("13 * * * *")),
        Job("maintenance.clean_up", Cron("17 3 * * *")),
    ]
    return [job for job in listed if actors.is_registered(job.actor)]


class Schedule:
    """Fires what is due; remembers which moments this process has seen."""

    def __init__(self, listed: list[Job], ring: Callable[[str], None]) -> None:
        self._jobs = listed
        self._ring = ring
        self._seen: dict[str, datetime] = {}

    def tick(self) -> list[str]:
        """Fire every job whose last moment nobody has fired; the names of those fired here."""
        fired = []
        for job in self._jobs:
            moment = job.when.latest(clock.now())
            if moment is None or self._seen.get(job.actor) == moment:
                continue
            won = _win(job.actor, moment)
            self._seen[job.actor] = moment
            if won:
                fired.append(job.actor)
                self._ring(job.actor)
        return fired


def run(wait: Callable[[float], bool]) -> None:
    """Tick until ``wait`` answers that it is time to stop."""
    schedule = Schedule(jobs(), actors.ring_or_run)
    pause = min(LONGEST_TICK, settings().schedule_sweep_interval_ms / 1000)
    while not wait(pause):
        try:
            schedule.tick()
        except Exception:
            # Whatever it was (the database away, a job that failed), the next tick comes.
            log.exception("a tick of the schedule failed")


def _win(job: str, moment: datetime) -> bool:
    with system_transaction() as session:
        made = session.execute(_FIRE, {"job": job, "at": moment, "now": clock.now()})
        return rows_changed(made) == 1


_FIRE = sa.text("""
    INSERT INTO job_fire (job, scheduled_for, fired_at) VALUES (:job, :at, :now)
    ON CONFLICT DO NOTHING
""")
