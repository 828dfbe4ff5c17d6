"""Parts that die come back; parts that cannot live are named; stopping has an order."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from astronote.cli.supervisor import Part, PartFailed, Supervisor
from tests.support.waiting import wait_until

KILLED = "lives was killed; starting it again."
LIVES = "import signal; print('up', flush=True); signal.pause()"
NOTES_ITS_END = """
import signal, sys
def end(*_):
    open(sys.argv[2], "a").write(sys.argv[1])
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
signal.pause()
"""
SUPERVISES = """
import sys
from pathlib import Path
from astronote.cli.supervisor import Part, Supervisor
lives = [sys.executable, "-c", "import os, signal; print(os.getpid(), flush=True); signal.pause()"]
Supervisor([Part("part", lives, Path.cwd())], Path(sys.argv[1]), print).start()
print("up", flush=True)
sys.stdin.read()
"""


def part(name: str, *code: str, stage: int = 0) -> Part:
    """A part that runs a few lines of Python."""
    return Part(name, [sys.executable, "-c", *code], Path.cwd(), stage=stage)


def started(log: Path) -> int:
    """How often the part said that it is up."""
    return log.read_text().count("up") if log.exists() else 0


def test_a_killed_part_comes_back_every_time(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([part("lives", LIVES)], tmp_path, said.append)
    log = tmp_path / "lives.log"
    supervisor.start()
    try:
        for times in range(1, 9):
            wait_until(looking(supervisor, partial(has_started, log, times)))
            os.kill(_child(), signal.SIGKILL)
            wait_until(looking(supervisor, partial(said.__contains__, KILLED)))
            said.clear()
    finally:
        supervisor.stop()
    assert said == []


def has_started(log: Path, times: int) -> bool:
    """Whether the part said just so often that it is up."""
    return started(log) == times


def looking(supervisor: Supervisor, condition: Callable[[], bool]) -> Callable[[], bool]:
    """``condition``, after letting the supervisor do its round."""

    def look_and_ask() -> bool:
        supervisor.look()
        return condition()

    return look_and_ask


def test_a_part_that_cannot_live_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(
        [part("poor", "raise SystemExit('no such thing')")], tmp_path, print, first_pause=0.01
    )
    supervisor.start()
    with pytest.raises(PartFailed, match=r"poor ended 5 times[\s\S]*no such thing"):
        wait_until(looking(supervisor, lambda: False))
    assert (tmp_path / "poor.log").read_text().count("no such thing") == 5


def test_parts_stop_stage_by_stage(tmp_path: Path) -> None:
    order = tmp_path / "order"
    parts = [part(n, NOTES_ITS_END, n, str(order), stage=int(n)) for n in "201"]
    supervisor = Supervisor(parts, tmp_path, print)
    supervisor.start()
    wait_until(lambda: all(started(tmp_path / f"{n}.log") for n in "012"))
    supervisor.stop()
    assert order.read_text() == "012"


def test_parts_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISES, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    log = tmp_path / "part.log"
    pid = int(wait_until(lambda: log.exists() and log.read_text()))
    supervisor.kill()
    supervisor.wait()
    wait_until(lambda: not is_alive(pid))


def is_alive(pid: int) -> bool:
    """Whether the process runs; what nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _child() -> int:
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return int(children[-1])
