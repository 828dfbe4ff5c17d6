"""Files around an import: the template to fill in, and the rows that were rejected."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

import phonenumbers
import sqlalchemy as sa
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from sqlmodel import Session, col

from astronote.models import ImportRow
from astronote.services import imports, shops
from astronote.services.cells import neutralise

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_IN_MEMORY: Final = 1 << 20
_CHUNK: Final = 1 << 16
_LAST_ROW: Final = 5_000
_HEADER: Final = PatternFill("solid", fgColor="0B7A75")
_WHITE: Final = Font(bold=True, color="FFFFFF")

_COLUMNS: Final = (
    ("Phone", 18, "Needed. A mobile number; other countries with + and their code."),
    ("First name", 16, ""),
    ("Last name", 18, ""),
    ("Email", 26, ""),
    ("Gender", 11, "male, female or other (άνδρας, γυναίκα, άλλο)."),
    ("Birthday", 13, "1990-12-31, 31/12/1990 or 31.12.1990. Minors get no messages."),
    ("Subscribed", 12, "yes only for people who agreed to messages (ναι, όχι)."),
    ("Tags", 20, "Labels, separated by commas."),
)
_CHOICES: Final = {"Gender": '"male,female,other"', "Subscribed": '"yes,no"'}
_ADVICE: Final = (
    "Write one contact in a row of the sheet Contacts, and delete the example.",
    "A phone that you have already is skipped or updated, as you choose when you import.",
    "Who opted out stays opted out, whatever the file says.",
    "Empty cells change nothing. Up to 200,000 rows and 20 MB.",
)


def template(session: Session, shop_id: int) -> Iterator[bytes]:
    """A workbook to fill in, with an example of the shop's country."""
    country = shops.get(session, shop_id).country
    book = Workbook()
    sheet = book.active
    sheet.title = "Contacts"
    sheet.append([name for name, _, _ in _COLUMNS])
    sheet.append(_example(country))
    sheet.freeze_panes = "A2"
    for index, (name, width, _) in enumerate(_COLUMNS, start=1):
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = width
        cell = sheet.cell(1, index)
        cell.fill, cell.font = _HEADER, _WHITE
        if name in ("Phone", "Birthday"):
            # As text: spreadsheet programs round long numbers and turn days around.
            for row in range(2, 200):
                sheet.cell(row, index).number_format = "@"
        if name in _CHOICES:
            choice = DataValidation(type="list", formula1=_CHOICES[name], allow_blank=True)
            choice.add(f"{letter}2:{letter}{_LAST_ROW}")
            sheet.add_data_validation(choice)
    _write_instructions(book.create_sheet("Instructions"))
    return _pieces(book)


def _example(country: str) -> list[str]:
    """A row that harms nobody when it is left in: it subscribes no one."""
    mobile = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(country, mobile)
    style = phonenumbers.PhoneNumberFormat.NATIONAL
    phone = phonenumbers.format_number(number, style) if number else ""
    return [phone, "Maria", "Papadopoulou", "maria@example.com", "female", "1990-12-31", "no", ""]


def _write_instructions(sheet: Any) -> None:
    sheet.column_dimensions["A"].width = 18
    sheet.column_dimensions["B"].width = 80
    for line in _ADVICE:
        sheet.append(["", line])
    sheet.append([])
    for name, _, words in _COLUMNS:
        sheet.append([name, words])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
    for row in sheet.iter_rows(min_col=2, max_col=2):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")


def rejects(session: Session, shop_id: int, job_id: int) -> Iterator[bytes]:
    """A workbook of the rejected rows as they were, each with its number and reasons.

    Raises:
        NotFound: no such import in this shop.
    """
    job = imports.find(session, shop_id, job_id)
    headers = job.options.get("headers")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rejected rows")
    sheet.freeze_panes = "A2"
    named = [neutralise(str(name)) for name in headers] if isinstance(headers, list) else []
    sheet.append(["Row", "Why", *named])
    found = session.execute(
        sa.select(col(ImportRow.row_number), col(ImportRow.errors), col(ImportRow.cells))
        .where(col(ImportRow.shop_id) == shop_id, col(ImportRow.job_id) == job_id)
        .order_by(col(ImportRow.row_number))
        .execution_options(yield_per=1_000)
    )
    for number, errors, cells in found:
        reasons = " ".join(f"{error['field']}: {error['message']}" for error in errors)
        sheet.append([number, reasons, *(_writable(cell) for cell in cells)])
    return _pieces(book)


def _writable(cell: object) -> object:
    """A cell as it was, but nothing that runs and no character a workbook cannot hold."""
    if not isinstance(cell, str):
        return cell
    held = "".join(c for c in cell if c >= " " or c in "\t\n\r")
    return neutralise(held[:32_000])


def _pieces(book: Workbook) -> Iterator[bytes]:
    """The finished workbook, piece by piece; beyond a megabyte it lies on disk."""
    made: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    book.save(made)
    made.seek(0)
    return _read(made)


def _read(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while piece := made.read(_CHUNK):
            yield piece
