"""Honest files: what comes out of them."""

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl.utils import get_column_letter

from astronote.errors import UnsupportedFile
from astronote.services import spreadsheets
from astronote.services.cells import Cell
from astronote.services.csv_rows import csv_rows
from tests.unit import files
from tests.unit.files import as_bytes, minimal, workbook

PERSON: list[object] = ["6912345678", "Μαρία"]


def read(folder: Path, content: bytes | str, name: str = "c.xlsx") -> list[tuple[int, list[Cell]]]:
    """The header as row 0 and the rows with their numbers."""
    with spreadsheets.opened(files.saved(folder, content, name), name) as sheet:
        rows = list(sheet.rows())
        assert sheet.total_rows == len(rows)
        return [(0, list(sheet.headers)), *rows]


def read_csv(folder: Path, content: bytes | str) -> list[tuple[int, list[Cell]]]:
    return read(folder, content, "c.csv")


def test_cells_keep_their_meaning(tmp_path: Path) -> None:
    book = workbook(
        ["phone", "whole", "part", "day", "moment", "yes", "text", "empty"],
        [6912345678, 3, 2.5, date(1990, 5, 1), datetime(1990, 5, 1, 12, 30), True, "=a", None],
    )
    assert read(tmp_path, as_bytes(book))[1] == (
        2,
        [6912345678, 3, 2.5, "1990-05-01", "1990-05-01 12:30:00", True, "", ""],
    )


def test_formulas_give_the_value_last_seen_and_texts_stay_texts(tmp_path: Path) -> None:
    data = (
        '<row r="1"><c r="A1" t="str"><f>"Ph"&amp;"one"</f><v>Phone</v></c>'
        '<c r="B1" t="inlineStr"><is><t>=cmd|calc</t></is></c>'
        '<c r="C1" t="inlineStr"><is><r><t xml:space="preserve">two </t></r>'
        "<r><t>runs</t></r></is></c>"
        '<c r="D1" t="e"><v>#REF!</v></c></row>'
    )
    assert read(tmp_path, minimal(data)) == [(0, ["Phone", "=cmd|calc", "two runs", ""])]


def test_row_numbers_are_those_of_the_spreadsheet_program(tmp_path: Path) -> None:
    book = workbook([], ["phone"], [], ["691"], [" "], ["692"], [])
    assert read(tmp_path, as_bytes(book)) == [(0, ["phone"]), (4, ["691"]), (6, ["692"])]
    rows = read_csv(tmp_path, "\nphone\n\n691\n \n692\n\n")
    assert rows == [(0, ["phone"]), (4, ["691"]), (6, ["692"])]


def test_reading_goes_on_behind_a_checkpoint(tmp_path: Path) -> None:
    path = files.saved(tmp_path, "phone\n691\n692\n\n693\n", "c.csv")
    with spreadsheets.opened(path) as sheet:
        assert [number for number, _ in sheet.rows()] == [2, 3, 5]
        assert [number for number, _ in sheet.rows(after=2)] == [3, 5]
        assert [number for number, _ in sheet.rows(after=5)] == []
        assert [number for number, _ in sheet.rows(after=0)] == [2, 3, 5]


def test_the_first_visible_sheet_with_content_is_read(tmp_path: Path) -> None:
    book = workbook(["hidden"], title="Hidden")
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("Empty")
    book.create_sheet("People").append(PERSON)
    book.create_sheet("Later").append(["no"])
    assert read(tmp_path, as_bytes(book)) == [(0, PERSON)]


def test_merged_cells_have_their_value_once(tmp_path: Path) -> None:
    book = workbook(["phone", "name"], ["691", "both"], ["692", None])
    book.worksheets[0].merge_cells("B2:B3")
    assert read(tmp_path, as_bytes(book))[1:] == [(2, ["691", "both"]), (3, ["692", ""])]


def test_formatted_but_empty_cells_may_lie_anywhere(tmp_path: Path) -> None:
    data = files.TWO_ROWS + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert read(tmp_path, minimal(data))[1:] == [(2, ["6912345678"])]


def test_a_dimension_is_a_claim_that_nobody_believes(tmp_path: Path) -> None:
    claim = '<dimension ref="A1:XFD1048576"/>'
    assert read(tmp_path, minimal(before=claim))[1:] == [(2, ["6912345678"])]


def test_texts_that_look_like_references_do_no_harm(tmp_path: Path) -> None:
    data = '<row r="1"><c r="A1" t="inlineStr"><is><t>see r="XFD9" &lt;!x</t></is></c></row>'
    assert read(tmp_path, minimal(data)) == [(0, ['see r="XFD9" <!x'])]


def test_comments_and_cdata_are_ordinary_xml(tmp_path: Path) -> None:
    data = '<!-- r="XFD1" -->' + files.TWO_ROWS.replace("Phone", "Phone<![CDATA[ <no.>]]>")
    assert read(tmp_path, minimal(data))[1:] == [(2, ["6912345678"])]


def test_external_links_are_not_followed(tmp_path: Path) -> None:
    content = minimal(xl__externalLinks__externalLink1="<x/>")
    assert read(tmp_path, content)[1:] == [(2, ["6912345678"])]


@pytest.mark.parametrize("ref", ["GR1", "A200001", "GR2"])
def test_the_last_columns_and_rows_are_read(tmp_path: Path, ref: str) -> None:
    row = ref.lstrip("GRA")
    data = f'<row r="1"><c r="A1"><v>0</v></c></row><row r="{row}"><c r="{ref}"><v>7</v></c></row>'
    rows = read(tmp_path, minimal(data.replace('</row><row r="1">', "")))
    assert str(rows[-1][1][-1]) == "7"
    assert len(rows[0][1]) == (1 if ref.startswith("A") else 200)


def test_two_hundred_thousand_rows_are_read(tmp_path: Path) -> None:
    path = files.saved(tmp_path, "phone\n" + "6912345678\n" * 200_000, "c.csv")
    with spreadsheets.opened(path) as sheet:
        assert sheet.total_rows == 200_000


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1253"])
def test_csv_in_all_its_ways(tmp_path: Path, delimiter: str, line_end: str, encoding: str) -> None:
    lines = [["Κινητό", "Όνομα", "Σχόλιο"], ["6912345678", "Μαρία", "ναι"], ["691", "Ά", ""]]
    text = line_end.join(delimiter.join(line) for line in lines)
    assert list(csv_rows(files.saved(tmp_path, text.encode(encoding)))) == lines


def test_quotes_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    text = 'phone,note\n691,"a, ""b""\nc"\n'
    assert read_csv(tmp_path, text)[1:] == [(2, ["691", 'a, "b"\nc'])]


def test_the_delimiter_is_the_one_that_cuts_evenly(tmp_path: Path) -> None:
    text = "phone;name;note\n691;Papa, Maria;a, b, c\n692;Nick;x\n"
    assert read_csv(tmp_path, text)[1][1] == ["691", "Papa, Maria", "a, b, c"]
    assert read_csv(tmp_path, "sep=|\nphone|a,b\n691|c,d\n")[0][1] == ["phone", "a,b"]
    assert read_csv(tmp_path, "phone\n691\n692\n")[1:] == [(2, ["691"]), (3, ["692"])]


def test_a_broken_quote_is_located(tmp_path: Path) -> None:
    path = files.saved(tmp_path, 'phone,name\n691,ok\n692,"open\n', "c.csv")
    with pytest.raises(UnsupportedFile, match="line 3"), spreadsheets.opened(path):
        pass


def test_the_preview_shows_columns_rows_and_the_count(tmp_path: Path) -> None:
    lines = ["Κινητό;E-mail;Σημείωση", *(f"69{n:08};a@b.gr;x" for n in range(25))]
    found = spreadsheets.preview(files.saved(tmp_path, "\n".join(lines), "c.csv"), "c.csv")
    assert found.columns == (("Κινητό", "phone"), ("E-mail", "email"), ("Σημείωση", None))
    assert found.rows[0] == ("6900000000", "a@b.gr", "x")
    assert (len(found.rows), found.total_rows) == (10, 25)


def test_the_kind_is_told_by_content(tmp_path: Path) -> None:
    assert spreadsheets.inspect(files.saved(tmp_path, minimal(), "x.bin"), "x.csv") == "xlsx"
    assert spreadsheets.inspect(files.saved(tmp_path, "a,b\n", "y.bin"), "Y.CSV") == "csv"


def test_wide_rows_keep_their_columns(tmp_path: Path) -> None:
    header = [get_column_letter(n) for n in range(1, 201)]
    assert read(tmp_path, as_bytes(workbook(list(header), ["691"])))[1][1][:2] == ["691", ""]
