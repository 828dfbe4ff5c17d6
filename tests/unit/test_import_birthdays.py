"""Birthdays in imports: how people write them, and what is none."""

from datetime import date

import pytest

from astronote.errors import Invalid
from astronote.services.cells import Cell
from tests.support.import_rows import TODAY, one


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1990-05-01", date(1990, 5, 1)),
        ("1990-05-01 00:00:00", date(1990, 5, 1)),
        ("1990-05-01T12:30:00", date(1990, 5, 1)),
        ("01/05/1990", date(1990, 5, 1)),
        ("1/5/1990", date(1990, 5, 1)),
        ("01.05.1990", date(1990, 5, 1)),
        (" 31.12.1999 ", date(1999, 12, 31)),
        ("29/02/2000", date(2000, 2, 29)),
        ("1900-01-01", date(1900, 1, 1)),
        ("2026-03-15", TODAY),
        (32994, date(1990, 5, 1)),
        (32994.5, date(1990, 5, 1)),
        (1, date(1900, 1, 1)),
        (59, date(1900, 2, 28)),
        (61, date(1900, 3, 1)),
    ],
)
def test_birthdays(cell: Cell, day: date) -> None:
    assert one("birthday", cell) == day


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("2026-03-16", "future"),
        ("1899-12-31", "long ago"),
        ("30/02/1990", "no such day"),
        ("12/31/1990", "no such day"),
        ("29/02/1999", "no such day"),
        ("01/05.1990", "Write a birthday"),
        ("1/5/90", "Write a birthday"),
        ("May 1990", "Write a birthday"),
        ("32994", "Write a birthday"),
        ("١٩٩٠-٠٥-٠١", "Write a birthday"),
        (0, "Write a birthday"),
        (-5, "Write a birthday"),
        (True, "Write a birthday"),
        (99999999, "Write a birthday"),
        (1e300, "Write a birthday"),
        (60000, "future"),
    ],
)
def test_birthdays_that_are_none(cell: Cell, message: str) -> None:
    refused = one("birthday", cell)
    assert isinstance(refused, Invalid)
    assert message in refused.detail
