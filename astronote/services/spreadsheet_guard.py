"""Decides what an uploaded file is, by its content, and refuses what may hurt.

Runs in the child process (``spreadsheet_child``), before any reader opens the file.
"""

from pathlib import Path
from typing import Final, Literal
from xml.parsers import expat

from astronote.services.sheet_scan import check_part
from astronote.services.spreadsheet_errors import (
    damaged,
    empty_file,
    file_too_large,
    not_a_spreadsheet,
    unsupported,
)
from astronote.services.zip_parts import ZipParts

Kind = Literal["xlsx", "csv"]

MAX_BYTES: Final = 20 * 1024 * 1024

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_EXCEL: Final = (
    b"\x09\x08\x10\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x02\x06\x00",
)
_OTHERS: Final = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"\x1f\x8b",
    b"BZh",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\xfd7zXZ",
    b"\x7fELF",
    b"MZ",
    b"{\\rtf",
    b"SQLite format 3",
)
_MARKUP: Final = (b"<?xml", b"<html", b"<!doctype", b"<table", b"<workbook")
_SMALL: Final = 1_000_000


def check_size(size: int) -> None:
    """Refuse an empty file and one over 20 MB."""
    if size == 0:
        raise empty_file()
    if size > MAX_BYTES:
        raise file_too_large("The file is larger than 20 MB. Split it and import the pieces.")


def check(path: Path) -> tuple[Kind, int]:
    """Return what the file is and how many bytes a reader will have to go through.

    Raises ``UnsupportedFile`` (another kind, encrypted, with macros, damaged, hostile),
    ``TooLarge`` (over 20 MB, over 150 MB unpacked) and ``Invalid`` (``empty_file``).
    """
    size = path.stat().st_size
    check_size(size)
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_ZIP):
        return "xlsx", _check_workbook(path)
    if start.startswith(_OLE2):
        raise _ole2(path)
    if start.startswith(_OLD_EXCEL):
        raise _old_excel()
    if start.startswith(_OTHERS):
        raise not_a_spreadsheet()
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise unsupported("This is a web page or XML file. Save it as .xlsx or .csv first.")
    return "csv", size


def _check_workbook(path: Path) -> int:
    parts = ZipParts(path)
    _check_names(parts.names)
    parts.measure()
    content_types = parts.read("[content_types].xml", _SMALL).lower()
    if b"macroenabled" in content_types or b"vbaproject" in content_types:
        raise _macros()
    for name in sorted(parts.names):
        if name.endswith((".xml", ".rels")):
            check_part(lambda name=name: parts.chunks(name))  # type: ignore[misc]
    _check_targets(parts)
    return parts.inflated


def _check_names(names: frozenset[str]) -> None:
    if "xl/workbook.bin" in names:
        raise unsupported("This is a binary workbook (.xlsb). Save it as .xlsx first.")
    if "word/document.xml" in names:
        raise unsupported("This is a Word document. Use an .xlsx or .csv file.")
    if "ppt/presentation.xml" in names:
        raise unsupported("This is a presentation. Use an .xlsx or .csv file.")
    if "mimetype" in names and "content.xml" in names:
        raise unsupported("This is an OpenDocument file. Save it as .xlsx or .csv first.")
    if not {"[content_types].xml", "xl/workbook.xml"} <= names:
        raise not_a_spreadsheet()
    if any("vbaproject" in name or name.startswith("xl/macrosheets/") for name in names):
        raise _macros()


def _check_targets(parts: ZipParts) -> None:
    """Make sure that whatever the reader takes for a sheet was scanned as XML."""
    targets: list[str] = []

    def note(_: str, attributes: dict[str, str]) -> None:
        targets.append(attributes.get("Target", ".xml").lower())

    name = "xl/_rels/workbook.xml.rels"
    if name not in parts.names:
        raise damaged()
    parser = expat.ParserCreate()
    parser.StartElementHandler = note
    try:
        parser.Parse(parts.read(name, _SMALL), True)
    except expat.ExpatError:
        raise damaged() from None
    if not all(target.endswith(".xml") for target in targets):
        raise damaged()


def _ole2(path: Path) -> Exception:
    # The names of an OLE2 file's streams are UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        return unsupported("The file is protected with a password. Remove it and try again.")
    return _old_excel()


def _old_excel() -> Exception:
    return unsupported("This is an old Excel or Office file (.xls). Save it as .xlsx first.")


def _macros() -> Exception:
    return unsupported("The workbook contains macros. Save it as .xlsx without macros first.")
