"""Short links, public pages' tokens, and what happened on public pages."""

from datetime import date, datetime

import sqlalchemy as sa

from astronote.models.base import (
    Field,
    SQLModel,
    big,
    created,
    key,
    moment,
    one_of,
    raw_bytes,
    shop_key,
    within_shop,
)


class ShortLink(SQLModel, table=True):
    """A free URL of a text, shortened once per campaign."""

    __tablename__ = "short_link"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        sa.UniqueConstraint("short_code"),
        sa.UniqueConstraint(
            "shop_id", "campaign_id", "kind", "long_url_hash", postgresql_nulls_not_distinct=True
        ),
        within_shop("campaign_id", "campaign"),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    campaign_id: int | None = big(default=None)
    automation_id: int | None = big(default=None)
    ordinal: int = 1
    short_code: str
    kind: str = "custom"
    target_url: str
    original_url: str
    long_url_normalized: str
    long_url_hash: bytes = raw_bytes()
    external_url: str | None = None
    click_count: int = 0
    last_clicked_at: datetime | None = moment(default=None)
    last_used_at: datetime | None = moment(default=None)
    created_at: datetime = created()


class LinkClick(SQLModel, table=True):
    """One opening of a link of a message; appended, never updated."""

    __tablename__ = "link_click"
    __table_args__ = (
        within_shop("message_id", "message"),
        one_of("link", ("offer", "unsubscribe", "free")),
        sa.Index("ix_link_click_message", "message_id"),
        sa.Index("ix_link_click_shop", "shop_id", "at"),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    message_id: int | None = big(default=None)
    short_link_id: int | None = big(default=None)
    campaign_id: int | None = big(default=None)
    link: str
    at: datetime = created()
    is_bot: bool = False


class LinkDay(SQLModel, table=True):
    """Clicks rolled up by campaign, link and day."""

    __tablename__ = "link_day"
    __table_args__ = (
        sa.UniqueConstraint(
            "shop_id",
            "day",
            "link",
            "campaign_id",
            "short_link_id",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    day: date
    link: str
    campaign_id: int | None = big(default=None)
    short_link_id: int | None = big(default=None)
    people: int = 0
    bots: int = 0


class LinkMiss(SQLModel, table=True):
    """A short code that nobody has; the operator's, no shop's."""

    __tablename__ = "link_miss"

    code: str = Field(primary_key=True)
    count: int = 1
    last_at: datetime = created()


class PublicLinkToken(SQLModel, table=True):
    """A join or NFC address, as printed on posters."""

    __tablename__ = "public_link_token"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        sa.UniqueConstraint("token"),
        one_of("kind", ("join", "nfc")),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    kind: str
    name: str
    token: str
    created_at: datetime = created()
    revoked_at: datetime | None = moment(default=None)


class PublicSignupEvent(SQLModel, table=True):
    """A join form that was sent."""

    __tablename__ = "public_signup_event"
    __table_args__ = (
        within_shop("link_id", "public_link_token"),
        sa.Index("ix_public_signup_event_link", "shop_id", "link_id"),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    link_id: int = big()
    contact_id: int | None = big(default=None)
    at: datetime = created()
    outcome: str
    ip: str | None = None
    user_agent: str | None = None


class NfcScan(SQLModel, table=True):
    """An opening of an NFC page."""

    __tablename__ = "nfc_scan"
    __table_args__ = (
        within_shop("link_id", "public_link_token"),
        sa.Index("ix_nfc_scan_link", "shop_id", "link_id"),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    link_id: int = big()
    at: datetime = created()
    is_bot: bool = False
    ip: str | None = None
    user_agent: str | None = None


class OfferViewEvent(SQLModel, table=True):
    """An opening of an offer page; bots are recorded, not counted."""

    __tablename__ = "offer_view_event"
    __table_args__ = (
        within_shop("message_id", "message"),
        sa.Index("ix_offer_view_event_message", "message_id"),
        sa.Index("ix_offer_view_event_campaign", "campaign_id", "at"),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    message_id: int = big()
    campaign_id: int | None = big(default=None)
    at: datetime = created()
    is_bot: bool = False
    user_agent: str | None = None


class Redemption(SQLModel, table=True):
    """An offer taken at the till: a conversion."""

    __tablename__ = "redemption"
    __table_args__ = (
        sa.UniqueConstraint("message_id", "sequence"),
        within_shop("message_id", "message"),
        sa.Index("ix_redemption_campaign", "campaign_id", "at"),
        sa.Index("ix_redemption_shop", "shop_id", "at"),
        one_of("by", ("staff", "shopper")),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    message_id: int = big()
    campaign_id: int | None = big(default=None)
    automation_id: int | None = big(default=None)
    sequence: int = 1
    at: datetime = created()
    by: str
    user_id: int | None = big(default=None)
