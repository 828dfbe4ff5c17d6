"""How the installation is doing right now, in numbers that are cheap to ask for.

Each query is a look at a small table or at a partial index; none reads all messages.
"""

import json
import time
from dataclasses import dataclass
from typing import Final

import redis
import sqlalchemy as sa
from sqlmodel import Session

from astronote.jobs import QUEUES
from astronote.services import heartbeat
from astronote.services.rate_limits import client
from astronote.settings import settings

MOST_COUNTED: Final = 100_000
"""Open receipts are counted up to this; what is beyond is late enough."""

_SINGLES_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Gauge:
    """One number, with the labels that tell it from others of its name."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Series:
    """A stored number of all processes."""

    name: str
    labels: dict[str, str]
    value: float


def read(session: Session) -> list[Gauge]:
    """All of them; a system transaction."""
    found = [
        Gauge(f"astronote_{row.name}", float(row.value), ((row.label, row.key),))
        if row.label
        else Gauge(f"astronote_{row.name}", float(row.value))
        for row in session.execute(_NUMBERS, {"most": MOST_COUNTED})
    ]
    living = heartbeat.alive(session)
    found += [
        Gauge("astronote_processes", living.get(kind, 0), (("kind", kind),))
        for kind in ("web", "worker", "scheduler")
    ]
    return found + _messages(session)


def series(session: Session) -> list[Series]:
    """What the processes have counted since the installation was made."""
    rows = session.execute(_STORED).all()
    return [Series(row.name, json.loads(row.labels), row.value) for row in rows]


def queues() -> list[Gauge]:
    """Jobs that wait in each queue of Redis; nothing where it is away or not used."""
    if settings().queue_disabled or not settings().redis_address:
        return []
    names = sorted(set(QUEUES.values()))
    try:
        with client().pipeline(transaction=False) as asked:
            for name in names:
                asked.llen(f"astronote-jobs:{name}")
                asked.llen(f"astronote-jobs:{name}.DQ")
            lengths = asked.execute()
    except redis.RedisError:
        return [Gauge("astronote_redis_up", 0)]
    waiting = [
        Gauge("astronote_jobs_waiting", lengths[2 * n] + lengths[2 * n + 1], (("queue", name),))
        for n, name in enumerate(names)
    ]
    return [Gauge("astronote_redis_up", 1), *waiting]


def _messages(session: Session) -> list[Gauge]:
    of_campaigns = session.execute(_CAMPAIGN_MESSAGES).mappings().one()
    counted = [("campaign", str(status), float(n or 0)) for status, n in of_campaigns.items()]
    counted += [("single", status, n) for status, n in _singles.read(session)]
    return [
        Gauge("astronote_messages", n, (("kind", kind), ("status", status)))
        for kind, status, n in counted
    ]


class _Singles:
    """Single messages by status: counted from their rows, so at most once a minute."""

    def __init__(self) -> None:
        self._until = 0.0
        self._known: list[tuple[str, float]] = []

    def read(self, session: Session) -> list[tuple[str, float]]:
        if time.monotonic() >= self._until:
            rows = session.execute(_SINGLE_MESSAGES).all()
            self._known = [(row.status, float(row.n)) for row in rows]
            self._until = time.monotonic() + _SINGLES_SECONDS
        return self._known

    def forget(self) -> None:
        self._until = 0.0


_singles = _Singles()
forget = _singles.forget

_STORED = sa.text("SELECT name, labels, value FROM metric ORDER BY name, labels")

# Ages are by the database's clock, as in heartbeat; the product's may be ahead in tests.
_NUMBERS = sa.text("""
    SELECT 'batches' AS name, 'state' AS label, s.state AS key, count(b.id) AS value
    FROM unnest(ARRAY['waiting', 'claimed', 'dispatched']) AS s(state)
    LEFT JOIN message_batch b ON b.state = s.state
        AND b.state IN ('waiting', 'claimed', 'dispatched')
    GROUP BY s.state
    UNION ALL
    SELECT 'queue_messages', '', '', coalesce(sum(b.size), 0)
    FROM message_batch b WHERE b.state = 'waiting'
    UNION ALL
    SELECT 'queue_oldest_seconds', '', '', coalesce(extract(epoch FROM clock_timestamp() - (
        SELECT min(coalesce(b.not_before, b.created_at)) FROM message_batch b
        LEFT JOIN campaign c ON c.shop_id = b.shop_id AND c.id = b.campaign_id
        WHERE b.state = 'waiting' AND (b.campaign_id IS NULL OR c.status = 'sending')
          AND (b.not_before IS NULL OR b.not_before <= clock_timestamp()))), 0)
    UNION ALL
    SELECT 'campaigns', 'status', status, count(*) FROM campaign GROUP BY status
    UNION ALL
    SELECT 'receipts_open', '', '', (SELECT count(*) FROM (
        SELECT FROM webhook_event WHERE state = 'received' LIMIT :most) w)
    UNION ALL
    SELECT 'receipts_lag_seconds', '', '', coalesce(extract(epoch FROM clock_timestamp() - (
        SELECT received_at FROM webhook_event WHERE state = 'received' ORDER BY id LIMIT 1)), 0)
    UNION ALL
    SELECT 'receipts_waiting', '', '', count(*) FROM webhook_event WHERE state = 'waiting'
    UNION ALL
    SELECT 'receipts_parked', '', '', count(*) FROM webhook_event WHERE state = 'parked'
    UNION ALL
    SELECT 'reservations', '', '', count(*) FROM credit_reservation WHERE state = 'held'
    UNION ALL
    SELECT 'reserved_credits', '', '', coalesce(sum(amount - committed - released), 0)
    FROM credit_reservation WHERE state = 'held'
    UNION ALL
    SELECT 'imports_open', '', '', count(*) FROM import_job
    WHERE status IN ('pending', 'processing')
""")

_CAMPAIGN_MESSAGES = sa.text("""
    SELECT sum(queued) AS queued, sum(sending) AS sending, sum(sent) AS sent,
           sum(delivered) AS delivered, sum(failed) AS failed, sum(unknown) AS unknown,
           sum(expired) AS expired, sum(skipped) AS skipped
    FROM campaign_count
""")

_SINGLE_MESSAGES = sa.text("""
    SELECT status, count(*) AS n FROM message WHERE campaign_id IS NULL GROUP BY status
""")
