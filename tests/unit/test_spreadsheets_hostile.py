"""Files that nobody should open: each refused quickly, in the child, with a sentence."""

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from astronote.errors import AstronoteError, Invalid, TooLarge, UnsupportedFile
from astronote.services import spreadsheets
from tests.unit import files
from tests.unit.files import minimal, ole2, parts, sheet_xml, zipped

FAR = '<row r="{row}"><c r="{ref}"><v>1</v></c></row>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def with_part(name: str, content: str | bytes) -> bytes:
    return zipped({**parts(sheet_xml()), name: content})


def with_macro_type() -> bytes:
    entries = parts(sheet_xml())
    types = str(entries["[Content_Types].xml"])
    entries["[Content_Types].xml"] = types.replace(
        files.SHEET_TYPE, "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    )
    return zipped(entries)


def with_hidden_target() -> bytes:
    entries = parts(sheet_xml())
    name = "xl/_rels/workbook.xml.rels"
    entries[name] = str(entries[name]).replace("worksheets/sheet1.xml", "media/image1.png")
    entries["xl/media/image1.png"] = sheet_xml(FAR.format(row=1048576, ref="XFD1048576"))
    return zipped(entries)


def twice(name: str) -> bytes:
    entries = parts(sheet_xml())
    return zipped({**entries, name.upper(): entries[name]})


UNSUPPORTED: dict[str, Callable[[], bytes]] = {
    "pdf": lambda: b"%PDF-1.7\n" + b"x" * 100,
    "png": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "gzip": lambda: b"\x1f\x8b\x08" + b"\0" * 100,
    "web page": lambda: b"\n <!DOCTYPE html><table><tr><td>phone</td></tr></table>",
    "xml workbook of 2003": lambda: b'<?xml version="1.0"?><Workbook></Workbook>',
    "old excel": lambda: ole2("Workbook"),
    "bare old excel": lambda: b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 100,
    "encrypted workbook": lambda: ole2("EncryptedPackage"),
    "encrypted zip": lambda: files.marked_encrypted(minimal()),
    "nul bytes": lambda: b"phone,name\n69\x0012345678,\x00\x00\n",
    "random": lambda: bytes(range(1, 256)) * 20,
    "empty zip": lambda: b"PK\x05\x06" + b"\0" * 18,
    "any zip": lambda: zipped({"readme.txt": "hello"}),
    "docx renamed": lambda: zipped(
        {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}
    ),
    "xlsb renamed": lambda: zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"\1"}),
    "ods renamed": lambda: zipped({"mimetype": "application/x", "content.xml": "<office/>"}),
    "macros": lambda: with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
    "macro type": with_macro_type,
    "excel 4 macros": lambda: with_part("xl/macrosheets/sheet1.xml", "<x/>"),
    "truncated": lambda: minimal()[:-200],
    "half": lambda: minimal()[: len(minimal()) // 2],
    "bytes after the end": lambda: minimal() + b"PK\x05\x06" + b"\0" * 30,
    "wrong checksum": lambda: files.with_wrong_checksum(minimal()),
    "lying sizes": lambda: files.lying_bomb(200),
    "too many parts": lambda: zipped({f"xl/{n}.xml": "<x/>" for n in range(300)}),
    "two parts of one name": lambda: twice("xl/worksheets/sheet1.xml"),
    "entity expansion": lambda: zipped(parts(LAUGHS + sheet_xml().split("\n", 1)[1])),
    "entities in shared strings": lambda: with_part("xl/sharedStrings.xml", LAUGHS + "<sst/>"),
    "external entity": lambda: zipped(parts(OUTSIDE + sheet_xml().split("\n", 1)[1])),
    "utf-16 sheet": lambda: zipped(parts(sheet_xml().replace("UTF-8", "UTF-16").encode("utf-16"))),
    "utf-7 sheet": lambda: zipped(parts(sheet_xml().replace("UTF-8", "UTF-7"))),
    "broken xml": lambda: minimal('<row r="1"><c r="A1"><v>1</v></row>'),
    "unclosed xml": lambda: zipped(parts(sheet_xml()[:-20])),
    "far column": lambda: minimal(FAR.format(row=1, ref="XFD1")),
    "column 201": lambda: minimal(FAR.format(row=1, ref="GS1")),
    "far column, odd spelling": lambda: minimal("<row r=\"1\"><c r = 'xfd1'><v>1</v></c></row>"),
    "reference as entity": lambda: minimal('<row r="1"><c r="&#88;FD1"><v>1</v></c></row>'),
    "reference overflow": lambda: minimal(FAR.format(row=1, ref="A18446744073709551617")),
    "attributes without space": lambda: minimal('<row r="1"><c s="1"r="XFD1"><v>1</v></c></row>'),
    "sheet under another name": with_hidden_target,
    "claimed strings": lambda: with_part(
        "xl/sharedStrings.xml", f'<sst xmlns="{files.MAIN}" uniqueCount="4294967295"/>'
    ),
    "string that is not there": lambda: minimal('<row r="1"><c r="A1" t="s"><v>9</v></c></row>'),
    "huge implicit row": lambda: minimal("<row>" + "<c><v>1</v></c>" * 300 + "</row>"),
    "unbalanced quotes": lambda: b'phone,name\n6912345678,"Maria\n6912345679,Nick\n',
    "text behind a quote": lambda: b'phone,name\n6912345678,"Maria"x\n',
    "many columns": lambda: b",".join([b"x"] * 300) + b"\n",
    "one endless line": lambda: b"phone\n" + b"6" * 2_000_000,
}

TOO_LARGE: dict[str, tuple[Callable[[], bytes], str]] = {
    "21 MB": (lambda: b"phone\n" + b"6912345678\n" * 2_000_000, "file_too_large"),
    "zip bomb": (lambda: files.bomb(200), "file_too_large"),
    "last cell of all": (
        lambda: minimal(FAR.format(row=1048576, ref="XFD1048576")),
        "too_many_rows",
    ),
    "row without references": (
        lambda: minimal('<row r="4000000000"><c><v>1</v></c></row>'),
        "too_many_rows",
    ),
    "far row, near cell": (lambda: minimal(FAR.format(row=4000000, ref="A1")), "too_many_rows"),
    "row 200,002": (lambda: minimal(FAR.format(row=200002, ref="A200002")), "too_many_rows"),
    "200,001 rows": (lambda: b"phone\n" + b"6912345678\n" * 200_001, "too_many_rows"),
}


def processor_seconds() -> float:
    """What this process and its ended children have used; a busy machine changes nothing."""
    return sum(os.times()[:4])


def refusal(path: Path, name: str) -> AstronoteError:
    """Open the file, as an import would, and return how it was refused."""
    before = processor_seconds()
    with pytest.raises(AstronoteError) as refused, spreadsheets.opened(path, name):
        pass
    assert processor_seconds() - before < 5
    assert refused.value.field == "file"
    assert refused.value.detail.endswith(".")
    return refused.value


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_files(tmp_path: Path, name: str) -> None:
    error = refusal(files.saved(tmp_path, UNSUPPORTED[name](), "upload"), "contacts.csv")
    assert isinstance(error, UnsupportedFile)
    assert error.code == "unsupported_file"


@pytest.mark.parametrize("name", TOO_LARGE)
def test_files_over_a_limit(tmp_path: Path, name: str) -> None:
    make, code = TOO_LARGE[name]
    error = refusal(files.saved(tmp_path, make(), "upload"), "contacts.csv")
    assert isinstance(error, TooLarge)
    assert error.code == code


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"\n\n \n",
        lambda: minimal(""),
        lambda: minimal('<row r="1"/>'),
    ],
    ids=["nothing", "blank lines", "no rows", "blank row"],
)
def test_files_without_content(tmp_path: Path, make: Callable[[], bytes]) -> None:
    error = refusal(files.saved(tmp_path, make(), "upload"), "contacts.csv")
    assert isinstance(error, Invalid)
    assert error.code == "empty_file"


def test_a_header_alone_is_nothing_to_import(tmp_path: Path) -> None:
    path = files.saved(tmp_path, b"Phone,Name\n", "upload")
    for read in (spreadsheets.unpack, spreadsheets.preview):
        with pytest.raises(Invalid) as refused:
            read(path, "contacts.csv")
        assert refused.value.code == "empty_file"
    assert path.read_bytes() == b"Phone,Name\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["contacts.xlsx", "photo.jpg", "notes.docx"])
def test_a_text_that_calls_itself_something_else(tmp_path: Path, name: str) -> None:
    path = files.saved(tmp_path, "phone\n6912345678\n", "upload")
    assert isinstance(refusal(path, name), UnsupportedFile)
    with pytest.raises(UnsupportedFile):
        spreadsheets.inspect(path, name)


def test_a_bomb_costs_the_parent_nothing(tmp_path: Path) -> None:
    path = files.saved(tmp_path, files.bomb(200), "upload")
    tracemalloc.start()
    refusal(path, "contacts.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_the_child_sees_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "secret")
    assert "JWT_SECRET" not in spreadsheets.child_environment()


def test_only_the_extension_of_a_name_matters(tmp_path: Path) -> None:
    path = files.saved(tmp_path, minimal(), "upload")
    for name in ("contacts.xlsx", "contacts.csv", "x", "../../etc/passwd", "a\0b.xlsx"):
        assert spreadsheets.inspect(path, name) == "xlsx"
