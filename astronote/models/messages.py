"""Messages: one row an SMS of any kind, and the batches in which they are sent."""

import uuid
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
    raw_bytes,
    shop_key,
    within_shop,
)

MESSAGE_KINDS = (
    "campaign",
    "welcome",
    "birthday",
    "direct",
    "test",
    "confirmation",
    "help",
)
MESSAGE_STATUSES = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "failed",
    "unknown",
    "expired",
    "skipped",
)
BILLING_STATUSES = ("none", "reserved", "committed", "released")
BATCH_STATES = ("waiting", "claimed", "dispatched", "done")


class Message(SQLModel, table=True):
    """One SMS.

    No index names a column that changes (``status``, the provider's id), and a page is
    filled to a half: the changes of its life stay heap-only updates.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        within_shop("contact_id", "contact", "SET NULL"),
        within_shop("campaign_id", "campaign"),
        within_shop("automation_id", "automation", "SET NULL"),
        sa.Index("uq_message_tracking_id", "tracking_id", unique=True),
        sa.Index("uq_message_short_code", "short_code", unique=True),
        sa.Index(
            "uq_message_campaign_phone",
            "campaign_id",
            "phone_hash",
            unique=True,
            postgresql_where=sa.text("campaign_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_message_automation_phone",
            "automation_id",
            "phone_hash",
            "occasion",
            unique=True,
            postgresql_where=sa.text("automation_id IS NOT NULL"),
        ),
        sa.Index("ix_message_batch", "batch_id"),
        sa.Index("ix_message_contact", "contact_id"),
        sa.Index("ix_message_phone_hash", "phone_hash", "id"),
        sa.Index("ix_message_single", "id", postgresql_where=sa.text("campaign_id IS NULL")),
        one_of("status", MESSAGE_STATUSES),
        one_of("kind", MESSAGE_KINDS),
        one_of("billing_status", BILLING_STATUSES),
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: int | None = key()
    shop_id: int = shop_key()
    batch_id: int = big()
    kind: str
    purpose: str = "marketing"
    campaign_id: int | None = big(default=None)
    automation_id: int | None = big(default=None)
    occasion: str | None = None
    contact_id: int | None = big(default=None)
    phone: str
    phone_hash: bytes = raw_bytes()
    text: str
    encoding: str
    parts: int
    credits: int
    status: str = "queued"
    billing_status: str = "reserved"
    attempt_id: uuid.UUID | None = None
    tracking_id: str
    short_code: str
    provider_message_id: str | None = None
    failure_reason: str | None = None
    created_by: int | None = big(default=None)
    created_at: datetime = created()
    claimed_at: datetime | None = moment(default=None)
    dispatched_at: datetime | None = moment(default=None)
    sent_at: datetime | None = moment(default=None)
    delivered_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)


class ProviderMessage(SQLModel, table=True):
    """Which message the provider means by its id, unique; the message has the id too.

    Without foreign keys, whose checks would cost more than the row: messages are not
    deleted, and an invariant compares both.
    """

    __tablename__ = "provider_message"

    provider_message_id: str = Field(primary_key=True)
    shop_id: int = big()
    message_id: int = big()


class MessageBatch(SQLModel, table=True):
    """Up to one provider call's worth of messages: what is claimed, dispatched, recorded.

    One small row stands for a few hundred messages, so finding work, fairness between
    shops and stale claims never scan ``message``. Messages that go back to ``queued``
    put their batch back to ``waiting``; a claim takes only what is queued in it.
    """

    __tablename__ = "message_batch"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        within_shop("campaign_id", "campaign"),
        sa.Index(
            "ix_message_batch_waiting",
            "shop_id",
            "priority",
            "id",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(
            "ix_message_batch_in_hand",
            "claimed_at",
            postgresql_where=sa.text("state IN ('claimed', 'dispatched')"),
        ),
        sa.Index(
            "ix_message_batch_unresolved",
            "checked_at",
            postgresql_where=sa.text("unresolved > 0"),
        ),
        sa.Index("ix_message_batch_campaign", "campaign_id", "state"),
        one_of("state", BATCH_STATES),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    campaign_id: int | None = big(default=None)
    priority: int = 5
    state: str = "waiting"
    size: int = 1
    unresolved: int = Field(default=0, description="Sent or unknown without a final receipt.")
    attempt_id: uuid.UUID | None = None
    attempts: int = 0
    not_before: datetime | None = moment(default=None)
    created_at: datetime = created()
    claimed_at: datetime | None = moment(default=None)
    dispatched_at: datetime | None = moment(default=None)
    checked_at: datetime | None = moment(default=None)


class MessageEvent(SQLModel, table=True):
    """What is out of the ordinary in a message's life: unknown, resolved, late, redacted."""

    __tablename__ = "message_event"
    __table_args__ = (
        within_shop("message_id", "message"),
        sa.Index("ix_message_event_message", "message_id"),
        sa.Index(
            "ix_message_event_parts",
            "shop_id",
            "message_id",
            postgresql_where=sa.text("event = 'parts_differ'"),
        ),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    message_id: int = big()
    at: datetime = created()
    event: str
    note: str = ""


class ConversationMessage(SQLModel, table=True):
    """An inbound text, or a reply to one (then with its message)."""

    __tablename__ = "conversation_message"
    __table_args__ = (
        within_shop("contact_id", "contact", "SET NULL"),
        within_shop("message_id", "message", "SET NULL"),
        sa.Index("ix_conversation_message_phone", "shop_id", "phone_hash", "id"),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    contact_id: int | None = big(default=None)
    phone: str
    phone_hash: bytes = raw_bytes()
    direction: str = "in"
    text: str
    marked: str | None = None
    message_id: int | None = big(default=None)
    provider_message_id: str | None = None
    at: datetime = created()
    read_at: datetime | None = moment(default=None)


class WebhookEvent(SQLModel, table=True):
    """A raw event as a provider sent it; stored first, applied after."""

    __tablename__ = "webhook_event"
    __table_args__ = (
        sa.UniqueConstraint("provider", "kind", "body_hash"),
        sa.Index("ix_webhook_event_open", "id", postgresql_where=sa.text("state = 'received'")),
        one_of("state", ("received", "applied", "ignored", "waiting", "parked")),
        sa.Index(
            "ix_webhook_event_waiting",
            "retry_at",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index("ix_webhook_event_parked", "id", postgresql_where=sa.text("state = 'parked'")),
        sa.Index(
            "ix_webhook_event_unfit",
            "id",
            postgresql_where=sa.text("provider = 'stripe' AND state IN ('ignored', 'parked')"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: int | None = key()
    provider: str
    kind: str
    body: dict[str, object] = document()
    body_hash: bytes = raw_bytes()
    received_at: datetime = created()
    state: str = "received"
    attempts: int = 0
    retry_at: datetime | None = moment(default=None)
    error: str | None = None


class JobFire(SQLModel, table=True):
    """A scheduled job's firing; who inserts the row runs it."""

    __tablename__ = "job_fire"

    job: str = Field(primary_key=True)
    scheduled_for: datetime = moment(primary_key=True)
    fired_at: datetime = created()
