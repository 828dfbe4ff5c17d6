"""The template, and the file of rejected rows."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from astronote.services import spreadsheets
from astronote.services.cells import Cell, neutralise
from astronote.services.import_columns import FIELDS, apply_mapping
from astronote.services.import_rows import ParsedRow, RowParser
from astronote.services.import_template import template_workbook, write_rejects
from tests.unit import files


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("locale", ["en", "el"])
@pytest.mark.parametrize("country", ["GR", "US", "JP", "XX"])
def test_the_template_can_be_imported_as_it_is(tmp_path: Path, locale: str, country: str) -> None:
    path = files.saved(tmp_path, template_workbook(locale, country))
    with spreadsheets.opened(path, "template.xlsx") as sheet:
        mapping = apply_mapping(sheet.headers)
        ((number, cells),) = sheet.rows()
    assert mapping == list(FIELDS[:8])
    home = "GR" if country == "XX" else country
    row = RowParser(home, mapping, date(2026, 1, 1)).parse(number, cells)
    assert isinstance(row, ParsedRow)
    assert (row.gender, row.birthday, row.subscribed) == ("female", date(1990, 12, 31), False)


@pytest.mark.parametrize("locale", ["en", "el"])
def test_the_template_helps_to_fill_it_in(locale: str) -> None:
    book = opened(template_workbook(locale))
    sheet, instructions = book.worksheets
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet["A2"].number_format == sheet.column_dimensions["A"].number_format == "@"
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert set(lists) == {"E2:E200001", "G2:G200001"}
    assert all(len(choices) < 255 for choices in lists.values())
    assert instructions.max_row >= 5


def test_rejected_rows_come_back_with_their_reasons() -> None:
    out = io.BytesIO()
    rows: list[tuple[int, list[Cell], list[str]]] = [
        (3, ["12", "=1+1"], ["The phone is too short.", "No e-mail."]),
        (9, ["+302101234567", "a\x00b\ud800", 5], ["Landline."]),
    ]
    write_rejects(["Phone", "=Email"], rows, out)
    sheet = opened(out.getvalue()).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Reasons", "Row", "Phone", "'=Email"],
        ["The phone is too short.; No e-mail.", 3, "12", "'=1+1"],
        ["Landline.", 9, "'+302101234567", "ab"],
    ]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_rejected_rows_can_be_corrected_and_imported(tmp_path: Path) -> None:
    out = io.BytesIO()
    write_rejects(["Κινητό", "Όνομα"], [(2, ["+306912345678", "Μαρία"], ["x"])], out, "el")
    with spreadsheets.opened(files.saved(tmp_path, out.getvalue())) as sheet:
        mapping = apply_mapping(sheet.headers)
        rows = [RowParser("GR", mapping, date(2026, 1, 1)).parse(*row) for row in sheet.rows()]
    assert [(r.phone, r.first_name) for r in rows if isinstance(r, ParsedRow)] == [
        ("+306912345678", "Μαρία")
    ]


@pytest.mark.parametrize(
    "value", ["=1+1", "+30691", "-5", "@x", "\tx", "\r=x", "\x00", " =x", "＝x", "\n@x"]
)
def test_what_a_program_could_run_is_neutralised(value: str) -> None:
    assert neutralise(value) == "'" + value


@pytest.mark.parametrize("value", ["Maria", "a=b", "", 5, -5, None, True, date(2026, 1, 1)])
def test_everything_else_stays(value: object) -> None:
    assert neutralise(value) == value
