"""Imports of contacts: start one, follow it, find those that nobody is at."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import Invalid, NotFound
from astronote.jobs import enqueue
from astronote.models import ImportJob, ImportRow
from astronote.services import import_files, import_welcomes, lists, shops, spreadsheets
from astronote.services.contact_search import list_key
from astronote.services.import_columns import Field, apply_mapping
from astronote.services.import_welcomes import Welcomed
from astronote.words import say

ACTOR: Final = "imports.import_contacts"
SHOWN_ERRORS: Final = 100
STALE: Final = timedelta(seconds=10)
"""An open import without progress for so long may have lost its worker."""

_LONGEST_SOURCE: Final = 80
_LONGEST_TEXT: Final = 2_000


@dataclass(frozen=True)
class ImportOptions:
    """What the merchant chose.

    ``consent_source`` states that everybody in the file agreed, where it has no column
    that says who did: whence, in what words, and on which day (today if none is given).
    ``keep_columns`` keeps columns without a field as attributes of the contacts.
    ``send_welcome`` sends the welcome message to whom the import makes and subscribes.
    """

    on_duplicate: Literal["skip", "update"] = "skip"
    list_id: int | None = None
    consent_source: str = ""
    consent_text: str = ""
    consent_date: str = ""
    keep_columns: bool = False
    send_welcome: bool = False


@dataclass(frozen=True)
class Upload:
    """A file that has been read and can be imported: at ``path`` lie its rows now."""

    path: Path
    name: str
    headers: tuple[str, ...]
    header_row: int
    mapping: tuple[Field | None, ...]
    total_rows: int


@dataclass(frozen=True)
class RefusedCell:
    """One reason why a row of the file was rejected; ``row`` is its number there."""

    row: int
    field: str
    value: str
    message: str


@dataclass(frozen=True)
class ImportJobRow:
    """An import: its state and what has come of its rows so far."""

    id: int
    file_name: str
    status: str
    total_rows: int
    processed_rows: int
    created_count: int
    updated_count: int
    skipped_count: int
    error_count: int
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    errors: tuple[RefusedCell, ...] = ()
    welcomed: Welcomed | None = None


_PLAIN: Final = (
    *("id", "file_name", "status", "total_rows", "processed_rows", "created_count"),
    *("updated_count", "skipped_count", "error_count", "failure"),
    *("created_at", "started_at", "finished_at"),
)


def examine(path: Path, name: str, mapping: object = None) -> Upload:
    """Read an upload through and settle which column is which; asks no database.

    Its rows take the file's place, so that it is read but once.

    Raises:
        UnsupportedFile, TooLarge, Invalid: as ``spreadsheets`` and
            :func:`import_columns.apply_mapping` say (``missing_phone_column``).
    """
    found = spreadsheets.unpack(path, name)
    rows = spreadsheets.first_rows(path, found)
    settled = tuple(apply_mapping(found.headers, mapping, rows))
    return Upload(path, name, found.headers, found.header_row, settled, found.total_rows)


def start(
    session: Session,
    shop_id: int,
    upload: Upload,
    options: ImportOptions,
    *,
    user_id: int | None = None,
) -> ImportJobRow:
    """Accept an upload for the background; from here on the file is the import's.

    Raises:
        NotFound: no such own list.
        Invalid: an unacceptable statement of consent.
        Conflict, PaymentRequired: a welcome was ticked that cannot be sent.
    """
    _check(session, shop_id, options)
    job = ImportJob(
        shop_id=shop_id,
        created_by=user_id,
        file_name=import_files.shown_name(upload.name),
        file_path=str(upload.path),
        options={
            **asdict(options),
            "headers": list(upload.headers),
            "header_row": upload.header_row,
        },
        mapping=list(upload.mapping),
        total_rows=upload.total_rows,
    )
    session.add(job)
    session.flush()
    enqueue(session, ACTOR, cast("int", job.id))
    return _row(job)


def get(session: Session, shop_id: int, job_id: int) -> ImportJobRow:
    """One import, with the first :data:`SHOWN_ERRORS` reasons of rejection.

    Raises:
        NotFound: no such import in this shop.
    """
    job = find(session, shop_id, job_id)
    return _row(job, _errors(session, shop_id, job_id))


def recent(session: Session, shop_id: int, limit: int = 10) -> list[ImportJobRow]:
    """The newest imports, without their reasons."""
    found = session.exec(
        select(ImportJob)
        .where(ImportJob.shop_id == shop_id)
        .order_by(col(ImportJob.id).desc())
        .limit(limit)
    )
    return [_row(job) for job in found]


def stale(session: Session) -> list[int]:
    """Open imports of all shops that show no progress (asked by the system).

    Their worker died, or the queue lost the ring; running them again is always safe.
    """
    before = clock.now() - STALE
    last = sa.func.coalesce(col(ImportJob.heartbeat_at), col(ImportJob.created_at))
    found = session.execute(
        sa.select(col(ImportJob.id))
        .where(col(ImportJob.status).in_(("pending", "processing")), last < before)
        .order_by(col(ImportJob.id))
    )
    return [number for number in found.scalars() if number is not None]


def resume_stale(session: Session) -> int:
    """Ring for every stale import; returns how many there are."""
    found = stale(session)
    for job_id in found:
        enqueue(session, ACTOR, job_id)
    return len(found)


def open_files(session: Session) -> list[str]:
    """The files that open imports of all shops still need (asked by the system)."""
    found = session.execute(
        sa.select(col(ImportJob.file_path)).where(
            col(ImportJob.status).in_(("pending", "processing"))
        )
    )
    return list(found.scalars())


def find(session: Session, shop_id: int, job_id: int) -> ImportJob:
    """The table object of an import, for the modules beside this one.

    Raises:
        NotFound: no such import in this shop.
    """
    found = session.exec(
        select(ImportJob).where(ImportJob.shop_id == shop_id, ImportJob.id == job_id)
    ).first()
    if found is None:
        raise NotFound("There is no such import.")
    return found


def _row(job: ImportJob, errors: tuple[RefusedCell, ...] = ()) -> ImportJobRow:
    values: dict[str, Any] = {name: getattr(job, name) for name in _PLAIN}
    return ImportJobRow(**values, errors=errors, welcomed=import_welcomes.read(job.options))


def _errors(session: Session, shop_id: int, job_id: int) -> tuple[RefusedCell, ...]:
    found = session.execute(
        sa.select(col(ImportRow.row_number), col(ImportRow.errors))
        .where(col(ImportRow.shop_id) == shop_id, col(ImportRow.job_id) == job_id)
        .order_by(col(ImportRow.row_number))
        .limit(SHOWN_ERRORS)
    )
    reasons = [RefusedCell(number, **reason) for number, errors in found for reason in errors]
    return tuple(reasons[:SHOWN_ERRORS])


def _check(session: Session, shop_id: int, options: ImportOptions) -> None:
    if options.list_id is not None:
        lists.get(session, shop_id, list_key(options.list_id))
    if options.consent_text.strip() and not options.consent_source.strip():
        raise Invalid("Say how these people agreed.", field="consentSource")
    if len(options.consent_source) > _LONGEST_SOURCE:
        raise Invalid(
            say("Write at most {n} characters.", n=_LONGEST_SOURCE), field="consentSource"
        )
    if len(options.consent_text) > _LONGEST_TEXT:
        raise Invalid(say("Write at most {n} characters.", n=_LONGEST_TEXT), field="consentText")
    if options.send_welcome:
        import_welcomes.require_possible(session, shop_id)
    if options.consent_date:
        _check_date(options.consent_date, clock.today(shops.get(session, shop_id).timezone))


def _check_date(written: str, today: date) -> None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Invalid("Write the day as YYYY-MM-DD.", field="consentDate") from None
    if not date(2000, 1, 1) <= day <= today:
        raise Invalid("This day cannot be when they agreed.", field="consentDate")
