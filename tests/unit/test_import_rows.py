"""Rows of an import: what is taken, what is rejected, and why."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astronote.errors import Invalid
from astronote.services import contact_fields
from astronote.services.cells import Cell
from astronote.services.import_columns import Field
from astronote.services.import_rows import ParsedRow, RejectedRow, RowParser
from astronote.services.import_values import read_email
from tests.support.import_rows import MAPPING, TODAY, one, parse, reasons, taken


def test_a_full_row() -> None:
    row = taken(
        *(6912345678, " Maria@Example.COM ", " Μαρία  Άννα ", "Παπά", "Γυναίκα", "1990-05-01"),
        *("ΝΑΙ", "vip, φθινόπωρο; vip", "el"),
    )
    assert row == ParsedRow(
        row_number=2,
        phone="+306912345678",
        email="maria@example.com",
        first_name="Μαρία Άννα",
        last_name="Παπά",
        gender="female",
        birthday=date(1990, 5, 1),
        subscribed=True,
        tags=("vip", "φθινόπωρο"),
        locale="el",
        attributes=None,
    )


@pytest.mark.parametrize(
    "cells", [("6912345678",), ("6912345678", "", "", "", "", "", "", "", ""), ("6912345678", " ")]
)
def test_empty_cells_are_no_values(cells: tuple[Cell, ...]) -> None:
    assert taken(*cells)[1:] == ("+306912345678", *[None] * 6, (), None, None)


@pytest.mark.parametrize("cells", [(), ("", ""), (" ", "\t", "\u00a0")])
def test_empty_rows_are_ignored(cells: tuple[Cell, ...]) -> None:
    assert parse(*cells) is None


def test_every_reason_is_given_at_once() -> None:
    assert reasons("21", "x@", "n" * 101, "ok", "?", "31/02/1990", "maybe") == [
        ("phone", "21"),
        ("email", "x@"),
        ("firstName", "n" * 100),
        ("gender", "?"),
        ("birthday", "31/02/1990"),
        ("subscribed", "maybe"),
    ]


@pytest.mark.parametrize("phone", ["", " "])
def test_a_row_without_a_phone_is_rejected(phone: str) -> None:
    assert reasons(phone, "a@b.gr") == [("phone", "")]
    assert reasons(phone, "a@") == [("phone", ""), ("email", "a@")]


def test_a_rejected_row_keeps_its_number_and_cells() -> None:
    row = parse("12", "a@b.gr")
    assert isinstance(row, RejectedRow)
    assert (row.row_number, row.cells) == (2, ["12", "a@b.gr"])


@pytest.mark.parametrize("phone", ['="6912345678"', "'+306912345678", 306912345678, 6912345678.0])
def test_phones_as_spreadsheets_write_them(phone: Cell) -> None:
    assert taken(phone).phone == "+306912345678"


@pytest.mark.parametrize(
    ("cells", "gender"),
    [
        ("male MALE m M άνδρας ΑΝΔΡΑΣ Άντρας α Α", "male"),
        ("female F f γυναίκα ΓΥΝΑΊΚΑ θ Θ θήλυ", "female"),
        ("other άλλο ΑΛΛΟ Άλλο", "other"),
    ],
)
def test_genders(cells: str, gender: str) -> None:
    for cell in cells.split():
        assert one("gender", cell) == gender
        assert one("gender", f" {cell} ") == gender


@pytest.mark.parametrize("cell", ["unknown", "mal", "1", 1, True, "-"])
def test_other_genders_are_rejected(cell: Cell) -> None:
    assert isinstance(one("gender", cell), Invalid)


@pytest.mark.parametrize("cell", ["ναι", "ΝΑΙ", "yes", "Y", "1", 1, 1.0, "true", "TRUE", True])
def test_yes(cell: Cell) -> None:
    assert one("subscribed", cell) is True


@pytest.mark.parametrize("cell", ["όχι", "οχι", "ΌΧΙ", "no", "N", "0", 0, 0.0, "False", False])
def test_no(cell: Cell) -> None:
    assert one("subscribed", cell) is False


@pytest.mark.parametrize("cell", ["maybe", "ίσως", 2, "2", 0.5])
def test_neither_yes_nor_no(cell: Cell) -> None:
    assert isinstance(one("subscribed", cell), Invalid)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("  Μαρία   Άννα ", "Μαρία Άννα"),
        ("Mar\x00ia\x07", "Maria"),
        ("\u202eairam\u202c", "airam"),
        ("a\nb\tc", "a b c"),
        ("α\u0301", "ά"),
        ("zero\u200bwidth", "zerowidth"),
        ("=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
        (7, "7"),
        ("x" * 100, "x" * 100),
    ],
)
def test_names_are_cleaned(cell: Cell, name: str) -> None:
    assert one("firstName", cell) == one("lastName", cell) == name


@pytest.mark.parametrize("length", [101, 10_000, 32_767])
def test_endless_names_are_rejected(length: int) -> None:
    assert isinstance(one("lastName", "x" * length), Invalid)


@pytest.mark.parametrize(
    "cell", ["a", "a@", "@b.gr", "a@b", "a b@c.gr", "a@b..gr", "a" * 300 + "@b.gr", 5]
)
def test_bad_addresses_are_rejected(cell: Cell) -> None:
    assert isinstance(one("email", cell), Invalid)


@given(
    st.from_regex(r"[A-Za-z0-9._+-]{1,12}@([a-zA-Z0-9-]{1,8}\.){1,3}(gr|com|test|local|[a-z]{2,5})")
)
def test_the_fast_way_for_addresses_agrees_with_the_rule(address: str) -> None:
    def outcome(read: object) -> str | None:
        try:
            return read(address)  # type: ignore[operator, no-any-return]
        except Invalid:
            return None

    assert outcome(read_email) == outcome(contact_fields.check_email)


def test_columns_without_a_field_are_kept_where_wanted() -> None:
    headers = ["Τηλ", "Πόντοι", "", "Σχόλιο"]
    parser = RowParser("GR", ["phone", None, None, None], TODAY, headers)
    row = parser.parse(1, ["6912345678", 120, "dropped", " καλή\x00 "])
    assert isinstance(row, ParsedRow)
    assert row.attributes == {"Πόντοι": "120", "Σχόλιο": "καλή"}


def test_a_value_read_once_is_the_same_the_next_time() -> None:
    parser = RowParser("GR", ["phone", "birthday"], TODAY)
    good = [parser.parse(n, ["6912345678", "01/05/1990"]) for n in (1, 2)]
    bad = [parser.parse(n, ["6912345678", "01/13/1990"]) for n in (3, 4)]
    assert [row.birthday for row in good if isinstance(row, ParsedRow)] == [date(1990, 5, 1)] * 2
    assert all(isinstance(row, RejectedRow) for row in bad)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.integers(),
            st.floats(allow_nan=False),
            st.booleans(),
            st.datetimes().map(datetime.isoformat),
        ),
        max_size=12,
    )
)
def test_any_row_is_taken_rejected_or_ignored(cells: list[Cell]) -> None:
    row = RowParser("GR", MAPPING, TODAY, ["h"] * 12).parse(1, cells)
    if isinstance(row, RejectedRow):
        assert row.errors


@pytest.mark.parametrize(
    ("field", "cell", "first", "last"),
    [
        ("fullName", " Νίκος  Παπάς ", "Νίκος", "Παπάς"),
        ("fullName", "Maria van der Berg", "Maria", "van der Berg"),
        ("fullName", "Ελένη", "Ελένη", None),
        ("fullName", "Παπάς, Νίκος", "Νίκος", "Παπάς"),
        ("fullName", " ", None, None),
        ("fullNameReversed", "Παπάς Νίκος Ιωάννης", "Νίκος Ιωάννης", "Παπάς"),
        ("fullNameReversed", "Ελένη", "Ελένη", None),
    ],
)
def test_a_whole_name_is_two(field: Field, cell: str, first: str | None, last: str | None) -> None:
    row = RowParser("GR", [field, "phone"], TODAY).parse(1, [cell, "6912345678"])
    assert isinstance(row, ParsedRow)
    assert (row.first_name, row.last_name) == (first, last)
