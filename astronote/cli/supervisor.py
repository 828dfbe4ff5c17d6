"""Keeps the parts of `astronote up` running, and stops them in order."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from astronote.integrations.server_process import dies_with_parent, pause, tail

QUICK_SECONDS = 5.0
"""A part that ended by itself sooner than this after its start has failed at once."""

MOST_FAILURES = 5
"""So many failures at once in a row, and the part is given up."""

FIRST_PAUSE = 0.5
"""Seconds before a part that ended by itself is started again; doubles with each failure."""

STOP_SECONDS = 60.0
LOG_LIMIT = 20_000_000
# Not the part's own doing: it comes back at once, however often somebody does it.
_KILLED_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}


class PartFailed(Exception):
    """A part cannot be kept running; the text says which and how its log ends."""


@dataclass(frozen=True)
class Part:
    """One kind of process.

    ``stage`` is when it stops: parts of a lower stage first, those of one stage together.
    """

    name: str
    command: list[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    stage: int = 0


@dataclass
class _Running:
    part: Part
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.part.command,
                cwd=self.part.cwd,
                env=os.environ | dict(self.part.env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509
            )
        self.started = time.monotonic()

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def is_there(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Starts parts in this process group, each with a log file, and starts them again."""

    def __init__(
        self,
        parts: list[Part],
        logs: Path,
        say: Callable[[str], None],
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        """``say`` is told what a person should know, a sentence at a time."""
        self._parts = [_Running(part, logs / f"{part.name}.log") for part in parts]
        self._say = say
        self._first_pause = first_pause

    def start(self) -> None:
        """Start every part."""
        for running in self._parts:
            running.start()

    def look(self) -> None:
        """Start again what has ended; to be called a few times a second.

        Raises:
            PartFailed: a part failed at once too often.
        """
        for running in self._parts:
            if running.process is None:
                if time.monotonic() >= running.not_before:
                    running.start()
            elif (code := running.process.poll()) is not None:
                self._note_end(running, code)
            _cut(running.log)

    def stop(self) -> None:
        """Ask the parts to end, stage by stage, and wait for each."""
        for stage in sorted({running.part.stage for running in self._parts}):
            members = [r for r in self._parts if r.part.stage == stage]
            for number in (signal.SIGTERM, signal.SIGKILL):
                for running in members:
                    running.signal(number)
                deadline = time.monotonic() + STOP_SECONDS
                while any(r.is_there() for r in members) and time.monotonic() < deadline:
                    pause()

    def _note_end(self, running: _Running, code: int) -> None:
        running.process = None
        name = running.part.name
        quick = time.monotonic() - running.started < QUICK_SECONDS
        if code in _KILLED_FROM_OUTSIDE:
            self._say(f"{name} was killed; starting it again.")
            running.not_before = time.monotonic()
            return
        running.failures = running.failures + 1 if quick else 1
        if running.failures >= MOST_FAILURES:
            raise PartFailed(
                f"{name} ended {MOST_FAILURES} times right after its start (last with code "
                f"{code}). Its log, {running.log}, ends with:\n{tail(running.log)}"
            )
        delay = self._first_pause * 2 ** (running.failures - 1)
        self._say(f"{name} ended with code {code}; starting it again in {delay:g} s.")
        running.not_before = time.monotonic() + delay


def _cut(log: Path) -> None:
    # The part goes on writing to the same file: appending starts again at its beginning.
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            shutil.copyfile(log, log.with_suffix(".old.log"))
            os.truncate(log, 0)
