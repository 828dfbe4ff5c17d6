"""Imports: what becomes of each row of a file."""

from datetime import date
from pathlib import Path

import pytest

from astronote.db import transaction
from astronote.errors import NotFound
from astronote.services import (
    import_files,
    import_run,
    imports,
    lists,
)
from tests.support.importing import bring_in, counts, everybody, outcome, phone, upload
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import comma_separated, xlsx

pytestmark = pytest.mark.usefixtures("uploads")


ROOT = Path(__file__).resolve().parents[2]


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
