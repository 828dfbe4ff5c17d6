"""CSV files that are written while they are sent."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from fastapi.responses import Response, StreamingResponse

from astronote.services.cells import neutralise


def csv_file(name: str, lines: Iterator[str]) -> Response:
    """``lines`` as a download called ``name``."""
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a file, its head first; text that a spreadsheet would run is made harmless."""
    # The mark at the beginning tells Excel that Greek is UTF-8.
    buffer = io.StringIO("\ufeff")
    buffer.seek(1)
    write = csv.writer(buffer).writerow
    write(head)
    for row in rows:
        write([neutralise(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
