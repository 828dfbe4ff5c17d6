"""Shops, the people in them, and how they are signed in."""

from datetime import datetime, time

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
)

ROLES = ("owner", "staff")


class Shop(SQLModel, table=True):
    """The tenant."""

    __tablename__ = "shop"
    __table_args__ = (one_of("locale", ("el", "en")),)

    id: int | None = key()
    name: str
    color: str = "#0b7a75"
    country: str = "GR"
    timezone: str = "Europe/Athens"
    locale: str = "el"
    currency: str = "EUR"
    sender_name: str = ""
    sender_approved_at: datetime | None = moment(default=None)
    sender_asked_at: datetime | None = moment(default=None)
    sender_refusal: str = ""
    support_contact: str = ""
    quiet_start: time | None = Field(default=time(21, 0))
    quiet_end: time | None = Field(default=time(9, 0))
    require_known_age: bool = False
    offer_label: str
    unsubscribe_label: str
    allow_public_redeem: bool = False
    double_opt_in: bool = False
    legal_name: str = ""
    vat_number: str = ""
    address: str = ""
    privacy_url: str = ""
    logo: str | None = None
    on_hold_at: datetime | None = moment(default=None)
    hold_reason: str = ""
    is_demo: bool = False
    created_at: datetime = created()


class ShopLogo(SQLModel, table=True):
    """The shop's logo as its pages show it (WebP); ``shop.logo`` is its name."""

    __tablename__ = "shop_logo"

    shop_id: int = Field(
        sa_type=sa.BigInteger, foreign_key="shop.id", ondelete="CASCADE", primary_key=True
    )
    name: str = Field(unique=True)
    content: bytes = raw_bytes()
    created_at: datetime = created()


class UserAccount(SQLModel, table=True):
    """A person who signs in; ``email`` is kept in lower case.

    ``invited_by`` is the shop that made the account, until the person sets a password: it
    alone may make another invitation.
    """

    __tablename__ = "user_account"

    id: int | None = key()
    email: str = Field(unique=True)
    password_hash: str
    locale: str = "en"
    is_operator: bool = False
    invited_by: int | None = big(default=None, foreign_key="shop.id", ondelete="SET NULL")
    created_at: datetime = created()


class Membership(SQLModel, table=True):
    """Who may act in which shop, and as what."""

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("user_id", "shop_id"), one_of("role", ROLES))

    id: int | None = key()
    user_id: int = big(foreign_key="user_account.id", ondelete="CASCADE")
    shop_id: int = shop_key()
    role: str = "owner"
    created_at: datetime = created()


class UserSession(SQLModel, table=True):
    """One sign-in; ends by expiry, by signing out, or by a changed password."""

    __tablename__ = "user_session"

    id: int | None = key()
    user_id: int = big(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    shop_id: int = shop_key()
    user_agent: str = ""
    address: str = ""
    created_at: datetime = created()
    last_seen_at: datetime | None = moment(default=None)
    expires_at: datetime = moment()
    revoked_at: datetime | None = moment(default=None)


class ApiKey(SQLModel, table=True):
    """An integrator's bearer token; only its SHA-256 is kept."""

    __tablename__ = "api_key"
    __table_args__ = (sa.UniqueConstraint("shop_id", "id"),)

    id: int | None = key()
    shop_id: int = shop_key()
    user_id: int = big(foreign_key="user_account.id", ondelete="CASCADE")
    name: str
    prefix: str
    token_hash: bytes = raw_bytes(unique=True)
    created_at: datetime = created()
    last_used_at: datetime | None = moment(default=None)


class AuditEvent(SQLModel, table=True):
    """Who changed what in settings, team, keys, billing; without a shop, an operator's act."""

    __tablename__ = "audit_event"

    id: int | None = key()
    shop_id: int | None = big(default=None, foreign_key="shop.id", ondelete="CASCADE")
    at: datetime = created()
    actor: str
    action: str
    details: dict[str, object] = document(default_factory=dict)


class IdempotencyKey(SQLModel, table=True):
    """A POST that must take effect once: its body's hash and, when done, its answer."""

    __tablename__ = "idempotency_key"
    __table_args__ = (sa.UniqueConstraint("shop_id", "route", "key"),)

    id: int | None = key()
    shop_id: int = shop_key()
    route: str
    key: str
    body_hash: bytes = raw_bytes()
    locked_at: datetime = created()
    effect_at: datetime | None = moment(default=None)
    status: int | None = None
    answer: str | None = None
    content_type: str | None = None
    expires_at: datetime = moment()
