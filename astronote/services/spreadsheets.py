"""Uploaded spreadsheets: what they are, their header, their rows.

Every file is a stranger's. It is opened only in a child process with limits of memory
and time (``spreadsheet_child``); this side sees JSON. Refusals are ``UnsupportedFile``,
``TooLarge`` (``file_too_large``, ``too_many_rows``) or ``Invalid`` (``empty_file``), each
with a sentence for the person; a file that hangs or breaks the reader is one of them.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import IO, Any, Final

import orjson

import astronote
from astronote.errors import Invalid, TooLarge, UnsupportedFile
from astronote.services.cells import Cell
from astronote.services.import_columns import Field, guess_mapping
from astronote.services.spreadsheet_errors import damaged, empty_file, not_a_spreadsheet
from astronote.services.spreadsheet_guard import MAX_BYTES, Kind, check_size

__all__ = ["MAX_BYTES", "Kind", "Preview", "Sheet", "inspect", "opened", "preview"]

PREVIEW_ROWS: Final = 10

_TEXT_NAMES: Final = ("", ".csv", ".txt", ".tsv", ".tab")
_ERRORS: Final = {kind.__name__: kind for kind in (UnsupportedFile, TooLarge, Invalid)}
_CHILD: Final = "astronote.services.spreadsheet_child"
# The child's own limit of processor time (3 s for a small file) ends a hostile one; this
# one is for a machine so busy that the child hardly runs.
_SECONDS: Final = 15
_SECONDS_PER_BYTE: Final = 4 / 1_000_000


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file holds: its header, where that stands, and how many filled rows below."""

    headers: tuple[str, ...]
    header_row: int
    total_rows: int


@dataclass(frozen=True, slots=True)
class Sheet(Outline):
    """A file that was read; row numbers are those of the spreadsheet program."""

    _lines: IO[bytes]

    def rows(self, after: int = 0) -> Iterator[tuple[int, list[Cell]]]:
        """Yield number and cells of the filled rows behind row ``after``, one pass at a time."""
        first = max(after, self.header_row)
        self._lines.seek(0)
        try:
            for number, line in enumerate(islice(self._lines, first, None), start=first + 1):
                if line != b"[]\n":
                    yield number, orjson.loads(line)
        except orjson.JSONDecodeError:
            raise damaged() from None


@dataclass(frozen=True, slots=True)
class Preview:
    """What the merchant sees before the import runs."""

    columns: tuple[tuple[str, Field | None], ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int


def inspect(path: Path, filename: str) -> Kind:
    """Return what kind of spreadsheet the file is, by its content; refuse all others.

    ``filename`` is the uploader's: a text that calls itself a workbook is refused.
    """
    kind: Kind = _in_child("check", path, None)["kind"]
    _refuse_misnamed(kind, filename)
    return kind


@contextmanager
def opened(path: Path, filename: str = "") -> Iterator[Sheet]:
    """Read the whole file in the child; the rows lie in an unnamed file until the end."""
    with tempfile.TemporaryFile(prefix="astronote-rows-", buffering=1 << 20) as lines:
        found = _read(path, filename, lines)
        yield Sheet(found.headers, found.header_row, found.total_rows, lines)


def unpack(path: Path, filename: str = "") -> Outline:
    """Read a file in the child and put its rows in its place; a refusal leaves it there."""
    unpacking = path.with_suffix(".rows")
    try:
        with open(unpacking, "xb", opener=_privately) as lines:
            found = _read(path, filename, lines)
        _refuse_a_header_alone(found)
        unpacking.replace(path)
    finally:
        unpacking.unlink(missing_ok=True)
    return found


@contextmanager
def unpacked(path: Path, headers: Sequence[str], header_row: int, total: int) -> Iterator[Sheet]:
    """The rows that :func:`unpack` left at ``path``."""
    with path.open("rb", buffering=1 << 20) as lines:
        yield Sheet(tuple(headers), header_row, total, lines)


def preview(path: Path, filename: str = "") -> Preview:
    """Return the header with guessed fields, the first rows and the number of rows."""
    with opened(path, filename) as sheet:
        _refuse_a_header_alone(sheet)
        rows = tuple(tuple(cells) for _, cells in islice(sheet.rows(), PREVIEW_ROWS))
        columns = tuple(zip(sheet.headers, guess_mapping(sheet.headers, rows), strict=True))
        return Preview(columns, rows, sheet.total_rows)


def first_rows(path: Path, outline: Outline) -> list[list[Cell]]:
    """Some of the rows that :func:`unpack` left at ``path``."""
    with unpacked(path, outline.headers, outline.header_row, outline.total_rows) as sheet:
        return [cells for _, cells in islice(sheet.rows(), PREVIEW_ROWS)]


def _read(path: Path, filename: str, lines: IO[bytes]) -> Outline:
    found = _in_child("rows", path, lines)
    _refuse_misnamed(found["kind"], filename)
    return Outline(tuple(found["headers"]), found["header_row"], found["total_rows"])


def _refuse_a_header_alone(found: Outline) -> None:
    if not found.total_rows:
        raise empty_file()


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _refuse_misnamed(kind: Kind, filename: str) -> None:
    if kind == "csv" and PurePath(filename).suffix.lower() not in _TEXT_NAMES:
        raise not_a_spreadsheet()


def _in_child(mode: str, path: Path, rows: IO[bytes] | None) -> dict[str, Any]:
    size = path.stat().st_size
    check_size(size)
    try:
        done = subprocess.run(
            [sys.executable, "-m", _CHILD, mode, str(path.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=rows if rows is not None else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_SECONDS + size * _SECONDS_PER_BYTE,
            env=child_environment(),
            check=False,
        )
        outcome: dict[str, Any] = orjson.loads(done.stderr.rpartition(b"\n")[2])
    except (subprocess.TimeoutExpired, orjson.JSONDecodeError):
        # It hung, or its reader took it down: what the limits are there for.
        raise damaged() from None
    if "error" in outcome:
        raise _ERRORS[outcome["error"]](outcome["detail"], code=outcome["code"], field="file")
    return outcome


def child_environment() -> dict[str, str]:
    """What the child needs to start, and no secret."""
    root = Path(astronote.__file__).parent.parent
    kept = {k: v for k in ("LD_LIBRARY_PATH", "TMPDIR") if (v := os.environ.get(k))}
    return {**kept, "PYTHONPATH": str(root), "LC_ALL": "C.UTF-8"}
