"""Places where a test may ask the process to die as if it were killed.

``ASTRONOTE_CRASH_POINT`` names one (``after_post``), or the n-th time it is reached
(``after_post:3``). ``after_post:3:STOP`` stands still there instead, until SIGCONT comes.
Unset, as in real use, nothing happens.
"""

import os
import signal
from collections import Counter
from typing import Literal

Point = Literal["after_claim", "after_dispatch", "after_post", "before_record", "after_record"]

_reached: Counter[str] = Counter()


def reach(point: Point) -> None:
    """Die here, by SIGKILL, or stand still, where the environment asks for it."""
    asked = os.environ.get("ASTRONOTE_CRASH_POINT")
    if not asked:
        return
    name, nth, how, *_ = [*asked.split(":"), "", ""]
    if name != point:
        return
    _reached[point] += 1
    if _reached[point] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGSTOP if how == "STOP" else signal.SIGKILL)
