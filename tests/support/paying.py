"""What a shop paid and what it has for it."""

from astronote.db import transaction
from astronote.services import billing, payments
from astronote.services.billing import Summary
from tests.support.shops import ShopUnderTest
from tests.support.till import Event


def summary(shop: ShopUnderTest) -> Summary:
    with transaction(shop.id) as session:
        return billing.summary(session, shop.id)


def ledger(shop: ShopUnderTest) -> list[tuple[str, int]]:
    with transaction(shop.id) as session:
        return [(line.kind, line.amount) for line in billing.ledger(session, shop.id).items]


def paid(shop: ShopUnderTest) -> list[payments.PaymentRow]:
    with transaction(shop.id) as session:
        return payments.listing(session, shop.id).items


def the(events: list[Event], kind: str) -> Event:
    return next(event for event in events if event["type"] == kind)
