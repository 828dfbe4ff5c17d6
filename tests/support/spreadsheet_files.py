"""Spreadsheet files for tests."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from astronote.settings import settings

HEADERS = ("Phone", "First name", "Last name", "Email", "Gender", "Birthday", "Subscribed")


def xlsx(rows: Iterable[Sequence[Any]], headers: Sequence[str] = HEADERS) -> bytes:
    """A workbook with one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Contacts")
    for row in (headers, *rows):
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def comma_separated(rows: Iterable[Sequence[Any]], headers: Sequence[str] = HEADERS) -> bytes:
    """A CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows([headers, *rows])
    return out.getvalue().encode()


def read_rows(workbook: bytes) -> list[tuple[Any, ...]]:
    """The rows of a workbook's first sheet."""
    book = load_workbook(io.BytesIO(workbook), read_only=True)
    return list(book.worksheets[0].iter_rows(values_only=True))


@contextmanager
def own_uploads(folder: Path) -> Iterator[None]:
    """Uploads of this test lie in ``folder``, where no other test's do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASTRONOTE_DATA_DIR", str(folder))
        settings.cache_clear()
        yield
    settings.cache_clear()
