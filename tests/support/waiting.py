"""Waiting for something to become true, without sleeping for a fixed time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout: float = 240.0, every: float = 0.02) -> T:
    """The first truthy answer of ``condition``, asked ``every`` so many seconds.

    The limit is for what never comes: no test is about how long something takes, and the
    machine may be slow and busy.

    Raises:
        AssertionError: there was none within ``timeout`` seconds; it has the last answer.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            name = getattr(condition, "__qualname__", repr(condition))
            raise AssertionError(f"{name} was still {answer!r} after {timeout} s")
        threading.Event().wait(every)
