"""``/metrics``: how the installation is doing, in the text form that Prometheus reads.

Any web process answers for all: what processes count is added up in PostgreSQL. So one of
several web processes is scraped, not each.
"""

import ipaddress
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from astronote.api.deps import token_of
from astronote.counters import BOUNDS
from astronote.db import system_transaction
from astronote.errors import Unauthenticated, Unavailable
from astronote.services import gauges
from astronote.services.gauges import Gauge, Series
from astronote.settings import settings

HELP: Final = {
    "astronote_batches": "Batches of messages that wait or are in a worker's hand.",
    "astronote_campaigns": "Campaigns by status.",
    "astronote_database_up": "Whether PostgreSQL answered this request.",
    "astronote_http_request_seconds": "How long requests took, by the route's pattern.",
    "astronote_imports_open": "Imports that wait or are under way.",
    "astronote_invariants_broken": "Invariants of money and counters that did not hold.",
    "astronote_invariants_checked_timestamp_seconds": "When the invariants were last checked.",
    "astronote_job_seconds": "How long jobs of workers took.",
    "astronote_jobs_waiting": "Jobs that wait in Redis, delayed ones included.",
    "astronote_messages": "Messages by status: of campaigns, and single ones.",
    "astronote_processes": "Processes heard of in the last 20 seconds.",
    "astronote_provider_messages": "Messages handed to the SMS provider, by what came of it.",
    "astronote_provider_request_seconds": "How long the SMS provider took to answer.",
    "astronote_queue_messages": "Messages in batches that wait, held ones included.",
    "astronote_queue_oldest_seconds": "How long the oldest batch waits that may be sent now.",
    "astronote_receipts_lag_seconds": "Age of the oldest receipt that has not been applied.",
    "astronote_receipts_open": "Receipts that have not been applied, counted up to 100,000.",
    "astronote_receipts_parked": "Receipts about messages that nobody knows.",
    "astronote_receipts_waiting": "Receipts whose message is not known yet, to be tried again.",
    "astronote_redis_up": "Whether Redis answered this request.",
    "astronote_reservations": "Reservations that hold credits.",
    "astronote_reserved_credits": "Credits that reservations hold.",
}
_STORED_GAUGES: Final = {
    "astronote_invariants_broken",
    "astronote_invariants_checked_timestamp_seconds",
}
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")

router = APIRouter(tags=["health"])


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """The figures, for this machine itself or for who has METRICS_TOKEN."""
    if not _may_read(request):
        raise Unauthenticated("This is for the machine itself, or with METRICS_TOKEN.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(_families()))
    # The classic text format, which every scraper reads.
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _may_read(request: Request) -> bool:
    token = settings().metrics_token.get_secret_value()
    shown = token_of(request)
    if token and shown and secrets.compare_digest(token.encode(), shown.encode()):
        return True
    # Behind a proxy everybody comes from this machine: only the token counts then.
    proxied = settings().trusted_proxy_hops > 0 or any(n in request.headers for n in _FORWARDED)
    return not proxied and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class _Collected(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        """What was collected before."""
        return iter(self._families)


def _families() -> list[Metric]:
    numbers = gauges.queues()
    stored: list[Series] = []
    try:
        with system_transaction() as session:
            numbers += gauges.read(session)
            stored = gauges.series(session)
    except (Unavailable, SQLAlchemyError):
        numbers.append(Gauge("astronote_database_up", 0))
    else:
        numbers.append(Gauge("astronote_database_up", 1))
    numbers += [Gauge(s.name, s.value) for s in stored if s.name in _STORED_GAUGES]
    counted = [s for s in stored if s.name not in _STORED_GAUGES]
    return [*_of_gauges(numbers), *_of_series(counted)]


def _of_gauges(numbers: list[Gauge]) -> Iterator[Metric]:
    by_name: dict[str, list[Gauge]] = defaultdict(list)
    for gauge in numbers:
        by_name[gauge.name].append(gauge)
    for name, members in sorted(by_name.items()):
        labels = [label for label, _ in members[0].labels]
        family = GaugeMetricFamily(name, HELP.get(name, name), labels=labels)
        for gauge in members:
            family.add_metric([value for _, value in gauge.labels], gauge.value)
        yield family


def _of_series(stored: list[Series]) -> Iterator[Metric]:
    durations: dict[str, list[Series]] = defaultdict(list)
    counts: dict[str, list[Series]] = defaultdict(list)
    for one in stored:
        name, _, part = one.name.rpartition("_")
        if part in ("bucket", "sum"):
            durations[name].append(one)
        else:
            counts[one.name].append(one)
    for name, members in sorted(counts.items()):
        labels = sorted(members[0].labels)
        family = CounterMetricFamily(name, HELP.get(name, name), labels=labels)
        for one in members:
            family.add_metric([one.labels.get(label, "") for label in labels], one.value)
        yield family
    for name, members in sorted(durations.items()):
        yield _histogram(name, members)


def _histogram(name: str, members: list[Series]) -> Metric:
    labels = sorted(members[0].labels.keys() - {"le"})
    buckets: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    sums: dict[tuple[str, ...], float] = {}
    for one in members:
        key = tuple(one.labels.get(label, "") for label in labels)
        if "le" in one.labels:
            buckets[key][one.labels["le"]] = one.value
        else:
            sums[key] = one.value
    family = HistogramMetricFamily(name, HELP.get(name, name), labels=labels)
    for key, found in sorted(buckets.items()):
        family.add_metric(list(key), _cumulative(found), sum_value=sums.get(key, 0.0))
    return family


def _cumulative(found: dict[str, float]) -> list[tuple[str, float]]:
    so_far, made = 0.0, []
    for bound in BOUNDS:
        so_far += found.get(bound, 0.0)
        made.append((bound, so_far))
    return made
