"""Two acts at the same moment: neither is lost, and neither waits for the other for ever."""

from astronote.db import system_transaction, transaction
from astronote.services import (
    consent,
    contacts,
    inbound,
    unsubscribing,
    webhook_events,
)
from astronote.services.unsubscribe_tokens import Holder
from astronote.services.unsubscribing import Visit
from tests.support.crossing import begin
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest


def is_suppressed(shop: ShopUnderTest, phone: str) -> bool:
    with transaction(shop.id) as session:
        return consent.is_suppressed(session, shop.id, phone)


def test_a_stop_is_obeyed_while_a_shop_deletes_the_contact(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    here, there = two_shops
    phone = new_phone()
    gone, stays = (add_contact(shop.id, phone=phone) for shop in (here, there))
    with system_transaction() as session:
        webhook_events.store_inbound(session, [{"from": phone, "text": "STOP"}])

    def apply() -> bool:
        with system_transaction() as session:
            return inbound.apply_next(session)

    with transaction(here.id) as session:
        contacts.delete(session, here.id, gone)
        applied = begin(apply)

    assert applied.result()
    assert is_suppressed(here, phone)
    with transaction(there.id) as session:
        assert not contacts.get(session, there.id, stays).is_subscribed


def test_the_way_out_works_while_the_shop_deletes_the_contact(shop: ShopUnderTest) -> None:
    phone = new_phone()
    contact_id = add_contact(shop.id, phone=phone)

    def leave() -> str:
        with transaction(shop.id) as session:
            return unsubscribing.unsubscribe(session, Holder(shop.id, contact_id), Visit())

    with transaction(shop.id) as session:
        contacts.delete(session, shop.id, contact_id)
        left = begin(leave)

    assert left.result() == "unsubscribed"
    assert is_suppressed(shop, phone)
