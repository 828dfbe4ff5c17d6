"""Imports of contacts: the job and its staged rows."""

from datetime import datetime

import sqlalchemy as sa

from astronote.models.base import (
    SQLModel,
    big,
    created,
    document,
    key,
    moment,
    one_of,
    shop_key,
    within_shop,
)

IMPORT_STATUSES = ("pending", "processing", "completed", "failed")


class ImportJob(SQLModel, table=True):
    """One uploaded file: options, counters, checkpoint.

    ``checkpoint`` is the last row number that is settled; a worker that takes over
    after a crash goes on behind it.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        one_of("status", IMPORT_STATUSES),
        sa.Index(
            "ix_import_job_open",
            "id",
            postgresql_where=sa.text("status IN ('pending', 'processing')"),
        ),
        sa.Index("ix_import_job_shop", "shop_id", "id"),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    created_by: int | None = big(default=None)
    file_name: str
    file_path: str
    status: str = "pending"
    options: dict[str, object] = document(default_factory=dict)
    mapping: list[str | None] = document(default_factory=list)
    total_rows: int = 0
    processed_rows: int = 0
    created_count: int = 0
    updated_count: int = 0
    skipped_count: int = 0
    error_count: int = 0
    checkpoint: int = 0
    failure: str | None = None
    created_at: datetime = created()
    started_at: datetime | None = moment(default=None)
    heartbeat_at: datetime | None = moment(default=None)
    finished_at: datetime | None = moment(default=None)


class ImportRow(SQLModel, table=True):
    """A row of the file that did not become a contact, with the reasons, for the report."""

    __tablename__ = "import_row"
    __table_args__ = (
        within_shop("job_id", "import_job"),
        one_of("outcome", ("created", "updated", "skipped", "rejected")),
    )

    job_id: int = big(primary_key=True)
    row_number: int = big(primary_key=True)
    shop_id: int = shop_key()
    outcome: str
    cells: list[object] = document(default_factory=list)
    errors: list[dict[str, str]] = document(default_factory=list)
    created_at: datetime = created()
