"""Rows of a CSV file: encoding and delimiter found out, quotes taken seriously.

Runs in the child process. Encodings: UTF-8 with or without mark, UTF-16 with mark,
Windows-1253 (what Greek Excel writes). Delimiters: comma, semicolon, tab, bar.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from astronote.services.cells import Cell
from astronote.services.sheet_scan import MAX_COLUMNS
from astronote.services.spreadsheet_errors import not_a_spreadsheet, unsupported
from astronote.words import say

_DELIMITERS: Final = ",;\t|"
_SEP_LINE: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
# What text files do not contain; a stray one is left for the rules of the fields.
_BINARY: Final = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def csv_rows(path: Path) -> Iterator[list[Cell]]:
    """Yield the records of the file, blank ones as an empty list.

    Raises ``UnsupportedFile`` for what is no text, for an unbalanced quotation mark
    (naming the line) and for more than 200 columns.
    """
    text = decode(path.read_bytes())
    declared = _SEP_LINE.match(text)
    body = text[declared.end() :] if declared else text
    delimiter = declared.group(1) if declared else guess_delimiter(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            if len(record) > MAX_COLUMNS:
                raise unsupported(say("The file has more than {n} columns.", n=MAX_COLUMNS))
            yield list(record) if any(map(str.strip, record)) else []
    except csv.Error:
        raise unsupported(
            say(
                "Near line {n} a quotation mark is not where it should be: it is not closed, or "
                "text follows it. Correct the line and try again.",
                n=reader.line_num,
            )
        ) from None


def decode(content: bytes) -> str:
    """Return the text of a file in whichever of the known encodings it is."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _text(content, encoding)
    try:
        return _text(content, "utf-8")
    except UnicodeDecodeError:
        return _text(content, "cp1253")


def guess_delimiter(text: str) -> str:
    """Return the delimiter that cuts the first lines most evenly."""
    lines = [line for line in islice(io.StringIO(text, newline=None), 20) if line.strip()]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Rate a delimiter: lines that agree on a number of columns, and that number."""
    try:
        widths = [len(record) for record in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return 0, 0
    counts = Counter(width for width in widths if width > 1)
    width, agreeing = counts.most_common(1)[0] if counts else (0, 0)
    return agreeing, width


def _text(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "utf-8":
            raise
        raise unsupported(
            "The characters of this file cannot be read. Save it as CSV UTF-8 and try again."
        ) from None
    if "\0" in text or _BINARY.search(text[:4096]):
        raise not_a_spreadsheet()
    return text
