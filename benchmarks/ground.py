"""What benchmarks stand on: a product of its own, with a shop full of contacts."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg

from astronote.clock import now
from astronote.integrations.embedded_postgres import SUPERUSER
from astronote.security import phone_hmac
from astronote.settings import settings
from tests.support.ports import free_port
from tests.support.product import Product
from tests.support.waiting import wait_until

FIRST_PHONE = 690_000_0000


@contextmanager
def product(**env: str) -> Iterator[Product]:
    """A running product without demo data, which the settings of this process name too."""
    with tempfile.TemporaryDirectory(prefix="astronote-bench-") as folder:
        running = Product(Path(folder) / "data", env)
        try:
            running.start("--no-demo")
            os.environ["ASTRONOTE_DATA_DIR"] = str(running.data_dir)
            settings.cache_clear()
            yield running
        finally:
            running.stop()


def connect(running: Product) -> psycopg.Connection[tuple[object, ...]]:
    """The product's database, past row-level security."""
    socket = running.data_dir / "run"
    return psycopg.connect(f"postgresql://{SUPERUSER}@/astronote?host={socket}", autocommit=True)


def fill(running: Product, shop_id: int, count: int) -> None:
    """``count`` subscribed contacts of the shop, written in bulk."""
    with connect(running) as connection, connection.cursor() as cursor:
        columns = (
            "shop_id, phone, phone_hash, first_name, is_subscribed, sms_consent_status, tags,"
            " created_at, updated_at"
        )
        with cursor.copy(f"COPY contact ({columns}) FROM STDIN") as copy:
            for number in range(FIRST_PHONE, FIRST_PHONE + count):
                phone = f"+30{number}"
                consent = (True, "opted_in", "{}", now(), now())
                copy.write_row((shop_id, phone, phone_hmac(phone), "Μαρία", *consent))
        connection.execute("ANALYZE contact")


@contextmanager
def bare(running: Product, probe: str) -> Iterator[int]:
    """The bare routes over the product's database, for floors; the port. ``probe`` is asked
    until it is answered."""
    port = free_port()
    url = f"postgresql://{SUPERUSER}@/astronote?host={running.data_dir / 'run'}"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"),
            *("--port", str(port), "--log-level", "warning", "benchmarks.bare_routes:app"),
        ],
        env=os.environ | {"BARE_URL": url},
    )

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}{probe}").status_code < 400
        except httpx.TransportError:
            return False

    try:
        wait_until(answers)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def memory(running: Product) -> dict[str, float]:
    """Megabytes of each kind of process; what they share is counted once (PSS)."""
    storage = {"postgres": running.data_dir / "postgres", "valkey": running.data_dir / "valkey"}
    used = dict.fromkeys(("postgres", "valkey", "web", "worker", "scheduler", "others"), 0.0)
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            folder = (process / "cwd").readlink()
            words = (process / "cmdline").read_bytes().decode().split("\0")
            shares = (process / "smaps_rollup").read_text()
            mine = os.getpgid(int(process.name)) == running.group
        except (OSError, UnicodeDecodeError):
            continue
        kind = next((name for name, place in storage.items() if folder == place), "")
        if not kind and mine:
            kind = next((n for n in ("worker", "scheduler") if n in words), "")
            kind = kind or ("web" if "granian" in words else "others")
        if kind:
            found = re.search(r"^Pss: +(\d+) kB", shares, re.MULTILINE)
            used[kind] += int(found[1]) / 1024 if found else 0.0
    return used


def peak_memory(running: Product, part: str) -> float:
    """The most megabytes that the processes of ``part`` had in use at a time."""
    peaks = []
    for pid in running.pids(part):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        peaks.append(int(found[1]) / 1024 if found else 0.0)
    return sum(peaks)


def secret(running: Product, name: str) -> str:
    """One of the secrets that the product made up for itself."""
    lines = (running.data_dir / "secrets.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)[name]


CAMPAIGN = """
    INSERT INTO campaign (shop_id, name, message_text, status, encoding, audience, offer,
                          schedule_mode, timezone, ignore_quiet_hours, created_at, updated_at)
    VALUES (%(shop)s, 'Sent', 'Hello', 'completed', 'auto', '{}', '{"enabled": true}', 'now',
            'Europe/Athens', true, now(), now())
"""
