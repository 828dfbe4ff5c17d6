"""The embedded storage: shared, private, and there again after whatever was done to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from astronote.integrations import embedded, server_process
from astronote.integrations.embedded import Storage
from tests.support.waiting import wait_until

HOLDER = """
import sys
from pathlib import Path
from astronote.integrations import embedded

embedded.storage(Path(sys.argv[1]), tied=True, fast=True)
print("running", flush=True)
sys.stdin.read()
"""


@contextmanager
def running(folder: Path) -> Iterator[Storage]:
    """The storage of ``folder`` while inside."""
    started = embedded.storage(folder, tied=True, fast=True)
    try:
        yield started
    finally:
        started.stop()


def servers_of(folder: Path) -> list[int]:
    """The processes of both servers."""
    return [
        pid for name in ("postgres", "valkey") for pid in server_process.processes_in(folder / name)
    ]


def postmaster(folder: Path) -> int:
    """PostgreSQL's first process."""
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_both_servers_answer(tmp_path: Path) -> None:
    with running(tmp_path) as storage:
        with psycopg.connect(storage.database_url) as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper, current_setting('listen_addresses')"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert row == ("astronote", False, "")
        with redis.Redis.from_url(storage.redis_url) as client:
            assert client.ping()
            assert client.config_get("port") == {"port": "0"}
            assert int(client.config_get("maxmemory")["maxmemory"]) > 0
    assert servers_of(tmp_path) == []


def test_the_last_user_stops_the_servers(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        before = servers_of(tmp_path)
        with running(tmp_path) as second:
            assert second.database_url == first.database_url
            assert set(servers_of(tmp_path)) >= {postmaster(tmp_path)}
        assert postmaster(tmp_path) in before
        assert first.is_running()
    assert servers_of(tmp_path) == []


def test_data_survives_a_killed_server(tmp_path: Path) -> None:
    with running(tmp_path) as storage:
        with psycopg.connect(storage.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        wait_until(lambda: not storage.is_running())
        storage.ensure_running()
        with psycopg.connect(storage.database_url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_killed_valkey_comes_back(tmp_path: Path) -> None:
    with running(tmp_path) as storage:
        server_process.send(server_process.processes_in(tmp_path / "valkey"), signal.SIGKILL)
        wait_until(lambda: not storage.is_running())
        storage.ensure_running()
        with redis.Redis.from_url(storage.redis_url) as client:
            assert client.ping()


def test_servers_end_with_a_killed_owner_and_start_again(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"running\n"
    owner.kill()
    owner.wait()
    with running(tmp_path) as storage:
        assert storage.is_running()
    assert servers_of(tmp_path) == []


def test_a_pid_file_that_names_a_stranger_is_stale(tmp_path: Path) -> None:
    with running(tmp_path / "a"), running(tmp_path / "b"):
        text = (tmp_path / "b" / "postgres" / "postmaster.pid").read_text()
        stranger = str(postmaster(tmp_path / "a"))
    lines = text.splitlines()
    # The number of a living process of the same account, as after a restart of a container.
    with running(tmp_path / "a"):
        stranger = str(postmaster(tmp_path / "a"))
        stale = tmp_path / "b" / "postgres" / "postmaster.pid"
        stale.write_text("\n".join([stranger, *lines[1:]]) + "\n")
        with running(tmp_path / "b") as storage:
            assert storage.is_running()
            assert postmaster(tmp_path / "b") != int(stranger)


def test_a_path_too_long_for_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120) / "data"
    with running(deep) as storage:
        with psycopg.connect(storage.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert "x" * 120 not in storage.redis_url
        Path(storage.redis_url.removeprefix("unix://")).stat()


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    path = embedded.ensure_secrets(tmp_path)
    first = path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    values = dict(line.split("=", 1) for line in first.splitlines())
    assert set(values) == set(embedded.SECRETS)
    assert len(set(values.values())) == len(values)
    assert min(map(len, values.values())) >= 32
    assert embedded.ensure_secrets(tmp_path).read_text() == first


def test_a_secret_of_a_newer_release_is_added(tmp_path: Path) -> None:
    path = embedded.ensure_secrets(tmp_path)
    older = "".join(line for line in path.read_text().splitlines(True) if "STRIPE" not in line)
    path.write_text(older)
    embedded.ensure_secrets(tmp_path)
    assert path.read_text().startswith(older)
    assert "STRIPE_WEBHOOK_SECRET=" in path.read_text()


@pytest.mark.parametrize("broken", ["postgres", "valkey"])
def test_a_server_that_cannot_start_says_why(tmp_path: Path, broken: str) -> None:
    with running(tmp_path):
        pass
    if broken == "postgres":
        (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    else:
        (tmp_path / "logs" / "valkey.log").unlink()
        (tmp_path / "logs" / "valkey.log").mkdir()
    with pytest.raises((embedded.StorageFailed, OSError), match=r"PostgreSQL 9|directory"):
        embedded.storage(tmp_path, tied=True, fast=True)
