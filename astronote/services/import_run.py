"""Running an import: chunk by chunk, from its checkpoint, by one worker at a time.

Each chunk is one transaction that merges rows, counts them and moves the checkpoint.
A worker that is killed leaves either all of a chunk or nothing of it, and whoever takes
over goes on behind it: every row counts once.
"""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import engine, rows_changed, system_transaction, transaction
from astronote.errors import AstronoteError, NotFound, Unavailable
from astronote.services import import_files, imports, lists, shops, spreadsheets
from astronote.services.cells import Cell
from astronote.services.consent_records import Evidence
from astronote.services.import_columns import Field
from astronote.services.import_merge import Merge, merge, reject
from astronote.services.import_rows import ParsedRow, RejectedRow, RowParser

CHUNK: Final = 5_000
"""Rows in one transaction: progress moves, and a crash costs little."""

MOST_STARTS: Final = 25
"""A file that so many workers could not get past one place is given up."""

log = logging.getLogger(__name__)

Numbered = tuple[int, list[Cell]]


@dataclass(frozen=True)
class Job:
    """What a run needs to know of an import, read once at its start."""

    id: int
    shop_id: int
    path: Path
    file_name: str
    mapping: tuple[Field | None, ...]
    options: imports.ImportOptions
    checkpoint: int
    country: str
    timezone: str


@dataclass
class Chunk:
    """Rows sorted by what becomes of them."""

    last_row: int
    rows: int
    parsed: list[ParsedRow]
    rejected: list[RejectedRow]
    repeated: int


def run(job_id: int) -> None:
    """Bring an import to its end, or find that another worker is at it.

    Safe to call at any time, twice or side by side. A file that is refused makes the
    import ``failed``; anything unexpected leaves it for the next attempt.
    """
    with _alone(job_id) as alone:
        job = _begin(job_id) if alone else None
        if job is None:
            return
        try:
            _work(job)
        except _TakenOver:
            log.warning("import %d goes on elsewhere", job_id)
        except Unavailable:
            raise
        except AstronoteError as refusal:
            _end(job, "failed", refusal.detail)
        except FileNotFoundError:
            _end(job, "failed", "The file is no longer here. Upload it again.")
        else:
            _end(job, "completed", None)


def _work(job: Job) -> None:
    with spreadsheets.opened(job.path, job.file_name) as sheet:
        headers = sheet.headers if job.options.keep_columns else ()
        today = clock.today(job.timezone)
        parser = RowParser(job.country, job.mapping, today, headers)
        numbered = iter(sheet.rows())
        seen = _phones_before(job.checkpoint, numbered, parser) if job.checkpoint else set()
        rows = sheet.rows(after=job.checkpoint)
        how = _how(job)
        checkpoint = job.checkpoint
        # While PostgreSQL merges a chunk, the next one is read.
        with ThreadPoolExecutor(1, "import-reader") as reader:
            coming = reader.submit(_next, rows, parser, seen)
            while chunk := coming.result():
                coming = reader.submit(_next, rows, parser, seen)
                with transaction(job.shop_id) as session:
                    _settle(session, job, how, chunk, checkpoint, sheet.total_rows)
                checkpoint = chunk.last_row


def _next(rows: Iterator[Numbered], parser: RowParser, seen: set[str]) -> Chunk | None:
    """Read and sort the next rows; None where there are none left."""
    chunk = Chunk(0, 0, [], [], 0)
    for number, cells in islice(rows, CHUNK):
        chunk.last_row, chunk.rows = number, chunk.rows + 1
        found = parser.parse(number, cells)
        if isinstance(found, RejectedRow):
            chunk.rejected.append(found)
        elif found is not None and found.phone in seen:
            chunk.repeated += 1
        elif found is not None:
            seen.add(found.phone)
            chunk.parsed.append(found)
    return chunk if chunk.rows else None


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


def _settle(
    session: Session, job: Job, how: Merge, chunk: Chunk, checkpoint: int, total: int
) -> None:
    """All that a chunk changes, in the caller's transaction.

    Raises:
        _TakenOver: another worker has moved the checkpoint meanwhile.
    """
    asked: dict[str, Any] = {"shop": job.shop_id, "job": job.id, "before": checkpoint}
    if session.scalar(_HOLD, asked) is None:
        raise _TakenOver
    merged = merge(session, how, chunk.parsed)
    reject(session, how, chunk.rejected)
    asked |= {
        "after": chunk.last_row,
        "rows": chunk.rows,
        "total": total,
        "created": merged.created,
        "updated": merged.updated,
        "skipped": merged.skipped + chunk.repeated,
        "rejected": len(chunk.rejected),
        "now": clock.now(),
    }
    session.execute(_MOVE, asked)


class _TakenOver(Exception):
    """Our lock was lost (a broken connection) and another worker went on."""


def _how(job: Job) -> Merge:
    chosen = job.options
    agreed_at = _agreed_at(chosen.consent_date, job.timezone)
    proof = Evidence(
        text=chosen.consent_text.strip(),
        stated_source=chosen.consent_source.strip(),
        agreed_at=agreed_at,
    )
    everybody = bool(chosen.consent_source.strip()) and "subscribed" not in job.mapping
    with transaction(job.shop_id) as session:
        list_id = _list_still_there(session, job)
    return Merge(
        shop_id=job.shop_id,
        job_id=job.id,
        now=clock.now(),
        update=chosen.on_duplicate == "update",
        list_id=list_id,
        everybody_agreed=everybody,
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


# The job's row ---------------------------------------------------------------------------------


@contextmanager
def _alone(job_id: int) -> Iterator[bool]:
    """Whether nobody else is at this import: a lock that a killed worker gives back at once."""
    with engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        asked = {"job": f"import {job_id}"}
        got = bool(connection.scalar(_LOCK, asked))
        try:
            yield got
        finally:
            if got and not connection.invalidated:
                connection.execute(_UNLOCK, asked)


_LOCK = sa.text("SELECT pg_try_advisory_lock(hashtextextended(:job, 0))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtextextended(:job, 0))")


def _begin(job_id: int) -> Job | None:
    """Take the import on; None where there is nothing left to do."""
    with system_transaction() as session:
        shop_id = session.scalar(_SHOP_OF, {"job": job_id})
    if shop_id is None:
        return None
    with transaction(shop_id) as session:
        asked = {"job": job_id, "shop": shop_id, "now": clock.now()}
        found = session.execute(_TAKE, asked).one_or_none()
        if found is None:
            return None
        shop = shops.get(session, shop_id)
    options = dict(found.options)
    starts = int(options.pop("starts", 1))
    options.pop("headers", None)
    job = Job(
        id=job_id,
        shop_id=shop_id,
        path=Path(found.file_path),
        file_name=found.file_name,
        mapping=tuple(found.mapping),
        options=imports.ImportOptions(**options),
        checkpoint=found.checkpoint,
        country=shop.country,
        timezone=shop.timezone,
    )
    if starts > MOST_STARTS:
        log.error("import %d was given up after %d starts", job_id, starts)
        _end(job, "failed", "This file could not be read to its end. Save it again and retry.")
        return None
    return job


_SHOP_OF = sa.text("""
    SELECT shop_id FROM import_job WHERE id = :job AND status IN ('pending', 'processing')
""")

_TAKE = sa.text("""
    UPDATE import_job SET status = 'processing', started_at = coalesce(started_at, :now),
        heartbeat_at = :now,
        options = options || jsonb_build_object(
            'starts', coalesce((options->>'starts')::integer, 0) + 1)
    WHERE shop_id = :shop AND id = :job AND status IN ('pending', 'processing')
    RETURNING file_path, file_name, mapping, options, checkpoint
""")


_HOLD = sa.text("""
    SELECT 1 FROM import_job
    WHERE shop_id = :shop AND id = :job AND status = 'processing' AND checkpoint = :before
    FOR UPDATE
""")

_MOVE = sa.text("""
    UPDATE import_job SET checkpoint = :after, processed_rows = processed_rows + :rows,
        created_count = created_count + :created, updated_count = updated_count + :updated,
        skipped_count = skipped_count + :skipped, error_count = error_count + :rejected,
        total_rows = :total, heartbeat_at = :now, options = options - 'starts'
    WHERE shop_id = :shop AND id = :job AND checkpoint = :before
""")


def _end(job: Job, status: str, failure: str | None) -> None:
    """Close the import; its file is not needed any more."""
    asked = {
        "shop": job.shop_id,
        "job": job.id,
        "status": status,
        "failure": failure,
        "now": clock.now(),
    }
    with transaction(job.shop_id) as session:
        ended = rows_changed(session.execute(_END, asked)) == 1
    if ended:
        import_files.discard(job.path)


_END = sa.text("""
    UPDATE import_job SET status = :status, failure = :failure, finished_at = :now,
        heartbeat_at = :now, file_path = ''
    WHERE shop_id = :shop AND id = :job AND status = 'processing'
""")
