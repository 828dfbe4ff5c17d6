"""Counting what this process does, for the operator's monitoring.

Counts are kept in memory and handed on from time to time (``services.heartbeat``), so
that counting costs no more than a dictionary. Labels come from small fixed sets: never a
phone, a text, an id or a token.
"""

from bisect import bisect_left
from dataclasses import dataclass
from threading import Lock
from typing import Final

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of durations, in seconds; above the last there is ``+Inf``."""

BOUNDS: Final = (*map(str, BUCKETS), "+Inf")
"""The same as labels."""

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sample:
    """How much a series grew since it was last taken."""

    name: str
    labels: Labels
    value: float


_grown: dict[tuple[str, Labels], float] = {}
_lock = Lock()


def count(name: str, by: float = 1, **labels: str) -> None:
    """Let the series ``name`` with ``labels`` grow."""
    key = (name, tuple(labels.items()))
    with _lock:
        _grown[key] = _grown.get(key, 0) + by


def observe(name: str, seconds: float, **labels: str) -> None:
    """Count a duration: how many fell into its bucket, and how long all took together."""
    known = tuple(labels.items())
    bucket = (f"{name}_bucket", (*known, ("le", BOUNDS[bisect_left(BUCKETS, seconds)])))
    total = (f"{name}_sum", known)
    with _lock:
        _grown[bucket] = _grown.get(bucket, 0) + 1
        _grown[total] = _grown.get(total, 0) + seconds


def take() -> list[Sample]:
    """What has grown since the last call, in a fixed order; it is then forgotten here."""
    with _lock:
        taken = [Sample(name, labels, value) for (name, labels), value in _grown.items()]
        _grown.clear()
    return sorted(taken, key=lambda sample: (sample.name, sample.labels))


def put_back(samples: list[Sample]) -> None:
    """Count again what could not be handed on."""
    for sample in samples:
        count(sample.name, sample.value, **dict(sample.labels))
