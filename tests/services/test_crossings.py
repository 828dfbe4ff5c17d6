"""Two acts at the same moment: neither is lost, and neither waits for the other for ever."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from astronote.db import system_transaction, transaction
from astronote.security import phone_hmac
from astronote.services import (
    campaigns,
    consent,
    contact_bulk,
    contacts,
    inbound,
    launching,
    unsubscribing,
    webhook_events,
)
from astronote.services.contact_search import Selection
from astronote.services.unsubscribe_tokens import Holder
from astronote.services.unsubscribing import Visit
from tests.support.crossing import begin
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest


def is_suppressed(shop: ShopUnderTest, phone: str) -> bool:
    with transaction(shop.id) as session:
        return consent.is_suppressed(session, shop.id, phone)


def campaign(shop: ShopUnderTest) -> int:
    with transaction(shop.id) as session:
        made = campaigns.create(session, shop.id, {"name": "June", "message_text": "Hello"})
    return made.id


def launch(shop: ShopUnderTest, campaign_id: int) -> int:
    with transaction(shop.id) as session:
        return launching.enqueue(session, shop.id, campaign_id).recipients


def label(session: Session, shop_id: int, chosen: Selection) -> object:
    return contact_bulk.tag(session, shop_id, chosen, ["vip"])


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


@pytest.mark.usefixtures("noon_in_athens")
def test_a_campaign_starts_while_a_contact_of_it_is_deleted(shop: ShopUnderTest) -> None:
    goes = add_contact(shop.id)
    add_contact(shop.id)
    campaign_id = campaign(shop)
    with transaction(shop.id) as session:
        contacts.delete(session, shop.id, goes)
        started = begin(lambda: launch(shop, campaign_id))

    assert started.result() == 1
    with transaction(shop.id) as session:
        assert campaigns.get(session, shop.id, campaign_id).counts.queued == 1


@pytest.mark.usefixtures("noon_in_athens")
@pytest.mark.parametrize(("change", "left"), [(label, 3), (contact_bulk.delete, 1)])
def test_many_contacts_are_changed_while_a_campaign_to_them_starts(
    shop: ShopUnderTest, change: Callable[..., object], left: int
) -> None:
    # A launch meets them in the order of their hashes, a bulk change in that of their ids.
    first, last = sorted((new_phone() for _ in range(2)), key=phone_hmac, reverse=True)
    ids = [add_contact(shop.id, phone=phone) for phone in (first, last)]
    add_contact(shop.id)
    campaign_id = campaign(shop)
    with transaction(shop.id) as session:
        change(session, shop.id, Selection(ids=(ids[0],)))
        started = begin(lambda: launch(shop, campaign_id))
        change(session, shop.id, Selection(ids=(ids[1],)))

    assert started.result() == left
