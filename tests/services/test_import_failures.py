"""Imports: files that break, workers that die, and that no row is lost or counted twice."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Invalid, UnsupportedFile
from astronote.services import (
    import_claim,
    import_run,
    imports,
)
from tests.support.importing import bring_in, counts, outcome, phone, upload
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import comma_separated
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("uploads")


ROOT = Path(__file__).resolve().parents[2]


def test_a_refused_file_starts_nothing(shop: ShopUnderTest, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(UnsupportedFile):
        imports.examine(bad, "people.xlsx")
    bad.write_bytes(comma_separated([("a", "b")], ["Name", "City"]))
    with pytest.raises(Invalid) as refused:
        imports.examine(bad, "people.csv")
    assert refused.value.code == "missing_phone_column"


def test_a_file_that_breaks_later_fails_with_a_sentence(shop: ShopUnderTest) -> None:
    job = upload(shop, comma_separated([(phone(1),)], ["Phone"]))
    with transaction(shop.id) as session:
        path = Path(imports.find(session, shop.id, job.id).file_path)
    path.write_bytes(b"PK\x03\x04 broken")
    import_run.run(job.id)
    failed = outcome(shop, job.id)
    assert failed.status == "failed" and failed.failure and not path.exists()
    import_run.run(job.id)
    assert outcome(shop, job.id) == failed


def test_a_lost_file_fails_with_a_sentence(shop: ShopUnderTest) -> None:
    job = upload(shop, comma_separated([(phone(1),)], ["Phone"]))
    with transaction(shop.id) as session:
        Path(imports.find(session, shop.id, job.id).file_path).unlink()
    import_run.run(job.id)
    failed = outcome(shop, job.id)
    assert failed.status == "failed" and "Upload it again" in (failed.failure or "")


def test_running_an_import_twice_changes_nothing(shop: ShopUnderTest) -> None:
    job = bring_in(shop, [(phone(1), "", "", "", "", "", "yes")])
    import_run.run(job.id)
    import_run.run(10**12)
    assert outcome(shop, job.id) == job


def test_open_imports_without_progress_are_found(shop: ShopUnderTest) -> None:
    job = upload(shop, comma_separated([(phone(1),)], ["Phone"]))
    with system_transaction() as session:
        assert imports.stale(session) == []
    clock.shift(imports.STALE * 2)
    with system_transaction() as session:
        assert imports.resume_stale(session) == 1
        assert len(imports.open_files(session)) == 1
    import_run.run(job.id)
    clock.shift(imports.STALE * 4)
    with system_transaction() as session:
        assert imports.resume_stale(session) == 0


def test_a_file_that_no_worker_survives_is_given_up(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(shop, comma_separated([(phone(1),)], ["Phone"]))

    def breaks(_job: object) -> None:
        raise RuntimeError("whatever it was")

    monkeypatch.setattr(import_run, "_work", breaks)
    for _ in range(import_claim.MOST_STARTS):
        with pytest.raises(RuntimeError):
            import_run.run(job.id)
        assert outcome(shop, job.id).status == "processing"
    import_run.run(job.id)
    assert outcome(shop, job.id).status == "failed"


DYING = """
    import os, signal, sys
    from astronote.services import import_run

    job_id, nth, when = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    import_run.CHUNK = 100
    settle, reached = import_run._settle, 0

    def dying(*args):
        global reached
        reached += 1
        if when == "before" and reached == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        settle(*args)
        if when == "inside" and reached == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    import_run._settle = dying
    import_run.run(job_id)
"""


@pytest.fixture
def die(database: object) -> Callable[[int, int, str], int]:
    """Runs an import in a process that kills itself in its n-th chunk; the exit code."""

    def run(job_id: int, nth: int, when: str) -> int:
        command = [sys.executable, "-c", textwrap.dedent(DYING), str(job_id), str(nth), when]
        return subprocess.run(command, cwd=ROOT, check=False, timeout=240).returncode

    return run


def test_a_killed_worker_costs_no_row_and_counts_none_twice(
    shop: ShopUnderTest, die: Callable[[int, int, str], int]
) -> None:
    good = [(phone(n), f"P{n}", "", "", "", "", "yes") for n in range(800)]
    repeated = [(phone(n), "again", "", "", "", "", "yes") for n in range(0, 800, 4)]
    bad = [(f"12{n}", "", "", "", "", "", "") for n in range(50)]
    rows = [*good[:500], *bad, *repeated, *good[500:]]
    job = upload(shop, comma_separated(rows))
    for nth, when in ((1, "before"), (2, "inside"), (2, "before"), (3, "inside"), (1, "inside")):
        assert die(job.id, nth, when) == -9
        left = outcome(shop, job.id)
        assert left.status == "processing"
        assert sum(counts(left)) == left.processed_rows
    # PostgreSQL gives the dead worker's lock back when it notices.
    wait_until(lambda: is_free(job.id))
    import_run.run(job.id)
    done = outcome(shop, job.id)
    skipped = sum(1 for row in repeated if row in repeated)
    assert done.status == "completed" and done.processed_rows == len(rows)
    assert counts(done) == (800, 0, skipped, 50)
    with transaction(shop.id) as session:
        asked = {"shop": shop.id}
        for table, expected in (("contact", 800), ("consent_event", 800), ("import_row", 50)):
            count = sa.text(f"SELECT count(*) FROM {table} WHERE shop_id = :shop")
            assert session.scalar(count, asked) == expected


def is_free(job_id: int) -> bool:
    """Whether nobody is at this import."""
    with import_claim.alone(job_id) as mine:
        return mine


def test_only_one_worker_runs_an_import(shop: ShopUnderTest) -> None:
    job = upload(shop, comma_separated([(phone(1),)], ["Phone"]))
    with import_claim.alone(job.id) as first:
        assert first
        import_run.run(job.id)
        assert outcome(shop, job.id).status == "pending"
    import_run.run(job.id)
    assert outcome(shop, job.id).status == "completed"
