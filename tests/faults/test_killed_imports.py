"""Workers killed with -9 in the middle of an import, while the real queue runs."""

import signal
import subprocess

import pytest
import redis
import sqlalchemy as sa

from astronote import jobs
from astronote.db import transaction
from astronote.services import import_files, import_reports, imports
from tests.faults.conftest import Start
from tests.faults.parts import WORKER
from tests.support.shops import ShopUnderTest
from tests.support.sizes import FULL
from tests.support.spreadsheet_files import comma_separated, read_rows
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("uploads")]

ROWS, KILLS = (100_000, 10) if FULL else (25_000, 2)
BAD, AGAIN = 50, 20
"""Every so many rows one is refused, and one repeats an earlier phone."""


def test_killed_workers_count_every_row_once(
    shop: ShopUnderTest, start: Start, valkey: redis.Redis
) -> None:
    job_id = _accept(shop)
    worker = start(WORKER)
    for n in range(KILLS):
        # Chunks of it are left after the last kill, also when that comes late.
        aim = n * ROWS // (KILLS + 1)
        wait_until(lambda aim=aim: _job(shop, job_id).processed_rows >= aim, every=0.01)
        left = _kill(shop, job_id, worker)
        assert left.status in ("pending", "processing"), "it was too late to kill anything"
        worker = start(WORKER)
        # The scheduler would ring when ten seconds have passed without progress.
        jobs.ring(jobs.QUEUES[imports.ACTOR], imports.ACTOR, job_id)
    wait_until(lambda: _job(shop, job_id).status == "completed")

    done, bad = _job(shop, job_id), ROWS // BAD
    again = sum(1 for n in range(ROWS) if n % AGAIN == 7)
    good = ROWS - bad - again
    assert done.processed_rows == done.total_rows == ROWS
    assert (done.created_count, done.skipped_count, done.error_count) == (good, again, bad)
    assert _count(shop, "contact") == _count(shop, "consent_event") == good
    assert _report(shop, job_id) == [n + 2 for n in range(0, ROWS, BAD)]


def _accept(shop: ShopUnderTest) -> int:
    path = import_files.reserve()
    path.write_bytes(comma_separated((_row(n) for n in range(ROWS)), ["Phone", "Name", "SMS"]))
    examined = imports.examine(path, "people.csv", ["phone", "firstName", "subscribed"])
    with transaction(shop.id) as session:
        return imports.start(session, shop.id, examined, imports.ImportOptions()).id


def _row(n: int) -> tuple[str, str, str]:
    if n % BAD == 0:
        return f"12{n}", "nobody", "yes"
    # Not the row just before a refused one: an earlier phone that was good.
    return f"69{n - 6 if n % AGAIN == 7 else n:08d}", f"Μαρία {n}", "yes"


def _kill(
    shop: ShopUnderTest, job_id: int, worker: "subprocess.Popen[bytes]"
) -> imports.ImportJobRow:
    worker.kill()
    assert worker.wait(180) == -signal.SIGKILL
    left = _job(shop, job_id)
    counted = left.created_count + left.updated_count + left.skipped_count + left.error_count
    assert counted == left.processed_rows
    return left


def _job(shop: ShopUnderTest, job_id: int) -> imports.ImportJobRow:
    with transaction(shop.id) as session:
        return imports.get(session, shop.id, job_id)


def _count(shop: ShopUnderTest, table: str) -> int:
    with transaction(shop.id) as session:
        counted = sa.text(f"SELECT count(*) FROM {table} WHERE shop_id = :shop")
        return int(session.scalar(counted, {"shop": shop.id}) or 0)


def _report(shop: ShopUnderTest, job_id: int) -> list[object]:
    with transaction(shop.id) as session:
        workbook = b"".join(import_reports.rejects(session, shop.id, job_id, "en"))
    return [row[1] for row in read_rows(workbook)[1:]]
