"""Automations at a moment of one's choice: settings, joins, what is sent."""

from datetime import UTC, datetime
from typing import Any

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.services import (
    automations,
    claiming,
    contacts,
    shops,
    welcomes,
)
from astronote.services.claiming import Claimed, Passed
from tests.support.messages import rows
from tests.support.people import new_phone
from tests.support.shops import ShopUnderTest

NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


def at(moment: datetime) -> None:
    clock.shift(moment - datetime.now(UTC))


def change(shop: ShopUnderTest, type: str, **changes: Any) -> automations.AutomationRow:
    with transaction(shop.id) as session:
        return automations.change(session, shop.id, type, changes)


def get(shop: ShopUnderTest, type: str) -> automations.AutomationRow:
    with transaction(shop.id) as session:
        return automations.get(session, shop.id, type)


def settings_of(shop: ShopUnderTest, **changes: Any) -> None:
    with transaction(shop.id) as session:
        shops.change(session, shop.id, shop.owner, changes)


def join(shop: ShopUnderTest, phone: str = "", source: Any = "form", **values: Any) -> int:
    given: Any = {"phone": phone or new_phone(), "is_subscribed": True, **values}
    with transaction(shop.id) as session:
        return contacts.create(session, shop.id, given, source=source, actor="tests").id


def welcome(shop: ShopUnderTest, contact_id: int) -> str:
    with transaction(shop.id) as session:
        return welcomes.send_welcome(session, shop.id, contact_id)


def messages(shop: ShopUnderTest) -> list[dict[str, Any]]:
    return rows(shop, "message")


def claim() -> Claimed | Passed | None:
    with system_transaction() as session:
        return claiming.claim(session, at_most=100)
