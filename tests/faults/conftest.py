"""Worker processes of the test's own, and the provider they call."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from astronote.integrations import mitto
from tests.support.cluster import WorkerDatabase
from tests.support.simulator import ROOT, Simulator

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def provider(simulator: Simulator) -> Iterator[Simulator]:
    """The simulator; its receipts go nowhere."""
    mitto.close()
    simulator.behave(receipts="off")
    yield simulator
    mitto.close()


@pytest.fixture
def start(database: WorkerDatabase, provider: Simulator, tmp_path: Path) -> Iterator[Start]:
    """Starts a Python program in a process of its own, with the test's settings."""
    running: list[subprocess.Popen[bytes]] = []

    def run(program: str, **env: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", program],
                cwd=ROOT,
                env=os.environ | env,
                stdout=log,
                stderr=log,
            )
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait(20)
