"""Messages as they are after sending, put in place without sending them."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from astronote.db import transaction
from astronote.models import Campaign, Contact, Message, MessageBatch
from astronote.security import new_token, phone_hmac
from astronote.services import links
from tests.support.shops import ShopUnderTest


@dataclass(frozen=True)
class SentMessage:
    """A delivered campaign message."""

    id: int
    shop_id: int
    campaign_id: int | None
    contact_id: int
    phone: str
    code: str
    tracking_id: str


def add_campaign(shop: ShopUnderTest, offer: dict[str, Any] | None = None) -> int:
    """A finished campaign of the shop; its id."""
    with transaction(shop.id) as session:
        campaign = Campaign(
            shop_id=shop.id, name="Spring", status="completed", offer=offer or {"enabled": True}
        )
        session.add(campaign)
        session.flush()
        assert campaign.id is not None
        return campaign.id


def add_message(
    shop: ShopUnderTest,
    *,
    offer: dict[str, Any] | None = None,
    campaign_id: int | None = None,
    phone: str = "+306912345678",
    subscribed: bool = True,
    kind: str = "campaign",
) -> SentMessage:
    """A delivered message, of a campaign if of that kind, to a (new) contact of the shop."""
    campaign = campaign_id
    if kind == "campaign":
        campaign = campaign_id or add_campaign(shop, offer)
    with transaction(shop.id) as session:
        contact = _contact(session, shop.id, phone, subscribed)
        batch = MessageBatch(shop_id=shop.id, campaign_id=campaign, state="done")
        session.add_all([contact, batch])
        session.flush()
        assert batch.id is not None and contact.id is not None
        message = Message(
            shop_id=shop.id,
            batch_id=batch.id,
            kind=kind,
            campaign_id=campaign,
            contact_id=contact.id,
            phone=phone,
            phone_hash=phone_hmac(phone),
            text="Hello",
            encoding="GSM-7",
            parts=1,
            credits=1,
            status="delivered",
            billing_status="none",
            tracking_id=new_token(16),
            short_code=links.new_codes(1)[0],
        )
        session.add(message)
        session.flush()
        assert message.id is not None
        return SentMessage(
            message.id,
            shop.id,
            campaign,
            contact.id,
            phone,
            message.short_code,
            message.tracking_id,
        )


def rows(shop: ShopUnderTest, table: str) -> list[dict[str, Any]]:
    """Every row of a tenant table that the shop sees, in the order of ids."""
    with transaction(shop.id) as session:
        found = session.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1"))
        return [dict(row) for row in found.mappings()]


def _contact(session: Session, shop_id: int, phone: str, subscribed: bool) -> Contact:
    known = session.execute(
        sa.select(Contact).where(Contact.shop_id == shop_id, Contact.phone == phone)  # type: ignore[arg-type]
    ).scalar_one_or_none()
    return known or Contact(
        shop_id=shop_id,
        phone=phone,
        phone_hash=phone_hmac(phone),
        first_name="Μαρία",
        last_name="Παπαδοπούλου",
        is_subscribed=subscribed,
    )
