"""One line of the table that ``bin/bench`` prints."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What was measured, in ``unit``; the floor is a bare loop over the same libraries."""

    work: str
    value: float
    floor: float | None
    goal: str
    unit: str = "s"

    def line(self) -> str:
        """The table's row."""
        floor = f"{self.floor:.2f}" if self.floor is not None else "—"
        ratio = f"{self.value / self.floor:.1f}" if self.floor else "—"
        return f"| {self.work} | {self.value:.2f} {self.unit} | {floor} | {ratio} | {self.goal} |"


HEAD = "| Work | Measured | Floor | Ratio | Goal |\n|---|---|---|---|---|"


class Stopwatch:
    """How long something took."""

    seconds = 0.0


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Measures its block in seconds."""
    watch = Stopwatch()
    begun = time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - begun
