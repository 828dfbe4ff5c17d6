"""Imports: what becomes of each row, what consent allows, what a crash leaves."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Invalid, NotFound, UnsupportedFile
from astronote.services import (
    consent,
    contact_search,
    contacts,
    import_claim,
    import_files,
    import_run,
    imports,
    lists,
)
from astronote.services.contact_search import ContactFilter
from astronote.services.contacts import ContactRow
from astronote.services.imports import ImportJobRow, ImportOptions
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import HEADERS, comma_separated, own_uploads, xlsx

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path) -> Iterator[None]:
    with own_uploads(tmp_path):
        yield


def upload(
    shop: ShopUnderTest, content: bytes, name: str = "people.csv", **options: Any
) -> ImportJobRow:
    """Start an import as the API does."""
    path = import_files.reserve()
    path.write_bytes(content)
    examined = imports.examine(path, name, options.pop("mapping", None))
    with transaction(shop.id) as session:
        return imports.start(session, shop.id, examined, ImportOptions(**options))


def outcome(shop: ShopUnderTest, job_id: int) -> ImportJobRow:
    with transaction(shop.id) as session:
        return imports.get(session, shop.id, job_id)


def bring_in(shop: ShopUnderTest, rows: Any, **options: Any) -> ImportJobRow:
    """Import rows of the usual columns to the end."""
    headers = options.pop("headers", HEADERS)
    job = upload(shop, comma_separated(rows, headers), **options)
    import_run.run(job.id)
    return outcome(shop, job.id)


def counts(job: ImportJobRow) -> tuple[int, int, int, int]:
    return job.created_count, job.updated_count, job.skipped_count, job.error_count


def everybody(shop: ShopUnderTest, **wanted: Any) -> dict[str, ContactRow]:
    with transaction(shop.id) as session:
        page = contact_search.search(session, shop.id, ContactFilter(**wanted), limit=200)
    return {contact.phone: contact for contact in page.items}


def phone(number: int) -> str:
    return f"+3069{number:08d}"


def test_rows_become_contacts(shop: ShopUnderTest) -> None:
    born = date(1990, 12, 31)
    job = bring_in(
        shop,
        [
            (phone(1), "Μαρία", "Παππά", "M@Shop.gr", "γυναίκα", "1990-12-31", "ναι"),
            ("6900000002", "Nikos", "", "", "m", "31/12/1990", "όχι"),
            ("0030 690 000 0003", "", "", "", "", "31.12.1990", ""),
            ("", "", "", "", "", "", ""),
            (" ", "", "", "", "", "", ""),
        ],
    )
    assert (job.status, counts(job), job.failure) == ("completed", (3, 0, 0, 0), None)
    assert job.processed_rows == job.total_rows and job.finished_at is not None
    made = everybody(shop)
    assert {c.birthday for c in made.values()} == {born}
    first = made[phone(1)]
    assert (first.first_name, first.email, first.gender) == ("Μαρία", "m@shop.gr", "female")
    assert [made[phone(n)].is_subscribed for n in (1, 2, 3)] == [True, False, False]


def test_a_workbook_with_numbers_and_dates_is_read(shop: ShopUnderTest) -> None:
    rows = [(6900000001, "A", None, None, None, date(1990, 12, 31), True)]
    rows += [(306900000002.0, "B", None, None, None, None, None)]
    job = upload(shop, xlsx(rows), "people.xlsx")
    import_run.run(job.id)
    assert counts(outcome(shop, job.id)) == (2, 0, 0, 0)
    made = everybody(shop)
    assert made[phone(1)].birthday == date(1990, 12, 31) and made[phone(1)].is_subscribed


def test_a_file_of_libreoffice_is_read(shop: ShopUnderTest) -> None:
    file = ROOT / "tests" / "data" / "libreoffice-contacts.xlsx"
    job = upload(shop, file.read_bytes(), file.name)
    import_run.run(job.id)
    done = outcome(shop, job.id)
    assert (counts(done), [(e.row, e.field) for e in done.errors]) == ((3, 0, 0, 1), [(5, "phone")])
    made = everybody(shop)
    maria, nikos, anna = (made[phone(n)] for n in (1, 2, 3))
    assert (maria.first_name, maria.gender, maria.tags) == ("Μαρία", "female", ("πιστοί", "Αθήνα"))
    assert (maria.birthday, nikos.birthday) == (date(1990, 12, 31), date(1985, 2, 28))
    assert [c.is_subscribed for c in (maria, nikos, anna)] == [True, False, True]


def test_a_bad_row_is_rejected_with_every_reason_and_a_repeated_one_skipped(
    shop: ShopUnderTest,
) -> None:
    job = bring_in(
        shop,
        [
            (phone(1), "First", "", "", "", "", ""),
            ("12", "", "", "x@", "?", "32/13/1990", "perhaps"),
            ("", "No phone", "", "", "", "", ""),
            ("2101234567", "Landline", "", "", "", "", ""),
            ("6900000001", "Again", "", "", "", "", ""),
        ],
    )
    assert counts(job) == (1, 0, 1, 3)
    assert everybody(shop)[phone(1)].first_name == "First"
    reasons = [(e.row, e.field) for e in job.errors]
    assert reasons[:5] == [
        (3, field) for field in ("phone", "email", "gender", "birthday", "subscribed")
    ]
    assert reasons[5:] == [(4, "phone"), (5, "phone")]
    assert job.errors[0].value == "12" and job.errors[0].message.endswith(".")


def test_existing_contacts_are_left_or_updated(shop: ShopUnderTest) -> None:
    rows = [(phone(1), "Old", "Name", "old@shop.gr", "male", "1980-01-01", "yes")]
    bring_in(shop, rows)
    news = [(phone(1), "New", "", "", "", "", "")]
    assert counts(bring_in(shop, news)) == (0, 0, 1, 0)
    assert everybody(shop)[phone(1)].first_name == "Old"
    assert counts(bring_in(shop, news, on_duplicate="update")) == (0, 1, 0, 0)
    kept = everybody(shop)[phone(1)]
    assert (kept.first_name, kept.last_name, kept.email) == ("New", "Name", "old@shop.gr")
    assert (kept.gender, kept.birthday) == ("male", date(1980, 1, 1))
    assert kept.is_subscribed


def test_a_phone_twice_in_a_file_is_updated_by_its_first_row_only(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1), "Old", "", "", "", "", "")])
    twice = [(phone(1), name, "", "", "", "", "") for name in ("First", "Second")]
    assert counts(bring_in(shop, twice, on_duplicate="update")) == (0, 1, 1, 0)
    assert everybody(shop)[phone(1)].first_name == "First"


def test_no_unsubscribes_and_only_when_updating(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1), "", "", "", "", "", "yes")])
    no = [(phone(1), "", "", "", "", "", "no")]
    bring_in(shop, no)
    assert everybody(shop)[phone(1)].is_subscribed
    bring_in(shop, no, on_duplicate="update")
    ended = everybody(shop)[phone(1)]
    assert not ended.is_subscribed and ended.opted_out_by == "merchant"
    with transaction(shop.id) as session:
        events = consent.history(session, shop.id, ended.id)
    assert [(e.action, e.source) for e in events] == [
        ("opted_out", "import"),
        ("opted_in", "import"),
    ]


@pytest.mark.parametrize("source", ["unsubscribe_link", "merchant"])
def test_an_import_never_subscribes_again(shop: ShopUnderTest, source: Any) -> None:
    yes = [(phone(1), "", "", "", "", "", "yes"), (phone(2), "", "", "", "", "", "")]
    bring_in(shop, yes)
    contact = everybody(shop)[phone(1)]
    with transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, contact.id, source=source, actor="x")
    for options in ({}, {"on_duplicate": "update"}):
        bring_in(shop, yes, **options)
        assert not everybody(shop)[phone(1)].is_subscribed


def test_an_import_cannot_revive_whom_a_merchant_deleted_after_an_opt_out(
    shop: ShopUnderTest,
) -> None:
    yes = [(phone(n), "", "", "", "", "", "yes") for n in (1, 2)]
    bring_in(shop, yes)
    contact = everybody(shop)[phone(1)]
    with transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, contact.id, source="unsubscribe_link", actor="person")
        contacts.delete(session, shop.id, contact.id)
    assert counts(bring_in(shop, yes, on_duplicate="update")) == (1, 1, 0, 0)
    back = everybody(shop)[phone(1)]
    assert (back.is_subscribed, back.sms_consent_status) == (False, "opted_out")
    with transaction(shop.id) as session:
        assert consent.history(session, shop.id, back.id) == []


def test_yes_subscribes_an_existing_contact_whom_nobody_asked(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1), "", "", "", "", "", "")])
    bring_in(shop, [(phone(1), "", "", "", "", "", "yes")], on_duplicate="update")
    assert everybody(shop)[phone(1)].is_subscribed


def test_without_a_column_nobody_is_subscribed_unless_all_agreed(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1),)], headers=["Phone"])
    assert not everybody(shop)[phone(1)].is_subscribed
    bring_in(
        shop,
        [(phone(2),)],
        headers=["Phone"],
        consent_source="Paper form",
        consent_text="I agree to offers",
        consent_date="2026-01-15",
    )
    agreed = everybody(shop)[phone(2)]
    assert agreed.is_subscribed and agreed.consent_evidence == "I agree to offers"
    assert (agreed.gdpr_consent_source, agreed.sms_consent_source) == ("Paper form", "import")
    assert agreed.gdpr_consent_at is not None
    assert agreed.gdpr_consent_at.isoformat() == "2026-01-14T22:00:00+00:00"
    with transaction(shop.id) as session:
        (event,) = consent.history(session, shop.id, agreed.id)
    assert (event.action, event.source, event.text) == ("opted_in", "import", "I agree to offers")


def test_a_column_says_more_than_the_statement(shop: ShopUnderTest) -> None:
    rows = [(phone(n), "", "", "", "", "", answer) for n, answer in ((1, "yes"), (2, ""))]
    bring_in(shop, rows, consent_source="Paper form")
    made = everybody(shop)
    assert [made[phone(n)].is_subscribed for n in (1, 2)] == [True, False]
    assert made[phone(1)].gdpr_consent_source == "Paper form"


@pytest.mark.parametrize(
    "options",
    [
        {"consent_text": "wording without a source"},
        {"consent_source": "x" * 81},
        {"consent_source": "x", "consent_date": "yesterday"},
        {"consent_source": "x", "consent_date": "2999-01-01"},
    ],
)
def test_a_statement_must_be_whole(shop: ShopUnderTest, options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        upload(shop, comma_separated([(phone(1),)], ["Phone"]), **options)


def test_everybody_in_the_file_goes_to_the_list(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1), "", "", "", "", "", "")])
    with transaction(shop.id) as session:
        own = lists.create(session, shop.id, "Best")
    rows = [(phone(n), "", "", "", "", "", "") for n in (1, 2, 2)]
    bring_in(shop, rows, list_id=own.id)
    assert set(everybody(shop, list=own.id)) == {phone(1), phone(2)}


def test_a_list_deleted_meanwhile_stops_nothing(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        own = lists.create(session, shop.id, "Best")
    job = upload(shop, comma_separated([(phone(1),)], ["Phone"]), list_id=own.id)
    with transaction(shop.id) as session:
        lists.delete(session, shop.id, own.id or 0)
    import_run.run(job.id)
    assert counts(outcome(shop, job.id)) == (1, 0, 0, 0)


def test_other_columns_are_kept_only_where_wanted(shop: ShopUnderTest) -> None:
    headers = ["Phone", "Shoe size", "Tags"]
    bring_in(shop, [(phone(1), "41", "vip; Athens")], headers=headers)
    bring_in(shop, [(phone(2), "42", "")], headers=headers, keep_columns=True)
    bring_in(
        shop,
        [(phone(1), "43", "vip, new")],
        headers=headers,
        keep_columns=True,
        on_duplicate="update",
    )
    made = everybody(shop)
    assert made[phone(1)].tags == ("vip", "Athens", "new")
    assert made[phone(1)].attributes == {"Shoe size": "43"}
    assert made[phone(2)].attributes == {"Shoe size": "42"}


def test_the_file_is_gone_when_the_import_has_ended(shop: ShopUnderTest) -> None:
    before = set(import_files.directory().iterdir())
    bring_in(shop, [(phone(1), "", "", "", "", "", "")])
    assert set(import_files.directory().iterdir()) == before


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


def test_shops_are_apart(two_shops: tuple[ShopUnderTest, ShopUnderTest]) -> None:
    here, there = two_shops
    rows = [(phone(1), "Here", "", "", "", "", "yes")]
    job = bring_in(here, rows)
    assert everybody(there) == {}
    with pytest.raises(NotFound), transaction(there.id) as session:
        imports.get(session, there.id, job.id)
    with transaction(there.id) as session:
        assert imports.recent(session, there.id) == []
        own = lists.create(session, there.id, "Theirs")
    with pytest.raises(NotFound):
        upload(here, comma_separated([(phone(2),)], ["Phone"]), list_id=own.id)
    bring_in(there, [(phone(1), "There", "", "", "", "", "")], on_duplicate="update")
    assert everybody(here)[phone(1)].first_name == "Here"


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
        return subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode

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


def test_only_one_worker_runs_an_import(shop: ShopUnderTest) -> None:
    job = upload(shop, comma_separated([(phone(1),)], ["Phone"]))
    with import_claim.alone(job.id) as first:
        assert first
        import_run.run(job.id)
        assert outcome(shop, job.id).status == "pending"
    import_run.run(job.id)
    assert outcome(shop, job.id).status == "completed"


def test_existing_customers_are_another_legal_basis(shop: ShopUnderTest) -> None:
    rows = [(phone(1),)]
    bring_in(shop, rows, headers=["Phone"])
    both = [*rows, (phone(2),)]
    bring_in(
        shop,
        both,
        headers=["Phone"],
        on_duplicate="update",
        consent_source="Existing customer",
    )
    for contact in everybody(shop).values():
        assert contact.is_subscribed and contact.gdpr_consent_at is None
        with transaction(shop.id) as session:
            (event,) = consent.history(session, shop.id, contact.id)
        assert (event.legal_basis, event.source) == ("existing_customer", "import")
