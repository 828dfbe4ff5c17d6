"""Starting a worker, a scheduler, or doing the work without a queue."""

import gc
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
    "campaigns.sweep_due",
    "delivery.apply_webhook_events",
    "billing.apply_stripe_events",
    "imports.resume",
    "automations.find_welcomes",
    "campaigns.tell_owners",
    "billing.tell_owners",
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
    # What was imported stays for good, and needs no look at every full collection.
    gc.collect()
    gc.freeze()
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
    # Whether or not their moment has come: nobody rings for them without a queue.
    for name in _DRAINED:
        actors.run(name)
    ended = send_loop.run()
    if ended.why is After.MUST_WAIT and _is_next_turn(ended.wait):
        send_loop.stopping.wait(ended.wait)
        return True
    return ended.batches > 0 or ended.why is After.TIME_IS_UP


def _is_next_turn(seconds: float) -> bool:
    """Whether a wait is that of QUEUE_RATE_MAX, and not for a provider that is away."""
    configured = settings()
    return configured.queue_rate_max > 0 and seconds * 1000 <= configured.queue_rate_duration_ms


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
