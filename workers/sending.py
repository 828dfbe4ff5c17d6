"""Sending waiting messages, a few requests under way at once."""

from threading import Lock

from astronote import jobs
from astronote.settings import settings
from workers import send_loop
from workers.actors import actor
from workers.send_loop import After

NAME = "sending.send_batch"
MOST_LOOPS = 4
_NO_LIMIT = 30 * 86_400_000


class _Room:
    """Room for a few loops in this process; one job thread is left to other work."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._busy = 0
        self._asked_meanwhile = False

    def has_more(self) -> bool:
        return self._busy < _loops()

    def enter(self) -> bool:
        with self._lock:
            if self._busy >= _loops():
                self._asked_meanwhile = True
                return False
            self._busy += 1
            return True

    def leave(self) -> bool:
        """Returns whether somebody rang while there was no room."""
        with self._lock:
            self._busy -= 1
            asked, self._asked_meanwhile = self._asked_meanwhile, False
            return asked


_room = _Room()


def _loops() -> int:
    return max(1, min(MOST_LOOPS, settings().worker_threads - 1))


# The answer of the provider is kept until it is written down: nothing may interrupt that.
@actor(NAME, time_limit=_NO_LIMIT)
def send_batch(_rung_for: int | None = None) -> None:
    """Send whatever waits, of any shop: what it was rung for is only a hint."""
    if not _room.enter():
        return
    asked_again = False
    try:
        ended = send_loop.run(on_first=_call_another)
    finally:
        asked_again = _room.leave()
    if ended.why is After.MUST_WAIT:
        _ring(delay_ms=round(ended.wait * 1000) + 1)
    elif ended.why is After.TIME_IS_UP or asked_again:
        _ring()


def _call_another() -> None:
    if _room.has_more():
        _ring()


def _ring(delay_ms: int | None = None) -> None:
    jobs.ring(jobs.QUEUES[NAME], NAME, None, delay_ms=delay_ms)
