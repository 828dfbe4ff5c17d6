"""Actors: named functions that a queue may call, twice or side by side.

They are registered by name when their module is imported and handed to Dramatiq only
when a worker starts, so that they can also be run without a queue.
"""

import time
from collections.abc import Callable
from functools import cache, wraps
from threading import Semaphore
from typing import Any, TypeVar

import dramatiq

from astronote import counters, jobs
from astronote.settings import settings

SWEEP = "campaigns.sweep_due"
AGAIN_MS = 500

F = TypeVar("F", bound=Callable[..., None])

_registered: dict[str, tuple[Callable[..., None], dict[str, Any]]] = {}


def actor(name: str, **options: Any) -> Callable[[F], F]:
    """Register a function under ``name`` (one of ``jobs.QUEUES``).

    Args:
        options: Dramatiq's, such as ``time_limit`` and ``max_age`` in milliseconds.
    """

    def register(function: F) -> F:
        _registered[name] = (function, options)
        return function

    return register


def is_registered(name: str) -> bool:
    """Whether there is such an actor."""
    return name in _registered


def run(name: str, *args: jobs.Argument) -> None:
    """Call an actor here and now."""
    function, _ = _registered[name]
    function(*args)


def ring_or_run(name: str, *args: jobs.Argument) -> None:
    """Ring for an actor; where the queue is away, do its work here."""
    if not jobs.ring(jobs.QUEUES[name], name, *args):
        run(name, *args)


def declare(broker: dramatiq.Broker) -> None:
    """Let ``broker`` call every registered actor."""
    again = {
        "max_retries": settings().queue_attempts - 1,
        "min_backoff": settings().queue_backoff_ms,
        "max_backoff": 60_000,
    }
    for name, (function, options) in _registered.items():
        if name not in broker.actors:
            declared = dramatiq.actor(
                broker=broker,
                actor_name=name,
                queue_name=jobs.QUEUES[name],
                **(again | options),
            )
            declared(_limited(name, _measured(name, function)))


def _measured(name: str, function: Callable[..., None]) -> Callable[..., None]:
    @wraps(function)
    def measured(*args: jobs.Argument) -> None:
        started, result = time.monotonic(), "failed"
        try:
            function(*args)
            result = "ok"
        finally:
            took = time.monotonic() - started
            counters.observe("astronote_job_seconds", took, job=name, result=result)

    return measured


def _limited(name: str, function: Callable[..., None]) -> Callable[..., None]:
    """At most SCHEDULER_CONCURRENCY jobs of the schedule at once, so that threads are left to
    sending; the sweep, which frees what others have died over, waits for nobody."""
    if jobs.QUEUES[name] != "scheduler" or name == SWEEP:
        return function

    @wraps(function)
    def limited(*args: jobs.Argument) -> None:
        if not _scheduler_room().acquire(blocking=False):
            jobs.ring(jobs.QUEUES[name], name, *args, delay_ms=AGAIN_MS)
            return
        try:
            function(*args)
        finally:
            _scheduler_room().release()

    return limited


@cache
def _scheduler_room() -> Semaphore:
    return Semaphore(settings().scheduler_concurrency)
