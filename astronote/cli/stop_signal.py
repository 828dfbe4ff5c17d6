"""SIGTERM, Ctrl-C and a closed terminal, each of which means: stop in good order."""

import os
import select
import signal
import sys
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopSignal:
    """Whether a signal asked this process to stop.

    While a command only prepares, the signal ends it on the spot by ``SystemExit``, which
    unwinds what it holds. After :meth:`only_note` the signal is noted, and the command
    ends when it asks. Signals after the first change nothing.
    """

    def __init__(self) -> None:
        self._asked = False
        self._abrupt = True
        # A pipe, because a lock taken in a signal handler could be held by who it stops.
        self._reader, self._writer = os.pipe()
        for number in SIGNALS:
            signal.signal(number, self._receive)

    def only_note(self) -> None:
        """From now on a signal is only noted."""
        self._abrupt = False

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal, at most ``seconds``; whether there was one."""
        select.select([self._reader], [], [], seconds)
        return self._asked

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            return
        self._asked = True
        os.write(self._writer, b".")
        if self._abrupt:
            sys.exit(0)
