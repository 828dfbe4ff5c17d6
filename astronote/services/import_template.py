"""The workbook that merchants fill in, and the one that gives rejected rows back."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import IO, Any, Final

import phonenumbers
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from astronote.services.cells import Cell, neutralise
from astronote.services.sheet_scan import MAX_SHEET_ROWS

_HEADER_FONT: Final = Font(bold=True, color="FFFFFF")
_HEADER_FILL: Final = PatternFill("solid", start_color="1F4E79")
_EXAMPLE_FONT: Final = Font(italic=True, color="7F7F7F")
_TEXT_FORMAT: Final = "@"
_DATE_FORMAT: Final = "yyyy-mm-dd"
_LONGEST_CELL: Final = 32_000
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDTHS: Final = (18, 28, 18, 20, 12, 14, 14, 22)


@dataclass(frozen=True, slots=True)
class _Wording:
    sheet: str
    headers: tuple[str, ...]
    example: tuple[str, ...]
    genders: tuple[str, ...]
    answers: tuple[str, ...]
    unknown: str
    help_sheet: str
    help: tuple[str, ...]
    reasons: str
    row: str


_ENGLISH: Final = _Wording(
    sheet="Contacts",
    headers=(
        "Phone",
        "Email",
        "First name",
        "Last name",
        "Gender",
        "Birthday",
        "Subscribed",
        "Tags",
    ),
    example=("maria@example.com", "Maria", "Example", "female", "no", "vip, autumn"),
    genders=("male", "female", "other"),
    answers=("yes", "no"),
    unknown="Choose one of the list, or leave the cell empty.",
    help_sheet="Instructions",
    help=(
        "One contact a row. The grey row is an example: delete it.",
        "Phone is required: a mobile number, with + or 00 in front where it is of another country.",
        "Email, names, gender and birthday may be empty. Birthday: 1990-12-31, 31/12/1990 or "
        "31.12.1990.",
        "Subscribed: yes only for people who agreed to receive your messages. Empty means no.",
        "Tags are labels of your own, separated by commas.",
        "A phone that is already there is skipped, or updated if you choose so. Whoever opted out "
        "stays out.",
        "At most 200,000 rows and 20 MB. Other columns are welcome.",
    ),
    reasons="Reasons",
    row="Row",
)
_GREEK: Final = _Wording(
    sheet="Επαφές",
    headers=(
        "Κινητό",
        "Email",
        "Όνομα",
        "Επώνυμο",
        "Φύλο",
        "Γενέθλια",
        "Συγκατάθεση",
        "Ετικέτες",
    ),
    example=("maria@example.com", "Μαρία", "Παράδειγμα", "γυναίκα", "όχι", "vip, φθινόπωρο"),
    genders=("άνδρας", "γυναίκα", "άλλο"),
    answers=("ναι", "όχι"),
    unknown="Διαλέξτε από τη λίστα ή αφήστε το κελί κενό.",
    help_sheet="Οδηγίες",
    help=(
        "Μία επαφή σε κάθε γραμμή. Η γκρίζα γραμμή είναι παράδειγμα: διαγράψτε την.",
        "Το κινητό είναι απαραίτητο, με + ή 00 μπροστά όταν είναι άλλης χώρας.",
        "Email, ονόματα, φύλο και γενέθλια μπορούν να μείνουν κενά. Γενέθλια: 1990-12-31, "
        "31/12/1990 ή 31.12.1990.",
        "Συγκατάθεση: ναι μόνο για όσους συμφώνησαν να λαμβάνουν μηνύματά σας. Κενό σημαίνει όχι.",
        "Οι ετικέτες είναι δικές σας και χωρίζονται με κόμμα.",
        "Ένα κινητό που υπάρχει ήδη παραλείπεται ή ενημερώνεται, αν το επιλέξετε. Όποιος "
        "διαγράφηκε μένει εκτός.",
        "Έως 200.000 γραμμές και 20 MB. Άλλες στήλες επιτρέπονται.",
    ),
    reasons="Αιτίες",
    row="Γραμμή",
)


def template_workbook(locale: str = "en", country: str = "GR") -> bytes:
    """Return the template as .xlsx: header, an example, drop-downs, a sheet of instructions.

    ``locale`` is ``el`` or ``en``; the example's phone is of ``country``.
    """
    words = _wording(locale)
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.title = words.sheet
    sheet.append(words.headers)
    sheet.append(_example(words, country))
    _style(sheet)
    _offer(sheet, "E", words.genders, words.unknown)
    _offer(sheet, "G", words.answers, words.unknown)
    _write_help(workbook.create_sheet(words.help_sheet), words)
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


def write_rejects(
    headers: Sequence[str],
    rows: Iterable[tuple[int, Sequence[Cell], Sequence[str]]],
    out: IO[bytes],
    locale: str = "en",
) -> None:
    """Write rejected rows as .xlsx to ``out``: number and reasons beside the original cells.

    ``rows`` gives row number, cells and reasons, and is read as it is written. The file
    can be corrected and imported again.
    """
    words = _wording(locale)
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(words.sheet)
    sheet.freeze_panes = "A2"
    width = len(headers)
    for index, size in enumerate((60, 9, *(18 for _ in headers)), start=1):
        sheet.column_dimensions[get_column_letter(index)].width = size
    sheet.append([_header(sheet, text) for text in (words.reasons, words.row, *headers)])
    for number, cells, reasons in rows:
        known = [_safe(sheet, cell) for cell in cells[:width]]
        sheet.append([_safe(sheet, "; ".join(reasons)), number, *known])
    workbook.save(out)


def _wording(locale: str) -> _Wording:
    return _GREEK if locale.startswith("el") else _ENGLISH


def _example(words: _Wording, country: str) -> list[object]:
    email, first, last, gender, subscribed, tags = words.example
    return [
        _example_phone(country),
        email,
        first,
        last,
        gender,
        date(1990, 12, 31),
        subscribed,
        tags,
    ]


def _example_phone(country: str) -> str:
    kind = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(country, kind)
    number = number or phonenumbers.example_number_for_type("GR", kind)
    assert number is not None
    # National, because a plus sign in front would make spreadsheet programs compute.
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def _style(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A2"
    for index, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    # Phones as text, so that no zero, plus or digit is lost; a column format reaches
    # the rows that are still to be written.
    sheet.column_dimensions["A"].number_format = _TEXT_FORMAT
    sheet.column_dimensions["F"].number_format = _DATE_FORMAT
    for cell in sheet[1]:
        cell.font, cell.fill = _HEADER_FONT, _HEADER_FILL
    for cell in sheet[2]:
        cell.font = _EXAMPLE_FONT
    sheet["A2"].number_format = _TEXT_FORMAT
    sheet["F2"].number_format = _DATE_FORMAT


def _offer(sheet: Worksheet, column: str, choices: Sequence[str], otherwise: str) -> None:
    rule = DataValidation(
        type="list",
        formula1=f'"{",".join(choices)}"',
        allow_blank=True,
        showErrorMessage=True,
        error=otherwise,
    )
    rule.add(f"{column}2:{column}{MAX_SHEET_ROWS}")
    sheet.add_data_validation(rule)


def _write_help(sheet: Worksheet, words: _Wording) -> None:
    sheet.column_dimensions["A"].width = 100
    for line in (words.help_sheet, *words.help):
        sheet.append([line])
    for row in sheet.iter_rows(min_row=1):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)


def _header(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, neutralise(text))
    cell.font, cell.fill = _HEADER_FONT, _HEADER_FILL
    return cell


def _safe(sheet: Any, value: Cell) -> object:
    """A cell that no spreadsheet program runs and no XML forbids."""
    if not isinstance(value, str):
        return value
    text = "".join(c for c in value if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff"))
    cell = WriteOnlyCell(sheet, neutralise(text[:_LONGEST_CELL]))
    cell.data_type = "s"
    return cell
