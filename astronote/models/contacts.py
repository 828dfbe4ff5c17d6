"""Contacts, own lists, consent, suppression."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

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

GENDERS = ("male", "female", "other")
CONSENT_STATUSES = ("opted_in", "opted_out", "pending", "unknown")

_SEARCHED = (
    "search_fold(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' "
    "|| coalesce(email, '') || ' ' || phone)"
)


class Contact(SQLModel, table=True):
    """A person in one shop; ``phone`` is E.164 and unique there."""

    __tablename__ = "contact"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        sa.UniqueConstraint("shop_id", "phone"),
        sa.Index("ix_contact_newest", "shop_id", sa.desc("created_at"), sa.desc("id")),
        sa.Index("ix_contact_last_name", "shop_id", "sort_name", "id"),
        sa.Index("ix_contact_phone_hash", "phone_hash"),
        sa.Index(
            "ix_contact_audience",
            "shop_id",
            "id",
            postgresql_include=["is_subscribed", "birthday", "gender"],
        ),
        sa.Index(
            "ix_contact_search",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        sa.CheckConstraint("gender IS NULL OR gender IN ('male', 'female', 'other')", "gender"),
        one_of("sms_consent_status", CONSENT_STATUSES),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    phone: str
    phone_hash: bytes = raw_bytes()
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    birthday: date | None = None
    locale: str | None = None
    tags: list[str] = Field(
        default_factory=list,
        sa_column=sa.Column(ARRAY(sa.Text), nullable=False, server_default="{}"),
    )
    attributes: dict[str, object] = document(
        default_factory=dict, sa_column_kwargs={"server_default": "{}"}
    )
    is_subscribed: bool = False
    unsubscribed_at: datetime | None = moment(default=None)
    gdpr_consent_at: datetime | None = moment(default=None)
    gdpr_consent_source: str | None = None
    gdpr_consent_version: str | None = None
    sms_consent_status: str = "unknown"
    sms_consent_at: datetime | None = moment(default=None)
    sms_consent_source: str | None = None
    consent_evidence: str | None = None
    opted_out_by: str | None = Field(
        default=None, description="'person' or 'merchant': who ended the subscription."
    )
    import_job_id: int | None = big(default=None)
    created_at: datetime = created()
    updated_at: datetime = created()
    search: str | None = Field(
        default=None, sa_column=sa.Column(sa.Text, sa.Computed(_SEARCHED, persisted=True))
    )
    sort_name: str | None = Field(
        default=None,
        sa_column=sa.Column(
            sa.Text(collation="C"),
            sa.Computed(
                "search_fold(coalesce(last_name, '') || ' ' || coalesce(first_name, ''))",
                persisted=True,
            ),
        ),
    )


class ContactList(SQLModel, table=True):
    """A merchant's own list; the system lists are queries."""

    __tablename__ = "contact_list"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        sa.Index("uq_contact_list_name", "shop_id", sa.text("lower(name)"), unique=True),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    name: str
    created_at: datetime = created()


class ListMembership(SQLModel, table=True):
    """A contact in an own list."""

    __tablename__ = "list_membership"
    __table_args__ = (
        within_shop("list_id", "contact_list"),
        within_shop("contact_id", "contact"),
        sa.Index("ix_list_membership_contact", "contact_id"),
    )

    list_id: int = big(primary_key=True)
    contact_id: int = big(primary_key=True)
    shop_id: int = shop_key()
    created_at: datetime = created()


class ConsentWording(SQLModel, table=True):
    """A version of the text that people agree to."""

    __tablename__ = "consent_wording"
    __table_args__ = (sa.UniqueConstraint("shop_id", "version"),)

    id: int | None = key()
    shop_id: int = shop_key()
    version: int
    text: str
    created_at: datetime = created()


class ConsentEvent(SQLModel, table=True):
    """One change of consent. Append-only but for the redaction that an erase makes.

    ``contact_id`` has no foreign key: the history outlives a deleted contact.
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        sa.Index("ix_consent_event_contact", "shop_id", "contact_id", "id"),
        sa.Index(
            "ix_consent_event_message",
            "message_id",
            postgresql_where=sa.text("message_id IS NOT NULL"),
        ),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    contact_id: int = big()
    phone_hash: bytes = raw_bytes()
    at: datetime = created()
    action: str = Field(description="opted_in, opted_out, pending, imported, erased")
    source: str = Field(
        description="form, import, join, nfc, unsubscribe_link, resubscribe_link, keyword, "
        "merchant, api, preferences"
    )
    legal_basis: str = "consent"
    text: str = ""
    text_version: str = ""
    actor: str = "system"
    ip: str | None = None
    user_agent: str | None = None
    message_id: int | None = big(default=None)


class Suppression(SQLModel, table=True):
    """A phone that this shop must not message, known by its HMAC."""

    __tablename__ = "suppression"
    __table_args__ = (sa.UniqueConstraint("shop_id", "phone_hash"),)

    id: int | None = key()
    shop_id: int = shop_key()
    phone_hash: bytes = raw_bytes()
    reason: str
    at: datetime = created()


class GlobalSuppression(SQLModel, table=True):
    """A phone that opted out everywhere; every shop may read it, the system writes it."""

    __tablename__ = "global_suppression"

    phone_hash: bytes = raw_bytes(primary_key=True)
    reason: str
    at: datetime = created()


class SuppressionLift(SQLModel, table=True):
    """A phone suppressed everywhere that came back, by its own act, at one shop."""

    __tablename__ = "suppression_lift"
    __table_args__ = (sa.UniqueConstraint("shop_id", "phone_hash"),)

    id: int | None = key()
    shop_id: int = shop_key()
    phone_hash: bytes = raw_bytes()
    at: datetime = created()
