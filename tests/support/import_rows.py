"""Reading one row of an import."""

from datetime import date

from astronote.errors import Invalid
from astronote.services.cells import Cell
from astronote.services.import_columns import Field
from astronote.services.import_rows import ParsedRow, RejectedRow, RowParser

TODAY = date(2026, 3, 15)


MAPPING: list[Field | None] = [
    "phone",
    "email",
    "firstName",
    "lastName",
    "gender",
    "birthday",
    "subscribed",
    "tags",
    "locale",
]


def parse(*cells: Cell) -> ParsedRow | RejectedRow | None:
    return RowParser("GR", MAPPING, TODAY).parse(2, list(cells))


def taken(*cells: Cell) -> ParsedRow:
    row = parse(*cells)
    assert isinstance(row, ParsedRow), row
    return row


def reasons(*cells: Cell) -> list[tuple[str, str]]:
    row = parse(*cells)
    assert isinstance(row, RejectedRow), row
    return [(error.field, error.value) for error in row.errors]


def one(field: Field, cell: Cell) -> object:
    """The value of one cell beside a good phone, or the message of its rejection."""
    row = RowParser("GR", ["phone", field], TODAY).parse(1, ["6912345678", cell])
    if isinstance(row, RejectedRow):
        assert [error.field for error in row.errors] == [field]
        return Invalid(row.errors[0].message)
    assert isinstance(row, ParsedRow)
    return {
        "email": row.email,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "gender": row.gender,
        "birthday": row.birthday,
        "subscribed": row.subscribed,
        "tags": row.tags,
        "locale": row.locale,
    }[field]
