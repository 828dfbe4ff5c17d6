"""Asking for background work.

PostgreSQL is the work list, Redis only the doorbell: a job can always be found again
from rows, so publishing happens after the commit and its failure costs a delay.
"""

import logging
from functools import lru_cache

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from sqlmodel import Session

from astronote.db import after_commit
from astronote.settings import settings

log = logging.getLogger(__name__)

QUEUES = {
    "sending.send_batch": "sms",
    "campaigns.sweep_due": "scheduler",
    "campaigns.tell_owners": "scheduler",
    "automations.process_birthdays": "scheduler",
    "wallet.reconcile_reservations": "scheduler",
    "maintenance.clean_up": "scheduler",
    "links.roll_up": "scheduler",
    "delivery.refresh_pending": "status",
    "delivery.refresh_missing": "status",
    "delivery.apply_webhook_events": "status",
    "billing.apply_stripe_events": "status",
    "billing.refresh_subscriptions": "status",
    "billing.tell_owners": "scheduler",
    "imports.import_contacts": "import",
    "imports.resume": "scheduler",
    "automations.send_welcome": "automation",
    "automations.find_welcomes": "scheduler",
}
"""Actor name to the queue it waits in (`spec/jobs.md`)."""

Argument = int | str | None


@lru_cache
def broker() -> dramatiq.Broker:
    """The process's broker: Redis, or one that keeps nothing where the queue is disabled."""
    if settings().queue_disabled or not settings().redis_address:
        return StubBroker()
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=settings().redis_address,
        namespace="astronote-jobs",
        # A killed worker's jobs come back within 20 s on a quiet queue.
        heartbeat_timeout=15_000,
        maintenance_chance=50_000,
        socket_timeout=5,
        socket_connect_timeout=2,
    )


def enqueue(session: Session, name: str, *args: Argument, delay_ms: int | None = None) -> None:
    """Ring for the actor ``name`` with ``args`` (ids) once ``session`` has committed.

    Nothing is published when the transaction rolls back. Asking twice for the same
    work in one transaction rings once.
    """
    queue = QUEUES[name]
    rung: set[tuple[str, tuple[Argument, ...]]] = session.info.setdefault("rung", set())
    if (name, args) in rung:
        return
    rung.add((name, args))

    def publish() -> None:
        ring(queue, name, *args, delay_ms=delay_ms)

    after_commit(session, publish)


def ring(queue: str, name: str, *args: Argument, delay_ms: int | None = None) -> bool:
    """Publish at once; a queue that is away is logged and left to the sweep.

    Returns whether it was published.
    """
    if settings().queue_disabled or not settings().redis_address:
        return False
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=queue, actor_name=name, args=args, kwargs={}, options={}
    )
    try:
        broker().declare_queue(queue)
        broker().enqueue(message, delay=delay_ms)
    except Exception as error:
        log.warning("the queue is away, %s waits for the sweep: %s", name, type(error).__name__)
        return False
    return True
