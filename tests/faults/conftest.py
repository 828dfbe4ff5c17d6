"""Processes of the test's own, and the provider they call."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from astronote import db, jobs
from astronote.cli import migrations
from astronote.integrations import embedded, mitto
from astronote.integrations.embedded import Storage
from astronote.services import invariants, rate_limits
from astronote.settings import settings
from tests.faults.parts import SCHEDULER, WEB, WORKER
from tests.support.ports import free_port
from tests.support.simulator import ROOT, Simulator
from tests.support.waiting import wait_until

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def provider(simulator: Simulator) -> Iterator[Simulator]:
    """The simulator; its receipts go nowhere."""
    mitto.close()
    # Asked about them after five minutes, it says no more than it did.
    simulator.behave(receipts="off", silent_pct=100)
    yield simulator
    mitto.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a Python program in a process of its own, with the test's settings."""
    running: list[subprocess.Popen[bytes]] = []

    def run(program: str, *arguments: str, **env: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", program, *arguments],
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
        process.wait(180)


@pytest.fixture
def web(start: Start) -> str:
    """The address of a running API with its webhooks."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    start(WEB, str(port))

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers)
    return address


@pytest.fixture
def telling_provider(web: str, tmp_path: Path) -> Iterator[Simulator]:
    """A simulator of its own, which posts its receipts and texts to ``web``."""
    secret = settings().webhook_secret.get_secret_value()
    simulator = Simulator.start(tmp_path / "simulator.log", web, secret)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MITTO_API_BASE", simulator.url)
        patch.setenv("MITTO_API_KEY", "simulator")
        settings.cache_clear()
        mitto.close()
        yield simulator
        mitto.close()
    settings.cache_clear()
    simulator.stop()


@pytest.fixture(scope="module")
def storage_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """A PostgreSQL and a Valkey that a module's tests may stop; the settings name them."""
    servers = embedded.storage(tmp_path_factory.mktemp("storage"), tied=True, fast=True)
    migrations.upgrade(servers.database_url)
    _forget_connections()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", servers.database_url)
        patch.setenv("REDIS_URL", servers.redis_url)
        settings.cache_clear()
        yield servers
        with db.system_transaction() as session:
            broken = invariants.check(session)
        _forget_connections()
    settings.cache_clear()
    servers.stop()
    assert not broken, broken


def _forget_connections() -> None:
    db.dispose()
    jobs.broker.cache_clear()
    rate_limits.client.cache_clear()


def start_all(start: Start, **env: str) -> "subprocess.Popen[bytes]":
    """A scheduler and a worker; returns the worker."""
    start(SCHEDULER, **env)
    return start(WORKER, **env)


def stop_kindly(process: "subprocess.Popen[bytes]") -> None:
    """End a process with SIGTERM; it must end by itself, and well."""
    process.terminate()
    assert process.wait(180) == 0
