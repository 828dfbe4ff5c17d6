"""Rows of a checked workbook, through calamine.

Runs in the child process. Every row of the sheet comes out, blank ones as an empty
list, so that the place of a row is its number in the spreadsheet program.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from astronote.services.cells import Cell
from astronote.services.sheet_scan import MAX_COLUMNS
from astronote.services.spreadsheet_errors import damaged, empty_file, unsupported
from astronote.words import say

_LARGEST_WHOLE: Final = 1e15


def workbook_rows(path: Path) -> Iterator[list[Cell]]:
    """Yield the rows of the first visible sheet that has any.

    Raises ``UnsupportedFile`` where the workbook cannot be read, ``Invalid``
    (``empty_file``) where no visible sheet has a filled cell.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(path.open("rb"))
        for sheet in workbook.sheets_metadata:
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
                found = _rows(workbook.get_sheet_by_name(sheet.name))
                if found is not None:
                    yield from found
                    return
    except CalamineError:
        raise damaged() from None
    raise empty_file()


def _rows(sheet: CalamineSheet) -> Iterator[list[Cell]] | None:
    """Return the rows from the first filled one on, or None for a sheet without any."""
    if sheet.end is not None and sheet.end[1] >= MAX_COLUMNS:
        raise unsupported(say("The sheet has more than {n} columns.", n=MAX_COLUMNS))
    rows = map(_plain_row, sheet.iter_rows())
    before: list[list[Cell]] = []
    for row in rows:
        before.append(row)
        if row:
            return _chained(before, rows)
    return None


def _chained(before: list[list[Cell]], rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    yield from before
    yield from rows


def _plain_row(cells: Sequence[object]) -> list[Cell]:
    row = [cell if type(cell) is str else _plain(cell) for cell in cells]
    for cell in row:
        if not isinstance(cell, str) or (cell and not cell.isspace()):
            return row
    return []


def _plain(cell: object) -> Cell:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            return ""
        return int(cell) if cell == int(cell) and abs(cell) < _LARGEST_WHOLE else cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
