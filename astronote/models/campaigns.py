"""Campaigns and automations: what a merchant writes, to whom, and when."""

from datetime import datetime

import sqlalchemy as sa

from astronote.models.base import (
    Field,
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

CAMPAIGN_STATUSES = (
    "draft",
    "scheduled",
    "sending",
    "paused",
    "completed",
    "cancelled",
    "missed",
    "failed",
)
AUTOMATION_TYPES = ("welcome_message", "birthday_message")
ENCODINGS = ("auto", "gsm")


class Campaign(SQLModel, table=True):
    """One text to one audience."""

    __tablename__ = "campaign"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        sa.Index("ix_campaign_shop", "shop_id", "id"),
        sa.Index(
            "ix_campaign_due",
            "scheduled_at",
            postgresql_where=sa.text("status = 'scheduled'"),
        ),
        sa.Index("ix_campaign_running", "id", postgresql_where=sa.text("status = 'sending'")),
        sa.Index(
            "ix_campaign_untold",
            "id",
            postgresql_where=sa.text(
                "status IN ('paused', 'missed', 'failed') AND status_reason IS NOT NULL"
                " AND reason_told_at IS NULL"
            ),
        ),
        one_of("status", CAMPAIGN_STATUSES),
        one_of("encoding", ENCODINGS),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    name: str
    status: str = "draft"
    status_reason: str | None = None
    reason_told_at: datetime | None = moment(
        default=None, description="When the owners were sent a letter about it."
    )
    message_text: str = ""
    encoding: str = "auto"
    audience: dict[str, object] = document(default_factory=dict)
    offer: dict[str, object] = document(default_factory=dict)
    schedule_mode: str = "now"
    local_time: str | None = Field(default=None, description="YYYY-MM-DDTHH:MM in `timezone`")
    timezone: str = "Europe/Athens"
    scheduled_at: datetime | None = moment(default=None)
    ignore_quiet_hours: bool = False
    held_until: datetime | None = moment(default=None)
    run_token: str | None = None
    parent_id: int | None = big(default=None)
    variant: str | None = None
    created_by: int | None = big(default=None)
    created_at: datetime = created()
    updated_at: datetime = created()
    started_at: datetime | None = moment(default=None)
    finished_at: datetime | None = moment(default=None)


class CampaignCount(SQLModel, table=True):
    """How many of a campaign's messages stand in each status.

    Kept by a trigger on ``message``, so that every path that changes a status counts;
    ``services.invariants`` has the query that proves it.
    """

    __tablename__ = "campaign_count"
    __table_args__ = (
        within_shop("campaign_id", "campaign"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    campaign_id: int = big(primary_key=True)
    shop_id: int = shop_key()
    queued: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    sending: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    sent: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    delivered: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    failed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    unknown: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    expired: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    skipped: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Automation(SQLModel, table=True):
    """A message that sends itself."""

    __tablename__ = "automation"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        sa.UniqueConstraint("shop_id", "type"),
        one_of("type", AUTOMATION_TYPES),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    type: str
    is_active: bool = False
    message_body: str = ""
    encoding: str = "auto"
    offer: dict[str, object] = document(default_factory=dict)
    send_hour: int = 10
    updated_at: datetime = created()
