"""Running an import: chunk by chunk, from its checkpoint, by one worker at a time.

Each chunk is one transaction that merges rows, counts them and moves the checkpoint.
A worker that is killed leaves either all of a chunk or nothing of it, and whoever takes
over goes on behind it: every row counts once.
"""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import transaction
from astronote.errors import AstronoteError, Invalid, NotFound, Unavailable
from astronote.services import lists, spreadsheets
from astronote.services.cells import Cell
from astronote.services.consent_records import statement
from astronote.services.import_claim import Job, alone, begin, end
from astronote.services.import_merge import Merge, merge, reject
from astronote.services.import_rows import ParsedRow, RejectedRow, RowParser
from astronote.services.import_stage import Lines, lines
from astronote.services.spreadsheets import Sheet

CHUNK: Final = 5_000
"""Rows in one transaction: progress moves, and a crash costs little."""

log = logging.getLogger(__name__)

Numbered = tuple[int, list[Cell]]


@dataclass
class Chunk:
    """Rows sorted by what becomes of them."""

    last_row: int
    rows: int
    good: Lines
    rejected: list[RejectedRow]
    repeated: int


def run(job_id: int) -> None:
    """Bring an import to its end, or find that another worker is at it.

    Safe to call at any time, twice or side by side. A file that is refused makes the
    import ``failed``; anything unexpected leaves it for the next attempt.
    """
    with alone(job_id) as got:
        job = begin(job_id) if got else None
        if job is None:
            return
        try:
            _work(job)
        except _TakenOver:
            log.warning("import %d goes on elsewhere", job_id)
        except Unavailable:
            raise
        except AstronoteError as refusal:
            end(job, "failed", refusal.detail)
        except FileNotFoundError:
            end(job, "failed", "The file is no longer here. Upload it again.")
        else:
            end(job, "completed", None)


def _work(job: Job) -> None:
    with spreadsheets.unpacked(job.path, job.headers, job.header_row, job.total_rows) as sheet:
        reader = _Reader(job, sheet)
        how = _how(job)
        checkpoint = job.checkpoint
        # While PostgreSQL merges a chunk, the next one is read.
        with ThreadPoolExecutor(1, "import-reader") as ahead:
            coming = ahead.submit(reader.next)
            while chunk := coming.result():
                coming = ahead.submit(reader.next)
                with transaction(job.shop_id) as session:
                    _settle(session, job, how, chunk, checkpoint)
                checkpoint = chunk.last_row
    _refuse_a_rest(job)


class _Reader:
    """Reads and sorts the rows behind the checkpoint, a chunk at a time."""

    def __init__(self, job: Job, sheet: Sheet) -> None:
        headers = sheet.headers if job.options.keep_columns else ()
        self._parser = RowParser(job.country, job.mapping, clock.today(job.timezone), headers)
        self._all_agreed = _everybody_agreed(job)
        numbered = iter(sheet.rows())
        self._seen = (
            _phones_before(job.checkpoint, numbered, self._parser) if job.checkpoint else set()
        )
        self._rows = sheet.rows(after=job.checkpoint)

    def next(self) -> Chunk | None:
        """The next rows, sorted by what becomes of them; None where there are none left."""
        last_row = rows = repeated = 0
        parsed: list[ParsedRow] = []
        rejected: list[RejectedRow] = []
        for number, cells in islice(self._rows, CHUNK):
            last_row, rows = number, rows + 1
            found = self._parser.parse(number, cells)
            if isinstance(found, RejectedRow):
                rejected.append(found)
            elif found is not None and found.phone in self._seen:
                repeated += 1
            elif found is not None:
                self._seen.add(found.phone)
                parsed.append(found)
        good = lines(parsed, everybody_agreed=self._all_agreed)
        return Chunk(last_row, rows, good, rejected, repeated) if rows else None


def _refuse_a_rest(job: Job) -> None:
    """Rows that were there at the upload and are not any more are no completed import."""
    with transaction(job.shop_id) as session:
        settled = session.scalar(_SETTLED, {"shop": job.shop_id, "job": job.id})
    if settled != job.total_rows:
        raise Invalid("The file could not be read to its end. Upload it again.")


_SETTLED = sa.text("SELECT processed_rows FROM import_job WHERE shop_id = :shop AND id = :job")


def _everybody_agreed(job: Job) -> bool:
    return bool(job.options.consent_source.strip()) and "subscribed" not in job.mapping


def _phones_before(checkpoint: int, rows: Iterable[Numbered], parser: RowParser) -> set[str]:
    """The phones of the rows that are settled: a later row with one of them repeats it."""
    seen = set()
    for number, cells in rows:
        if number > checkpoint:
            break
        found = parser.parse(number, cells)
        if isinstance(found, ParsedRow):
            seen.add(found.phone)
    return seen


def _settle(session: Session, job: Job, how: Merge, chunk: Chunk, checkpoint: int) -> None:
    """All that a chunk changes, in the caller's transaction.

    Raises:
        _TakenOver: another worker has moved the checkpoint meanwhile.
    """
    asked: dict[str, Any] = {"shop": job.shop_id, "job": job.id, "before": checkpoint}
    if session.scalar(_HOLD, asked) is None:
        raise _TakenOver
    merged = merge(session, how, chunk.good)
    reject(session, how, chunk.rejected)
    asked |= {
        "after": chunk.last_row,
        "rows": chunk.rows,
        "created": merged.created,
        "updated": merged.updated,
        "skipped": merged.skipped + chunk.repeated,
        "rejected": len(chunk.rejected),
        "now": clock.now(),
    }
    session.execute(_MOVE, asked)


_HOLD = sa.text("""
    SELECT 1 FROM import_job
    WHERE shop_id = :shop AND id = :job AND status = 'processing' AND checkpoint = :before
    FOR UPDATE
""")

_MOVE = sa.text("""
    UPDATE import_job SET checkpoint = :after, processed_rows = processed_rows + :rows,
        created_count = created_count + :created, updated_count = updated_count + :updated,
        skipped_count = skipped_count + :skipped, error_count = error_count + :rejected,
        heartbeat_at = :now, options = options - 'starts'
    WHERE shop_id = :shop AND id = :job AND checkpoint = :before
""")


class _TakenOver(Exception):
    """Our lock was lost (a broken connection) and another worker went on."""


def _how(job: Job) -> Merge:
    chosen = job.options
    agreed_at = _agreed_at(chosen.consent_date, job.timezone)
    proof = statement(chosen.consent_source, chosen.consent_text, agreed_at)
    with transaction(job.shop_id) as session:
        list_id = _list_still_there(session, job)
    return Merge(
        shop_id=job.shop_id,
        job_id=job.id,
        now=clock.now(),
        update=chosen.on_duplicate == "update",
        list_id=list_id,
        proof=proof,
    )


def _list_still_there(session: Session, job: Job) -> int | None:
    """The list to fill, unless it was deleted after the upload."""
    if job.options.list_id is None:
        return None
    try:
        return lists.get(session, job.shop_id, job.options.list_id).id
    except NotFound:
        return None


def _agreed_at(written: str, timezone: str) -> datetime | None:
    if not written:
        return None
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(timezone))
