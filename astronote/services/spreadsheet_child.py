"""The process that opens a stranger's file: ``python -m astronote.services.spreadsheet_child``.

    spreadsheet_child check PATH
    spreadsheet_child rows PATH

It limits its own memory and time first, so that a hostile file ends this process and
nothing else. With ``rows`` it writes the rows to standard output, one JSON array a line,
the line's number being the row's. The last line on standard error is a JSON object: what
the file is, or the refusal.
"""

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from astronote.errors import AstronoteError
from astronote.services.cells import Cell
from astronote.services.spreadsheet_errors import (
    damaged,
    empty_file,
    file_too_large,
    too_many_rows,
    unsupported,
)
from astronote.services.spreadsheet_guard import Kind, check
from astronote.words import say

MAX_ROWS: Final = 200_000
"""Filled rows below the header."""

_MEMORY: Final = 1_500 * 1024 * 1024
_OUTPUT: Final = 400 * 1024 * 1024
_LONGEST_ROW: Final = 1_000_000
_FIRST_SECONDS: Final = 3
_BYTES_PER_SECOND: Final = 4_000_000


def main(arguments: list[str]) -> None:
    """Check or read a file within limits; print the outcome."""
    _limit(resource.RLIMIT_AS, _MEMORY)
    _limit(resource.RLIMIT_FSIZE, _OUTPUT)
    _limit(resource.RLIMIT_CORE, 0)
    _limit_time(0)
    try:
        outcome = _work(*arguments)
    except AstronoteError as refusal:
        outcome = _refusal(refusal)
    except MemoryError:
        outcome = _refusal(file_too_large("The file holds more than can be read. Split it."))
    except BaseException:
        # A panic of the reader is no Exception; whatever it is, the file is to blame.
        outcome = _refusal(damaged())
    sys.stderr.buffer.write(b"\n" + orjson.dumps(outcome))


def _work(mode: str, path: str) -> dict[str, object]:
    kind, size = check(Path(path))
    _limit_time(size)
    if mode == "check":
        return {"kind": kind}
    with open(sys.stdout.fileno(), "wb", buffering=1 << 20, closefd=False) as out:
        return {"kind": kind, **_write(_reader(kind)(Path(path)), out)}


def _reader(kind: Kind) -> Callable[[Path], Iterator[list[Cell]]]:
    if kind == "xlsx":
        # Imported late: checking needs neither.
        from astronote.services.workbook_rows import workbook_rows

        return workbook_rows
    from astronote.services.csv_rows import csv_rows

    return csv_rows


def _write(rows: Iterator[list[Cell]], out: BinaryIO) -> dict[str, object]:
    """Write the rows out; return the header, its row number and the count below it."""
    headers: list[str] = []
    header_row = filled = 0
    for number, row in enumerate(rows, start=1):
        line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        if len(line) > _LONGEST_ROW:
            raise unsupported(say("Row {n} holds too much text for contacts.", n=number))
        out.write(line)
        if not row:
            continue
        if not header_row:
            headers, header_row = [str(cell).strip() for cell in row], number
            continue
        filled += 1
        if filled > MAX_ROWS:
            raise too_many_rows()
    if not header_row:
        raise empty_file()
    return {"headers": headers, "header_row": header_row, "total_rows": filled}


def _refusal(error: AstronoteError) -> dict[str, object]:
    return {"error": type(error).__name__, "code": error.code, "detail": error.detail}


def _limit_time(size: int) -> None:
    _limit(resource.RLIMIT_CPU, _FIRST_SECONDS + size // _BYTES_PER_SECOND)


def _limit(what: int, amount: int) -> None:
    """Lower a soft limit; systems that know no such limit go without."""
    with suppress(ValueError, OSError):
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            amount = min(amount, hard)
        resource.setrlimit(what, (amount, hard))


if __name__ == "__main__":
    main(sys.argv[1:])
