"""Conversations with single people, and the answers to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, Invalid, NotFound, PaymentRequired
from astronote.security import phone_hmac
from astronote.services import claiming, consent, contacts, erasing, inbox, replies, shops
from astronote.services.claiming import Claimed
from astronote.services.inbox import Conversation, Pulse, Thread
from tests.support.messages import rows
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest

NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon_in_athens() -> None:
    clock.shift(NOON - datetime.now(UTC))


def hear(
    shop: ShopUnderTest,
    phone: str,
    text: str,
    contact_id: int | None = None,
    marked: str | None = None,
) -> int:
    """A shopper's text, as inbound texts are kept."""
    with transaction(shop.id) as session:
        made = session.execute(
            sa.text(
                "INSERT INTO conversation_message (shop_id, contact_id, phone, phone_hash,"
                " direction, text, marked, at) VALUES (:shop, :contact, :phone, :hash, 'in',"
                " :text, :marked, :now) RETURNING id"
            ),
            {
                "shop": shop.id,
                "contact": contact_id,
                "phone": phone,
                "hash": phone_hmac(phone),
                "text": text,
                "marked": marked,
                "now": clock.now(),
            },
        )
        return int(made.scalar_one())


def listing(shop: ShopUnderTest, **asked: Any) -> list[Conversation]:
    with transaction(shop.id) as session:
        return list(inbox.listing(session, shop.id, **asked).items)


def thread(shop: ShopUnderTest, contact_id: int) -> Thread:
    with transaction(shop.id) as session:
        return inbox.thread(session, shop.id, contact_id)


def reply(shop: ShopUnderTest, contact_id: int, text: str) -> replies.Reply:
    with transaction(shop.id) as session:
        return replies.reply(session, shop.id, contact_id, text, created_by=shop.owner.user_id)


@pytest.fixture
def maria(shop: ShopUnderTest) -> tuple[int, str]:
    phone = new_phone()
    return add_contact(shop.id, phone=phone, first_name="Maria", last_name="P"), phone


def test_conversations_stand_in_the_order_of_their_newest_text(
    shop: ShopUnderTest, maria: tuple[int, str]
) -> None:
    contact_id, phone = maria
    stranger = new_phone()
    hear(shop, phone, "Are you open?", contact_id)
    hear(shop, stranger, "Who is this?")
    hear(shop, phone, "Please do not stop the olives", contact_id, marked="opt_out_word")
    first, second = listing(shop)
    assert (first.contact_id, first.name, first.unread, first.marked) == (
        contact_id,
        "Maria P",
        2,
        True,
    )
    assert first.last_text == "Please do not stop the olives"
    assert (second.contact_id, second.phone, second.name, second.marked) == (
        None,
        stranger,
        "",
        False,
    )
    with transaction(shop.id) as session:
        page = inbox.listing(session, shop.id, limit=1)
        assert (page.total, page.items) == (2, [first])
        assert inbox.listing(session, shop.id, limit=1, cursor=page.next_cursor).items == [second]
        assert inbox.pulse(session, shop.id).unread == 3


def test_a_text_from_before_belongs_to_the_contact_that_has_its_phone_now(
    shop: ShopUnderTest,
) -> None:
    phone = new_phone()
    text_id = hear(shop, phone, "Hello?")
    with transaction(shop.id) as session:
        assert inbox.thread_of(session, shop.id, text_id).conversation.contact_id is None
    contact_id = add_contact(shop.id, phone=phone)
    assert listing(shop)[0].contact_id == contact_id
    assert [entry.text for entry in thread(shop, contact_id).entries] == ["Hello?"]
    with transaction(shop.id) as session:
        assert inbox.thread_of(session, shop.id, text_id) == thread(shop, contact_id)
        contacts.delete(session, shop.id, contact_id)
    assert listing(shop)[0].contact_id is None


def test_reading_marks_what_was_shown_and_nothing_newer(
    shop: ShopUnderTest, maria: tuple[int, str]
) -> None:
    contact_id, phone = maria
    hear(shop, phone, "One", contact_id)
    seen = thread(shop, contact_id)
    second = hear(shop, phone, "Two", contact_id)
    with transaction(shop.id) as session:
        assert inbox.mark_read(session, shop.id, seen) == 1
        assert inbox.mark_read(session, shop.id, seen) == 0
        assert inbox.pulse(session, shop.id) == Pulse(second, 1)
    assert [entry.is_read for entry in thread(shop, contact_id).entries] == [True, False]


def test_an_answer_goes_through_the_pipeline_without_lines_at_its_end(
    shop: ShopUnderTest, maria: tuple[int, str]
) -> None:
    contact_id, phone = maria
    hear(shop, phone, "Are you open?", contact_id)
    clock.shift(NOON + timedelta(hours=12) - datetime.now(UTC))
    sent = reply(shop, contact_id, "Yes, {{first_name}}, until nine.")
    assert (sent.text, sent.credits) == ("Yes, Maria, until nine.", 1)
    [message] = rows(shop, "message")
    assert (message["kind"], message["text"], message["created_by"]) == (
        "direct",
        sent.text,
        shop.owner.user_id,
    )
    with system_transaction() as session:
        # At night, too: somebody asked.
        found = claiming.claim(session, at_most=1)
    assert isinstance(found, Claimed)
    question, answer = thread(shop, contact_id).entries
    assert question.is_read and (question.kind, question.direction) == ("inbound", "in")
    assert (answer.kind, answer.direction, answer.status) == ("direct", "out", "sending")
    assert listing(shop)[0].last_direction == "out" and listing(shop)[0].unread == 0


def test_who_is_written_to_first_can_get_out(shop: ShopUnderTest, maria: tuple[int, str]) -> None:
    contact_id, _ = maria
    assert thread(shop, contact_id).entries == []
    text, way_out = reply(shop, contact_id, "Your order has come.").text.split("\n")
    assert text == "Your order has come." and "/s/" in way_out and "/o/" not in way_out


def test_an_address_in_an_answer_is_shortened(shop: ShopUnderTest, maria: tuple[int, str]) -> None:
    contact_id, phone = maria
    hear(shop, phone, "Where?", contact_id)
    assert reply(shop, contact_id, "Here: https://example.com/map").text.endswith(".1")


def test_a_thread_shows_what_the_shop_sent_besides(
    shop: ShopUnderTest, maria: tuple[int, str]
) -> None:
    from tests.support.messages import add_message

    contact_id, phone = maria
    add_message(shop, phone=phone)
    add_message(shop, phone=phone, kind="test")
    clock.shift(NOON + timedelta(hours=1) - datetime.now(UTC))
    hear(shop, phone, "Is this still on?", contact_id)
    kinds = [(entry.kind, entry.status) for entry in thread(shop, contact_id).entries]
    assert kinds == [("campaign", "delivered"), ("inbound", None)]


def test_nobody_is_answered_who_has_said_no(shop: ShopUnderTest, maria: tuple[int, str]) -> None:
    contact_id, phone = maria
    hear(shop, phone, "Hm", contact_id)
    with transaction(shop.id) as session:
        consent.suppress(session, shop.id, phone_hmac(phone), reason="test")
    with pytest.raises(Conflict) as refused:
        reply(shop, contact_id, "Hello")
    assert refused.value.code == "not_subscribed"
    other = add_contact(shop.id, subscribed=False)
    with pytest.raises(Conflict):
        reply(shop, other, "Hello")
    assert rows(shop, "message") == []


def test_the_gates_are_those_of_a_campaign(new_shop: Any) -> None:
    lapsed, poor = new_shop(active=False), new_shop(credits=0)
    for shop, code in ((lapsed, "subscription_inactive"), (poor, "insufficient_credits")):
        contact_id = add_contact(shop.id)
        with pytest.raises(PaymentRequired) as refused:
            reply(shop, contact_id, "Hello")
        assert refused.value.code == code
        assert rows(shop, "message") == [] and rows(shop, "conversation_message") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" \n", "empty_message"),
        ("Hi {{nickname}}", "unknown_token"),
        ("x" * 2001, "invalid"),
        ("See https://127.0.0.1/", "invalid_url"),
    ],
)
def test_texts_that_are_refused(
    shop: ShopUnderTest, maria: tuple[int, str], text: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        reply(shop, maria[0], text)
    assert refused.value.code == code
    assert [error["field"] for error in refused.value.errors] == ["text"]


def test_another_shop_sees_nothing(two_shops: tuple[ShopUnderTest, ShopUnderTest]) -> None:
    mine, other = two_shops
    phone = new_phone()
    contact_id = add_contact(other.id, phone=phone)
    text_id = hear(other, phone, "Hello", contact_id)
    assert listing(mine) == []
    with transaction(mine.id) as session:
        for ask in (inbox.thread, inbox.thread_of):
            with pytest.raises(NotFound):
                ask(session, mine.id, contact_id if ask is inbox.thread else text_id)
    with pytest.raises(NotFound):
        reply(mine, contact_id, "Hello")


def test_erased_people_are_in_no_conversation(shop: ShopUnderTest, maria: tuple[int, str]) -> None:
    contact_id, phone = maria
    hear(shop, phone, "Forget me", contact_id)
    with transaction(shop.id) as session:
        erasing.erase(session, shop.id, contact_id, actor="tests")
    assert listing(shop) == []
    with transaction(shop.id) as session:
        assert inbox.pulse(session, shop.id).unread == 0


@pytest.mark.parametrize(
    ("sender", "can"), [("Elaia", False), ("", False), ("306900000000", True), ("54321", True)]
)
def test_a_number_can_be_answered_and_a_name_cannot(
    shop: ShopUnderTest, sender: str, can: bool
) -> None:
    with transaction(shop.id) as session:
        changed = shops.change(session, shop.id, shop.owner, {"sender_name": sender})
    assert replies.can_receive(changed) is can
    assert replies.sender_of(changed) == (sender or "Astronote")
