"""How many jobs of the schedule run at once in a process."""

import threading
from collections.abc import Iterator

import dramatiq
import pytest
import redis
from dramatiq.brokers.stub import StubBroker

from astronote import jobs
from workers import actors

SLOW, OTHER = "automations.find_welcomes", "imports.resume"


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dramatiq.Broker, list[str]]]:
    """A broker of which one scheduled job is under way until the test ends; and what ran."""
    begun, go_on, ran = threading.Event(), threading.Event(), list[str]()

    def slow() -> None:
        begun.set()
        go_on.wait(20)

    listed = {
        SLOW: slow,
        OTHER: lambda: ran.append(OTHER),
        actors.SWEEP: lambda: ran.append("sweep"),
    }
    listed["sending.send_batch"] = lambda: ran.append("send")
    monkeypatch.setattr(actors, "_registered", {name: (f, {}) for name, f in listed.items()})
    broker = StubBroker()
    actors.declare(broker)
    thread = threading.Thread(target=broker.get_actor(SLOW).fn)
    thread.start()
    assert begun.wait(20)
    yield broker, ran
    go_on.set()
    thread.join(20)


def test_a_scheduled_job_waits_where_one_is_at_work_and_rings_again(
    at_work: tuple[dramatiq.Broker, list[str]], valkey: redis.Redis
) -> None:
    broker, ran = at_work
    jobs.broker.cache_clear()
    broker.get_actor(OTHER).fn()
    assert ran == []
    assert valkey.hlen("astronote-jobs:scheduler.DQ.msgs") == 1


def test_sending_and_the_sweep_wait_for_no_scheduled_job(
    at_work: tuple[dramatiq.Broker, list[str]],
) -> None:
    broker, ran = at_work
    broker.get_actor(actors.SWEEP).fn()
    broker.get_actor("sending.send_batch").fn()
    assert ran == ["sweep", "send"]
