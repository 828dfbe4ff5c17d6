"""An import of a workbook: from the accepted upload to the last row, beside a bare loop.

The floor reads the same file with calamine, checks the phones with one expression, copies
the rows into a temporary table and merges them in one statement with what the schema asks
for: a contact, and for the subscribed a row of the consent history.
"""

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from python_calamine import CalamineWorkbook

from astronote.security import phone_hmac
from benchmarks import ground
from benchmarks.measured import Measured, timed
from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.spreadsheet_files import xlsx
from tests.support.waiting import wait_until

SIZE = int(os.environ.get("BENCH_SIZE", "100000"))
HEADERS: Final = (
    *("Phone", "First name", "Last name", "Email", "Gender", "Birthday", "Subscribed", "Tags"),
)
_FIRST = ("Μαρία", "Γιώργος", "Ελένη", "Νίκος", "Anna", "John", "Αικατερίνη")
_LAST = ("Παπαδοπούλου", "Παππάς", "Smith", "Οικονόμου", "Ιωάννου")
_PHONE = re.compile(r"69\d{8}")


def run() -> list[Measured]:
    """Import ``BENCH_SIZE`` rows (100,000) of eight columns."""
    content = xlsx((_row(n) for n in range(SIZE)), HEADERS)
    with ground.product() as product, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.xlsx"
        path.write_bytes(content)
        floor = _bare_loop(product, path)
        with _memory(product) as memory:
            seconds = _import(product, path)
    rate, floor_rate = SIZE / seconds, SIZE / floor
    return [
        Measured(f"import {SIZE:,} × 8 (accepted → completed)", seconds, floor, "5 s for 100,000"),
        Measured(f"import {SIZE:,} × 8, speed", rate, floor_rate, "20,000 rows/s", "rows/s"),
        Measured("  its peak memory, worker and reader", memory.peak / 1e6, None, "300 MB", "MB"),
    ]


def _row(n: int) -> tuple[str, ...]:
    born = f"{1950 + n % 50}-{1 + n % 12:02d}-{1 + n % 28:02d}"
    tags = "vip, Αθήνα" if n % 5 == 0 else ""
    who = (_FIRST[n % 7], _LAST[n % 5], f"person{n}@example.com", ("male", "female", "")[n % 3])
    return (f"69{n:08d}", *who, born, ("yes", "no")[n % 2], tags)


def _import(product: Product, path: Path) -> float:
    product.create_shop("Bench", "bench@example.com")
    with product.client() as client:
        login = {"email": "bench@example.com", "password": PASSWORD}
        token = client.post("/api/auth/login", json=login).raise_for_status().json()["accessToken"]
    with product.client(token) as client, path.open("rb") as file, timed() as watch:
        asked = client.post("/api/contacts/import", files={"file": ("people.xlsx", file)})
        job = asked.raise_for_status().json()["jobId"]
        done = wait_until(lambda: _ended(client, job), 600, every=0.05)
    assert (done["status"], done["createdCount"]) == ("completed", SIZE), done
    return watch.seconds


def _ended(client: httpx.Client, job: int) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/contacts/import/{job}").raise_for_status().json()
    return answer if answer["status"] in ("completed", "failed") else {}


def _bare_loop(product: Product, path: Path) -> float:
    made = product.create_shop("Floor", "floor@example.com")
    with ground.connect(product) as connection, timed() as watch:
        connection.execute("SET ROLE astronote_app")
        connection.execute("SELECT set_config('app.shop_id', %s, false)", [str(made["shopId"])])
        rows = iter(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows())
        next(rows)
        _merge(connection, made["shopId"], (_line(row) for row in rows))
    return watch.seconds


def _line(row: list[Any]) -> str:
    phone, first, last, email, gender, born, subscribed, tags = row
    assert _PHONE.fullmatch(phone)
    named = ",".join(f'"{tag.strip()}"' for tag in tags.split(",")) if tags else ""
    known = f"{first}\t{last}\t{email}\t{gender or chr(92) + 'N'}\t{born}"
    hashed = phone_hmac(f"+30{phone}").hex()
    return f"+30{phone}\t\\\\x{hashed}\t{known}\t{subscribed == 'yes'}\t{{{named}}}\n"


def _merge(connection: "psycopg.Connection[Any]", shop_id: int, lines: Iterator[str]) -> None:
    with connection.transaction():
        connection.execute(
            "CREATE TEMPORARY TABLE floor (phone text, phone_hash bytea, first_name text,"
            " last_name text, email text, gender text, birthday date, yes boolean, tags text[])"
            " ON COMMIT DROP"
        )
        with connection.cursor() as cursor, cursor.copy("COPY floor FROM STDIN") as copy:
            copy.write("".join(lines))
        connection.execute(_MERGE, {"shop": shop_id})


_MERGE: Final = """
    WITH created AS (
        INSERT INTO contact (shop_id, phone, phone_hash, first_name, last_name, email, gender,
                             birthday, is_subscribed, sms_consent_status, tags, created_at,
                             updated_at)
        SELECT %(shop)s, phone, phone_hash, first_name, last_name, email, gender, birthday, yes,
               CASE WHEN yes THEN 'opted_in' ELSE 'unknown' END, tags, now(), now()
        FROM floor ON CONFLICT (shop_id, phone) DO NOTHING
        RETURNING id, phone_hash, is_subscribed)
    INSERT INTO consent_event (shop_id, contact_id, phone_hash, at, action, source, legal_basis,
                               text, text_version, actor)
    SELECT %(shop)s, id, phone_hash, now(), 'opted_in', 'import', 'consent', '', '', 'import'
    FROM created WHERE is_subscribed
"""


class _Watched:
    """The most bytes that were resident at once."""

    peak = 0


@contextmanager
def _memory(product: Product) -> Iterator[_Watched]:
    """Watches the worker and the process that reads a file while its block runs."""
    watched, over = _Watched(), threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            found = product.pids("worker") + product.pids("astronote.services.spreadsheet_child")
            watched.peak = max(watched.peak, sum(map(_resident, found)))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield watched
    finally:
        over.set()
        looking.join()


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
