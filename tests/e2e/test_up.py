"""`astronote up`: every part comes back, nothing is left behind, the data stay."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from astronote.cli.environment import command
from astronote.integrations import server_process
from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.simulator import ROOT
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

WEB = "astronote.astronote:serve"


def sign_in(product: Product, email: str) -> int:
    """The status of a sign-in by API."""
    with product.client() as client:
        body = {"email": email, "password": PASSWORD}
        return client.post("/api/auth/login", json=body).status_code


def servers_of(product: Product) -> list[int]:
    """The processes of both storage servers."""
    folders = [product.data_dir / name for name in ("postgres", "valkey")]
    return [pid for folder in folders for pid in server_process.processes_in(folder)]


def test_create_shop_works_beside_the_running_product(product: Product) -> None:
    made = product.create_shop("Beside", "beside@example.com", credits=12)
    assert set(made) == {"shopId", "userId", "email"}
    assert made["email"] == "beside@example.com"
    assert sign_in(product, "beside@example.com") == 200


@pytest.mark.parametrize("part", ["worker", "scheduler", "mitto-sim", WEB])
def test_a_killed_part_is_started_again(product: Product, part: str) -> None:
    wait_until(lambda: product.pids(part))
    before = set(product.pids(part))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: product.pids(part) and not before & set(product.pids(part)))
    wait_until(product.is_ready)


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_a_killed_server_is_started_again(product: Product, server: str) -> None:
    made = product.create_shop("Kept", f"{server}@example.com")
    before = server_process.processes_in(product.data_dir / server)
    server_process.send(before, signal.SIGKILL)
    wait_until(lambda: not set(before) & set(servers_of(product)))
    wait_until(product.is_ready)
    assert made["shopId"]
    wait_until(lambda: sign_in(product, f"{server}@example.com") == 200)


def test_it_stops_without_a_trace_and_starts_with_its_data(tmp_path: Path) -> None:
    product = Product(tmp_path / "data").start("--no-demo")
    try:
        group = product.group
        product.create_shop("Stays", "stays@example.com")
        assert product.stop() == 0
        assert servers_of(product) == []
        assert not group_is_alive(group)
        product.start("--no-demo")
        assert sign_in(product, "stays@example.com") == 200
    finally:
        product.stop()


def test_ctrl_c_reaches_every_part_and_still_stops_in_order(tmp_path: Path) -> None:
    product = Product(tmp_path / "data").start("--no-demo")
    try:
        group = product.group
        os.killpg(group, signal.SIGINT)
        assert product.wait() == 0
        assert servers_of(product) == []
        assert not group_is_alive(group)
        assert "Stopped." in product.output()
    finally:
        product.stop()


def test_one_data_directory_has_one_product(product: Product) -> None:
    done = run(product.data_dir, "up", "--port", "1", "--sim-port", "2")
    assert done.returncode == 1
    assert "already runs with the data" in done.stderr


def test_production_names_the_secrets_it_lacks(tmp_path: Path) -> None:
    done = run(tmp_path, "migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    for name in ("JWT_SECRET", "UNSUBSCRIBE_TOKEN_SECRET", "WEBHOOK_SECRET", "PHONE_HASH_SECRET"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def run(data_dir: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """One ``astronote`` command with the environment of a person who set nothing."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=clean | {"ASTRONOTE_DATA_DIR": str(data_dir)} | env,
        capture_output=True,
        text=True,
        check=False,
    )


def group_is_alive(group: int) -> bool:
    """Whether a process group has a process that is not merely unburied."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                return True
    return False
