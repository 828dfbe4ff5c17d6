"""Contacts as a file, for a spreadsheet program that must not run what shoppers typed."""

import csv
import io
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Final, Literal

from openpyxl import Workbook

from astronote import clock
from astronote.services.cells import neutralise
from astronote.services.contacts import ContactRow

Format = Literal["csv", "xlsx"]

MEDIA_TYPES: Final[dict[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

HEADERS: Final = (
    "Phone",
    "First name",
    "Last name",
    "Email",
    "Gender",
    "Birthday",
    "Subscribed",
    "Tags",
    "Consent status",
    "Consent source",
    "Consent at",
    "Unsubscribed at",
    "Created at",
)
_IN_MEMORY: Final = 1 << 20
_CHUNK: Final = 1 << 16


def write(rows: Iterable[ContactRow], kind: Format) -> Iterator[bytes]:
    """The file, piece by piece.

    It is finished before the first piece comes, so that a slow reader holds no database
    connection; beyond a megabyte it lies on disk.
    """
    made = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    try:
        (_write_csv if kind == "csv" else _write_xlsx)(rows, made)
        made.seek(0)
    except BaseException:
        made.close()
        raise
    return _pieces(made)


def _pieces(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while piece := made.read(_CHUNK):
            yield piece


def _cells(row: ContactRow) -> list[object]:
    values = (
        row.phone,
        row.first_name,
        row.last_name,
        row.email,
        row.gender,
        row.birthday and row.birthday.isoformat(),
        "yes" if row.is_subscribed else "no",
        ", ".join(row.tags),
        row.sms_consent_status,
        row.sms_consent_source,
        row.sms_consent_at and clock.written(row.sms_consent_at, "seconds"),
        row.unsubscribed_at and clock.written(row.unsubscribed_at, "seconds"),
        clock.written(row.created_at, "seconds"),
    )
    return [neutralise(value or "") for value in values]


def _write_csv(rows: Iterable[ContactRow], out: IO[bytes]) -> None:
    # The mark at the beginning tells Excel that Greek is UTF-8.
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for row in rows:
        writer.writerow(_cells(row))
    text.flush()
    text.detach()


def _write_xlsx(rows: Iterable[ContactRow], out: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Contacts")
    sheet.freeze_panes = "A2"
    sheet.append(HEADERS)
    for row in rows:
        sheet.append(_cells(row))
    book.save(out)
