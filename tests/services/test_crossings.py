"""Two acts at the same moment: neither is lost, and neither waits for the other for ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import NotFound
from astronote.integrations.mitto_results import Accepted
from astronote.security import phone_hmac
from astronote.services import (
    campaigns,
    claiming,
    consent,
    contact_bulk,
    contacts,
    delivery,
    erasing,
    inbound,
    launching,
    look_ups,
    replies,
    sending,
    stale_claims,
    unsubscribing,
    webhook_events,
)
from astronote.services.claiming import Claimed
from astronote.services.contact_search import Selection
from astronote.services.look_ups import Overdue
from astronote.services.unsubscribe_tokens import Holder
from astronote.services.unsubscribing import Visit
from tests.support import outbox
from tests.support.automating import change, welcome
from tests.support.crossing import begin
from tests.support.outbox import Outbox
from tests.support.people import add_contact, new_phone
from tests.support.receipts import store
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


def erase(session: Session, shop_id: int, contact_id: int) -> None:
    erasing.erase(session, shop_id, contact_id, actor="tests")


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


@pytest.mark.usefixtures("noon_in_athens")
@pytest.mark.parametrize("leave", [erase, contacts.delete])
def test_a_contact_goes_while_a_campaign_to_it_starts_and_is_claimed(
    shop: ShopUnderTest, leave: Callable[[Session, int, int], None]
) -> None:
    phone = new_phone()
    contact_id, campaign_id = add_contact(shop.id, phone=phone), campaign(shop)
    with transaction(shop.id) as session:
        session.execute(sa.text("UPDATE contact SET opted_out_by = 'person'"))

    def go() -> None:
        with transaction(shop.id) as session:
            leave(session, shop.id, contact_id)

    def claim() -> object:
        with system_transaction() as session:
            return claiming.claim(session, at_most=1)

    with transaction(shop.id) as slow:
        # What both write last keeps them long enough for the claim to come between.
        consent.suppress(slow, shop.id, phone_hmac(phone), reason="test")
        with transaction(shop.id) as session:
            launching.enqueue(session, shop.id, campaign_id)
            gone = begin(go)
        claimed = begin(claim, beside=1)
        slow.rollback()

    gone.result()
    assert claimed.result() is not None
    with transaction(shop.id) as session, pytest.raises(NotFound):
        contacts.get(session, shop.id, contact_id)


def test_deleting_has_all_messages_of_a_contact_before_the_contact(shop: ShopUnderTest) -> None:
    # A claim has one of them and waits for the contact: whichever was left out would end it.
    singles = [outbox.single(shop.id, number=n) for n in (1, 1001)]
    person: Any = singles[0].messages()[0].contact_id
    singles[1].change("UPDATE message SET contact_id = :id", id=person)
    free = sa.text("SELECT id FROM message FOR UPDATE SKIP LOCKED")
    with transaction(shop.id) as session:
        contacts.hold_messages(session, shop.id, [person])
        with transaction(shop.id) as claiming_:
            assert claiming_.execute(free).all() == []


@pytest.mark.usefixtures("noon_in_athens")
def test_an_answer_to_a_contact_that_is_being_deleted_is_refused(shop: ShopUnderTest) -> None:
    contact_id = add_contact(shop.id)
    change(shop, "welcome_message", is_active=True)

    def answer() -> None:
        with transaction(shop.id) as session:
            replies.reply(session, shop.id, contact_id, "Hello")

    with transaction(shop.id) as session:
        contacts.delete(session, shop.id, contact_id)
        answered = begin(answer)
        welcomed = begin(lambda: welcome(shop, contact_id), beside=1)

    with pytest.raises(NotFound):
        answered.result()
    assert welcomed.result() == "not_due"


def dispatched(made: Outbox) -> Claimed:
    with system_transaction() as session:
        claimed = claiming.claim(session, at_most=2)
    assert isinstance(claimed, Claimed)
    with transaction(made.shop_id) as session:
        assert sending.dispatch(session, claimed)
    return claimed


def record(made: Outbox, claimed: Claimed) -> None:
    answer = Accepted(tuple(f"id-{m.id}" for m in claimed.messages))
    with transaction(made.shop_id) as session:
        sending.record(session, claimed, answer)


def recorded(made: Outbox) -> Callable[[], object]:
    claimed = dispatched(made)
    return lambda: record(made, claimed)


def received(made: Outbox) -> Callable[[], object]:
    claimed = dispatched(made)
    record(made, claimed)
    store([{"messageId": f"id-{m.id}", "deliveryStatus": "Delivered"} for m in claimed.messages])

    def apply() -> int:
        with system_transaction() as session:
            return delivery.apply_stored(session)

    return apply


def gone_stale(made: Outbox) -> Callable[[], object]:
    dispatched(made)
    clock.shift(timedelta(minutes=3))
    with system_transaction() as session:
        (stale,) = stale_claims.find(session)

    def settle() -> int:
        with transaction(made.shop_id) as session:
            return stale_claims.settle(session, stale)

    return settle


def given_up(made: Outbox) -> Callable[[], object]:
    gone_stale(made)()
    clock.shift(timedelta(hours=80))
    overdue = Overdue(made.batch_ids[0], made.shop_id, made.campaign_id)

    def give_up() -> int:
        with transaction(made.shop_id) as session:
            return look_ups.give_up(session, overdue)

    return give_up


@pytest.mark.parametrize("before", [recorded, received, gone_stale, given_up])
def test_who_waits_for_a_batch_does_not_keep_its_campaigns_counters(
    shop: ShopUnderTest, before: Callable[[Outbox], Callable[[], object]]
) -> None:
    """A claim and a cancelling have the batch first, and change the counters then."""
    made = outbox.campaign(shop.id, 4)
    act = before(made)
    with transaction(shop.id) as session:
        asked: dict[str, Any] = {"batch": made.batch_ids[0], "campaign": made.campaign_id}
        session.execute(sa.text("SELECT 1 FROM message_batch WHERE id = :batch FOR UPDATE"), asked)
        acted = begin(act)
        assert not acted.done()
        session.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        counted = sa.text("UPDATE campaign_count SET queued = queued WHERE campaign_id = :campaign")
        session.execute(counted, asked)

    acted.result()
    assert "queued" in made.statuses()
