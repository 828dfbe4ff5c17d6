"""Looks through the XML of a workbook before the reader opens it.

A file of 1.5 KB can claim a cell at XFD1048576; readers then allocate or loop over
17 billion cells. So every cell that holds something must lie within the limits, and no
part may define entities.

Nearly all files pass a search over the raw bytes. Where that search finds a reference
that is not plainly within the limits, the part is parsed (expat, no entities) and the
place of each filled cell is looked at; empty but formatted cells may lie anywhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.parsers import expat

from astronote.services.spreadsheet_errors import damaged, too_many_rows, unsupported
from astronote.words import say

MAX_SHEET_ROWS: Final = 200_001
MAX_COLUMNS: Final = 200

# A1 to GR200001, as every spreadsheet program writes it.
_PLAIN_REFERENCE: Final = (
    rb'"(?:[A-Z]|[A-F][A-Z]|G[A-R])?(?:[1-9][0-9]{0,4}|1[0-9]{5}|200000|200001)"'
)
_OTHER_REFERENCE: Final = re.compile(rb"r\s*=(?!(?<= r=)" + _PLAIN_REFERENCE + rb")")
_NAME_BYTE: Final = re.compile(rb"[A-Za-z0-9_.:\-\x80-\xff]")
_DECLARATION: Final = re.compile(rb"<!(?!--|\[CDATA\[)")
_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']""")
_UTF8: Final = (b"utf-8", b"utf8", b"us-ascii", b"ascii")
_CELL: Final = re.compile(r"\$?([A-Za-z]{1,4})\$?([0-9]{1,10})")
_LONGEST_TEXT: Final = 4_000_000


def check_part(chunks: Callable[[], Iterable[bytes]]) -> None:
    """Check one XML part; ``chunks`` gives its bytes from the start, each time anew.

    Raises ``UnsupportedFile`` for entities, foreign encodings, broken XML and filled
    cells beyond column GR (200), ``TooLarge`` for those beyond row 200,001.
    """
    if not _is_plain(chunks()):
        _parse(chunks())


def _is_plain(chunks: Iterable[bytes]) -> bool:
    """Search the raw bytes; False where a parser has to look closer."""
    plain = True
    first = True
    for piece in _whole_tags(chunks):
        if first:
            _refuse_other_encodings(piece)
            first = False
        if b"\0" in piece:
            raise damaged()
        if _DECLARATION.search(piece):
            raise unsupported("The file defines XML entities, which spreadsheets never do.")
        plain = plain and not _has_other_reference(piece)
    return plain


def _whole_tags(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the stream anew, before a ``<``, so that no tag lies in two pieces."""
    rest = b""
    for chunk in chunks:
        piece = rest + chunk
        cut = piece.rfind(b"<")
        if cut > 0:
            yield piece[:cut]
            piece = piece[cut:]
        if len(piece) > _LONGEST_TEXT:
            raise damaged()
        rest = piece
    yield rest


def _refuse_other_encodings(start: bytes) -> None:
    declared = _ENCODING.search(start.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared.group(1).lower() not in _UTF8:
        raise damaged()


def _has_other_reference(piece: bytes) -> bool:
    return any(
        # `xmlns:r=` and `color=` are the ends of other names.
        not _NAME_BYTE.match(piece, match.start() - 1) if match.start() else True
        for match in _OTHER_REFERENCE.finditer(piece)
    )


def _parse(chunks: Iterable[bytes]) -> None:
    places = _FilledCells()
    parser = expat.ParserCreate()
    parser.StartElementHandler = places.start
    parser.EndElementHandler = places.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise damaged() from None


def _refuse_doctype(*_: object) -> None:
    raise damaged()


class _FilledCells:
    """Follows rows and cells, named or counted, and checks the place of filled ones."""

    def __init__(self) -> None:
        self.row = 0
        self.cell_row = 0
        self.column = 0
        self.in_cell = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if self.in_cell and kind in ("v", "is"):
            self._check()
        elif kind == "c":
            self.in_cell = True
            self.column += 1
            self.cell_row = self.row
            if "r" in attributes:
                self.cell_row, self.column = _place(attributes["r"])
        elif kind == "row":
            self.column = 0
            self.row = _row_number(attributes["r"]) if "r" in attributes else self.row + 1

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "c":
            self.in_cell = False

    def _check(self) -> None:
        # The two differ only in forged files; readers disagree which one counts.
        if max(self.row, self.cell_row) > MAX_SHEET_ROWS:
            raise too_many_rows()
        if self.column > MAX_COLUMNS:
            raise unsupported(say("The sheet has more than {n} columns.", n=MAX_COLUMNS))


def _place(reference: str) -> tuple[int, int]:
    match = _CELL.fullmatch(reference)
    if not match:
        raise damaged()
    column = 0
    for letter in match.group(1).upper():
        column = column * 26 + ord(letter) - 64
    return int(match.group(2)), column


def _row_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise damaged()
    return int(text)
