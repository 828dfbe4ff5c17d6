"""Every actor and schedule of the table in ``jobs.md``, line by line."""

from datetime import timedelta

import pytest
from dramatiq.brokers.stub import StubBroker

from astronote import jobs
from astronote.settings import settings
from workers import actors, run
from workers.scheduler import Cron, Interval
from workers.scheduler import jobs as scheduled

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "queue", "every"),
    [
        ("sending.send_batch", "sms", None),
        ("campaigns.sweep_due", "scheduler", "sweep"),
        ("automations.process_birthdays", "scheduler", 15 * MINUTE),
        ("wallet.reconcile_reservations", "scheduler", "reconcile"),
        ("delivery.refresh_pending", "status", 5 * MINUTE),
        ("delivery.refresh_missing", "status", HOUR),
        ("delivery.apply_webhook_events", "status", None),
        ("imports.import_contacts", "import", None),
        ("automations.send_welcome", "automation", None),
        ("maintenance.clean_up", "scheduler", "daily"),
    ],
)
def test_the_table(name: str, queue: str, every: timedelta | str | None) -> None:
    run.load_actors()
    assert actors.is_registered(name)
    assert jobs.QUEUES[name] == queue
    moments = {
        "sweep": Interval(timedelta(milliseconds=settings().schedule_sweep_interval_ms)),
        "reconcile": Cron(settings().credit_reservation_reconcile_cron),
        "daily": Cron("17 3 * * *"),
    }
    when = [job.when for job in scheduled() if job.actor == name]
    if every is None:
        assert when == []
    else:
        assert when == [moments[every] if isinstance(every, str) else Interval(every)]


def test_every_actor_has_a_queue_and_every_schedule_an_actor() -> None:
    run.load_actors()
    assert all(actors.is_registered(name) for name in jobs.QUEUES)
    names = [job.actor for job in scheduled()]
    assert len(names) == len(set(names))
    assert set(names) <= set(jobs.QUEUES)


def test_nothing_interrupts_the_recording_of_an_answer() -> None:
    """The provider's answer is kept until the database is back, however long that takes;
    dramatiq ends other jobs after ten minutes."""
    run.load_actors()
    broker = StubBroker()
    actors.declare(broker)
    assert broker.get_actor("sending.send_batch").options["time_limit"] >= 86_400_000
