"""Starting a worker, a scheduler, or doing the work without a queue."""

import importlib
import logging
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import dramatiq

import workers
from astronote import jobs
from astronote.integrations import mitto
from astronote.services.heartbeat import Heartbeat, Kind
from astronote.settings import settings
from workers import actors, send_loop
from workers import scheduler as schedule
from workers.send_loop import After

_DRAINED = (
    "delivery.apply_webhook_events",
    "billing.apply_stripe_events",
    "imports.resume",
)

log = logging.getLogger(__name__)


class Wait(Protocol):
    """Waits so many seconds, or without end; True where the process was asked to stop."""

    def __call__(self, seconds: float | None = None) -> bool: ...


def worker(threads: int, wait: Wait) -> None:
    """Do the work of all queues until asked to stop; what is in hand is finished first."""
    load_actors()
    if not has_queue():
        with _beating("worker"):
            while not wait(settings().schedule_sweep_interval_ms / 1000):
                _survive(drain)
        return
    broker = jobs.broker()
    actors.declare(broker)
    running = dramatiq.Worker(broker, worker_threads=threads)
    running.start()
    with _beating("worker"):
        wait()
        send_loop.stopping.set()
        running.stop()
    broker.close()
    mitto.close()


def scheduler(wait: Wait) -> None:
    """Fire what is due until asked to stop; any number of schedulers may run."""
    load_actors()
    with _beating("scheduler"):
        schedule.run(wait)


def drain() -> bool:
    """Do from the database, here and now, what is due; whether there may be more of it."""
    load_actors()
    schedule.Schedule(schedule.jobs(), actors.run).tick()
    for name in _DRAINED:
        if actors.is_registered(name):
            actors.run(name)
    ended = send_loop.run()
    return ended.batches > 0 or ended.why is After.TIME_IS_UP


def has_queue() -> bool:
    """Whether jobs come through Redis."""
    return bool(settings().redis_address) and not settings().queue_disabled


def load_actors() -> None:
    """Import every module beside this one, so that its actors are registered."""
    for module in pkgutil.iter_modules(workers.__path__):
        importlib.import_module(f"workers.{module.name}")


@contextmanager
def _beating(kind: Kind) -> Iterator[None]:
    heartbeat = Heartbeat(kind)
    heartbeat.start()
    try:
        yield
    finally:
        heartbeat.stop()


def _survive(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        log.exception("the work was interrupted")
