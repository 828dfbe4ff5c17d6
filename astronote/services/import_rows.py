"""The rules for one row of an import.

A row becomes a contact's values, or is rejected with every reason at once. What needs
the database (duplicates, consent, suppression) is the import's business.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from astronote.errors import Invalid
from astronote.services import contact_fields, phones
from astronote.services.cells import Cell
from astronote.services.import_columns import Field
from astronote.services.import_values import (
    read_answer,
    read_birthday,
    read_email,
    read_gender,
    read_locale,
    read_tags,
)

Reader = Callable[[Cell], object]

_SHOWN: Final = 100
_LONGEST_ATTRIBUTE: Final = 1_000
_MOST_REMEMBERED: Final = 20_000
_EXCEL_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)


class ParsedRow(NamedTuple):
    """A row that may become a contact. None and () mean that the cell was empty.

    ``attributes`` is None where the parser keeps none.
    """

    row_number: int
    phone: str
    email: str | None
    first_name: str | None
    last_name: str | None
    gender: str | None
    birthday: date | None
    subscribed: bool | None
    tags: tuple[str, ...]
    locale: str | None
    attributes: dict[str, str] | None


class RowError(NamedTuple):
    """Why a row was rejected: the field, what stood there (shortened), a sentence."""

    field: str
    value: str
    message: str


class RejectedRow(NamedTuple):
    """A row that a rule refuses, with every reason and the cells as they were."""

    row_number: int
    errors: list[RowError]
    cells: list[Cell]


_FIRST, _LAST = 3, 4
_WHOLE_NAME: Final = 11
"""After the values of a row: first and last name from one cell."""
_PLACES: Final[dict[Field, int]] = {
    "phone": 1,
    "email": 2,
    "firstName": _FIRST,
    "lastName": _LAST,
    "gender": 5,
    "birthday": 6,
    "subscribed": 7,
    "tags": 8,
    "locale": 9,
    "fullName": _WHOLE_NAME,
    "fullNameReversed": _WHOLE_NAME,
}
_NOTHING: Final = (None, None, None, None, None, None, None, (), None, None, None)


class RowParser:
    """Reads rows of one file: phones of ``country``, columns as ``mapping`` says.

    Where ``headers`` is given, filled cells of columns without a field are kept as
    attributes under their header.
    """

    def __init__(
        self,
        country: str,
        mapping: Sequence[Field | None],
        today: date,
        headers: Sequence[str] = (),
    ) -> None:
        self._fast_phone = phones.fast_parser(country)
        self._country = country
        readers: dict[Field, Reader] = {
            "phone": self._phone,
            "email": read_email,
            "firstName": lambda cell: _name(cell, "firstName"),
            "lastName": lambda cell: _name(cell, "lastName"),
            "gender": read_gender,
            "birthday": lambda cell: read_birthday(cell, today),
            "subscribed": read_answer,
            "tags": read_tags,
            "locale": read_locale,
            "fullName": lambda cell: _split(_name(cell, "fullName"), False),
            "fullNameReversed": lambda cell: _split(_name(cell, "fullNameReversed"), True),
        }
        self._columns = [
            (index, field, _PLACES[field], readers[field], _text_reader(field, readers[field]))
            for index, field in enumerate(mapping)
            if field
        ]
        self._width = 1 + max((index for index, *_ in self._columns), default=0)
        self._others = [
            (index, name)
            for index, name in enumerate(headers)
            if name and (index >= len(mapping) or mapping[index] is None)
        ]

    def parse(self, row_number: int, cells: list[Cell]) -> ParsedRow | RejectedRow | None:
        """Return the row's values, or its errors, or None for an empty row."""
        values: list[Any] = [row_number, *_NOTHING]
        errors: list[RowError] = []
        padded = cells if len(cells) >= self._width else cells + [""] * self._width
        for index, field, place, read, read_text in self._columns:
            cell = padded[index]
            if cell == "":
                continue
            try:
                value = read_text(cell) if type(cell) is str else read(cell)
                if value is not None:
                    values[place] = value
            except Invalid as refused:
                errors.append(RowError(field, _shown(cell), refused.detail))
        whole = values.pop()
        if not errors and values[1]:
            if whole:
                values[_FIRST], values[_LAST] = whole
            if self._others:
                values[-1] = self._attributes(cells)
            return ParsedRow._make(values)
        return _rejected(row_number, values[1], errors, cells)

    def _phone(self, cell: Cell) -> str | None:
        text = str(cell) if type(cell) is int else cell
        if isinstance(text, str):
            fast = self._fast_phone(text)
            if fast:
                return fast
            if text.isspace():
                return None
            quoted = _EXCEL_TEXT.fullmatch(text)
            cell = quoted.group(1) if quoted else text
        return phones.parse(cell, self._country)

    def _attributes(self, cells: list[Cell]) -> dict[str, str]:
        return {
            name: text
            for index, name in self._others
            if index < len(cells) and (text := _clean(cells[index])[:_LONGEST_ATTRIBUTE])
        }


def _rejected(
    row_number: int, phone: str | None, errors: list[RowError], cells: list[Cell]
) -> RejectedRow | None:
    if not any(str(cell).strip() for cell in cells):
        return None
    if not phone and not any(error.field == "phone" for error in errors):
        errors.insert(0, RowError("phone", "", "The phone number is missing."))
    return RejectedRow(row_number, errors, cells)


def _name(cell: Cell, field: str) -> str | None:
    if type(cell) is str and cell.isprintable() and len(cell) <= contact_fields.LONGEST_NAME:
        # Nearly every name; split() also takes off what stands around it.
        return unicodedata.normalize("NFC", " ".join(cell.split())) or None
    return contact_fields.check_name(_clean(cell), field)


def _split(name: str | None, is_reversed: bool) -> tuple[str | None, str | None] | None:
    """First and last name of one cell; a comma always stands after the last name."""
    if not name:
        return None
    last, comma, first = name.partition(",")
    if comma:
        return first.strip() or None, last.strip() or None
    one, _, rest = name.partition(" ")
    if is_reversed and rest:
        return rest, one
    return one, rest or None


def _clean(cell: Cell) -> str:
    """One line without control, direction and zero-width characters, composed."""
    text = unicodedata.normalize("NFC", str(cell))
    if not text.isprintable():
        text = "".join(
            " " if char.isspace() else char
            for char in text
            if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        )
    return " ".join(text.split())


def _shown(cell: Cell) -> str:
    """What a message repeats of a refused cell."""
    return _clean(cell)[:_SHOWN]


class _Remembered(dict[str, object]):
    """What texts of a column mean; most of them come again and again."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> object:
        value = None if text.isspace() else self._read(text)
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[text] = value
        return value


def _text_reader(field: Field, read: Reader) -> Callable[[str], object]:
    """Return how cells with text are read: hardly a phone or an e-mail comes twice."""
    return read if field in ("phone", "email") else _Remembered(read).__getitem__
