"""Whose an import is while it runs: taken on, and brought to its end."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson
import sqlalchemy as sa

from astronote import clock
from astronote.db import engine, rows_changed, system_transaction, transaction
from astronote.services import import_files, import_welcomes, imports, shops
from astronote.services.import_columns import Field

MOST_STARTS: Final = 25
"""A file that so many workers could not get past one place is given up."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """What a run needs to know of an import, read once at its start."""

    id: int
    shop_id: int
    path: Path
    mapping: tuple[Field | None, ...]
    options: imports.ImportOptions
    headers: tuple[str, ...]
    header_row: int
    total_rows: int
    checkpoint: int
    country: str
    timezone: str


@contextmanager
def alone(job_id: int) -> Iterator[bool]:
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


def begin(job_id: int) -> Job | None:
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
    headers, header_row = options.pop("headers"), options.pop("header_row")
    job = Job(
        id=job_id,
        shop_id=shop_id,
        path=Path(found.file_path),
        mapping=tuple(found.mapping),
        options=imports.ImportOptions(**options),
        headers=tuple(headers),
        header_row=header_row,
        total_rows=found.total_rows,
        checkpoint=found.checkpoint,
        country=shop.country,
        timezone=shop.timezone,
    )
    if starts > MOST_STARTS:
        log.error("import %d was given up after %d starts", job_id, starts)
        end(job, "failed", "This file could not be read to its end. Save it again and retry.")
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
    RETURNING file_path, mapping, options, total_rows, checkpoint
""")


def end(job: Job, status: str, failure: str | None) -> None:
    """Close the import, with the welcome where it was ticked; its file is not needed any more."""
    asked = {
        "shop": job.shop_id,
        "job": job.id,
        "status": status,
        "failure": failure,
        "now": clock.now(),
    }
    with transaction(job.shop_id) as session:
        ended = rows_changed(session.execute(_END, asked)) == 1
        if ended and status == "completed" and job.options.send_welcome:
            welcomed = asdict(import_welcomes.send(session, job.shop_id, job.id))
            session.execute(_WELCOMED, {**asked, "welcomed": orjson.dumps(welcomed).decode()})
    if ended:
        import_files.discard(job.path)


_WELCOMED = sa.text("""
    UPDATE import_job
    SET options = options || jsonb_build_object('welcomed', CAST(:welcomed AS jsonb))
    WHERE shop_id = :shop AND id = :job
""")

_END = sa.text("""
    UPDATE import_job SET status = :status, failure = :failure, finished_at = :now,
        heartbeat_at = :now, file_path = ''
    WHERE shop_id = :shop AND id = :job AND status = 'processing'
""")
