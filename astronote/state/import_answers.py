"""What passes between the import page and the browser: answers of our routes, the form, rows.

Everything that comes in is checked here; nothing that comes in names a shop.
"""

import dataclasses
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from astronote import clock
from astronote.errors import Invalid
from astronote.services.imports import ImportJobRow
from astronote.state.words import ago, duration, exact, number, said, tr, trn

FIELDS = (
    ("", "Leave out"),
    ("phone", "Phone"),
    ("firstName", "First name"),
    ("lastName", "Last name"),
    ("fullName", "First and last name"),
    ("fullNameReversed", "Last and first name"),
    ("email", "E-mail"),
    ("gender", "Gender"),
    ("birthday", "Birthday"),
    ("tags", "Tags"),
    ("locale", "Language"),
    ("subscribed", "Subscribed (yes or no)"),
)
"""What a column may become: the mapping's value and its words."""

_NAMES = dict(FIELDS)

Short = Annotated[str, Field(max_length=500)]
"""Something short that was typed or chosen."""

_SAMPLES = 3


class Uploaded(BaseModel):
    """What ``assets/upload.js`` resolves to."""

    status: int
    body: dict[str, Any]
    name: str = ""


class _PreviewColumn(BaseModel):
    header: str
    field: str | None = None


class Preview(BaseModel):
    """The answer of ``POST /api/contacts/import/preview``."""

    columns: Annotated[list[_PreviewColumn], Field(max_length=500)]
    rows: list[list[Any]]
    totalRows: int


class Choices(BaseModel):
    """The form under the columns; an unticked box is absent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    onDuplicate: str = "skip"
    listId: str = ""
    newList: Short = ""
    everyoneAgreed: bool = False
    keepColumns: bool = False
    sendWelcome: bool = False
    consentSource: Short = ""
    consentText: Short = ""
    consentDate: Short = ""

    @field_validator("everyoneAgreed", "keepColumns", "sendWelcome", mode="before")
    @classmethod
    def ticked(cls, value: object) -> object:
        """Browsers send "on"."""
        return value in (True, "on", "true")


@dataclasses.dataclass(frozen=True)
class ColumnView:
    """A column of the file: its place, its header, what it becomes, some of its cells."""

    index: int
    header: str
    field: str
    samples: list[str]


@dataclasses.dataclass(frozen=True)
class ErrorView:
    """One reason why a row was rejected."""

    id: str
    row: str
    field: str
    value: str
    message: str


@dataclasses.dataclass(frozen=True)
class RecentView:
    """An import of the last days, in a line."""

    id: int
    file_name: str
    status: str
    at: str
    at_exact: str
    created: str
    rejected: str


def recent_line(job: ImportJobRow, zone: str) -> RecentView:
    """An import as the list of recent ones shows it."""
    return RecentView(
        id=job.id,
        file_name=job.file_name,
        status=job.status,
        at=ago(job.created_at),
        at_exact=exact(job.created_at, zone),
        created=number(job.created_count),
        rejected=number(job.error_count),
    )


def uploaded(result: object) -> Uploaded:
    """What the browser says that our route answered.

    Raises:
        Invalid: it is nothing of the kind.
    """
    try:
        return Uploaded.model_validate(result)
    except ValidationError as error:
        raise Invalid("The file could not be sent. Try again.") from error


def sentence(answer: Uploaded) -> str:
    """Why the route refused."""
    detail = answer.body.get("detail")
    return said(str(detail)[:500] if detail else "The file could not be taken. Try again.")


def columns(preview: Preview) -> list[ColumnView]:
    """The file's columns, with some of their cells."""
    return [
        ColumnView(i, column.header[:100], column.field or "", _samples(preview.rows, i))
        for i, column in enumerate(preview.columns)
    ]


def reasons(job: ImportJobRow) -> list[ErrorView]:
    """Why rows were rejected, as far as the job tells."""
    return [
        ErrorView(
            f"{error.row}-{i}",
            number(error.row),
            tr(_NAMES.get(error.field, error.field)),
            error.value,
            said(error.message),
        )
        for i, error in enumerate(job.errors)
    ]


def _samples(rows: list[list[Any]], column: int) -> list[str]:
    cells = [str(row[column])[:40] for row in rows if column < len(row) and row[column] is not None]
    return [cell for cell in cells if cell.strip()][:_SAMPLES]


def time_left(job: ImportJobRow) -> str:
    """Roughly how long the rest takes, '' where nothing can be said yet."""
    if job.started_at is None or not job.processed_rows or job.status != "processing":
        return ""
    took = (clock.now() - job.started_at).total_seconds()
    left = took * (job.total_rows - job.processed_rows) / job.processed_rows
    return tr("{time} left", time=duration(left))


def welcomed(job: ImportJobRow) -> str:
    """What came of the welcome, '' where none was ticked."""
    if job.welcomed is None:
        return ""
    if job.welcomed.refusal:
        why = tr(job.welcomed.refusal)
        return tr("No welcome was sent: {reason}", reason=why)
    return trn(
        "{n} welcome message is on its way.",
        "{n} welcome messages are on their way.",
        job.welcomed.messages,
    )
