"""Builders of spreadsheets, honest and hostile."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import openpyxl

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

TWO_ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>6912345678</t></is></c></row>'
)


def saved(folder: Path, content: bytes | str, name: str = "contacts.xlsx") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(*rows: list[object], title: str = "Contacts") -> openpyxl.Workbook:
    """A workbook with one sheet of ``rows``."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return book


def as_bytes(book: openpyxl.Workbook) -> bytes:
    """A workbook as the bytes of its file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_xml(data: str = TWO_ROWS, before: str = "") -> str:
    """The XML of a sheet around the XML of its rows."""
    return f'{HEADER}<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData></worksheet>'


def parts(sheet: str | bytes, **others: str | bytes) -> dict[str, str | bytes]:
    """The parts of a minimal workbook with one sheet."""
    return {
        "[Content_Types].xml": f'{HEADER}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}"/></Types>',
        "_rels/.rels": f'{HEADER}<Relationships xmlns="{PACKAGE}/relationships"><Relationship '
        f'Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEADER}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEADER}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
        **{name.replace("__", "/"): content for name, content in others.items()},
    }


def zipped(entries: dict[str, str | bytes]) -> bytes:
    """A zip file of the given parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def minimal(data: str = TWO_ROWS, before: str = "", **others: str | bytes) -> bytes:
    """A minimal workbook whose sheet holds the rows ``data``."""
    return zipped(parts(sheet_xml(data, before), **others))


def bomb(megabytes: int) -> bytes:
    """A workbook whose sheet unpacks to ``megabytes`` of spaces."""
    return minimal(before=" " * (megabytes << 20))


def lying_bomb(megabytes: int) -> bytes:
    """The same, but its directory declares a small size with the checksum to match."""
    content = bytearray(bomb(megabytes))
    sheet = sheet_xml(before=" " * (megabytes << 20)).encode()
    shown = sheet[:1000]
    entry = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    struct.pack_into("<I", content, entry + 16, zlib.crc32(shown))
    struct.pack_into("<I", content, entry + 24, len(shown))
    return bytes(content)


def with_wrong_checksum(content: bytes) -> bytes:
    """Change the checksum of the last entry in the directory."""
    changed = bytearray(content)
    changed[changed.rindex(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(changed)


def marked_encrypted(content: bytes) -> bytes:
    """Set the bit that says encrypted on every entry."""
    changed = bytearray(content)
    at = 0
    while (at := changed.find(b"PK\x01\x02", at)) >= 0:
        changed[at + 8] |= 1
        at += 4
    return bytes(changed)


def ole2(stream: str) -> bytes:
    """The beginning of an OLE2 file that holds a stream of this name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + stream.encode("utf-16-le")
