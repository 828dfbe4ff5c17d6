"""What shoppers write back: STOP is obeyed everywhere, START where STOP had ended it."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.services import consent, inbound, operating, shops, webhook_events
from astronote.settings import settings
from tests.support import outbox
from tests.support.outbox import Outbox
from tests.support.shops import ShopUnderTest


def say(text: str, sender: str, to: str = "", **more: str) -> None:
    """A phone sends a text, and it is applied."""
    with system_transaction() as session:
        webhook_events.store_inbound(session, [{"from": sender, "to": to, "text": text, **more}])
    while True:
        with system_transaction() as session:
            if not inbound.apply_next(session):
                return


def contact(made: Outbox) -> Any:
    with transaction(made.shop_id) as session:
        return session.execute(sa.text("SELECT * FROM contact ORDER BY id LIMIT 1")).one()


def inbox(shop_id: int) -> list[Any]:
    with transaction(shop_id) as session:
        return list(session.execute(sa.text("SELECT * FROM conversation_message ORDER BY id")))


def sent(made: Outbox) -> Outbox:
    """As if its messages had been sent."""
    made.change(
        "UPDATE message SET status = 'sent', sent_at = now(), billing_status = 'none'"
        " WHERE batch_id = ANY(:of)",
        of=made.batch_ids,
    )
    made.change("DELETE FROM credit_reservation")
    made.change("UPDATE wallet SET reserved = 0")
    return made


def outcomes() -> list[str]:
    with system_transaction() as session:
        found = session.execute(sa.text("SELECT state FROM webhook_event ORDER BY id"))
        return list(found.scalars())


@pytest.mark.parametrize("spelling", ["+{}", "{}", "00{}"])
def test_stop_ends_every_shops_subscription(
    two_shops: tuple[ShopUnderTest, ShopUnderTest], spelling: str
) -> None:
    both = [sent(outbox.campaign(shop.id, 1)) for shop in two_shops]
    number = str(contact(both[0]).phone).lstrip("+")
    say("στοπ", spelling.format(number))
    for made in both:
        person = contact(made)
        assert (person.is_subscribed, person.opted_out_by) == (False, "person")
        with transaction(made.shop_id) as session:
            (event, *_) = consent.history(session, made.shop_id, person.id)
            assert (event.source, event.text) == ("keyword", "στοπ")
            assert event.message_id == made.messages()[0].id
            assert consent.is_suppressed(session, made.shop_id, person.phone)


def test_a_national_number_is_read_in_the_shops_country(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 1)
    made.change("UPDATE shop SET sender_name = 'Corner'")
    say("STOP", str(contact(made).phone).removeprefix("+30"), to="corner")
    assert not contact(made).is_subscribed


def test_stop_suppresses_a_phone_that_no_shop_knows(shop: ShopUnderTest) -> None:
    say("STOP", "+306977777777")
    with transaction(shop.id) as session:
        assert consent.is_suppressed(session, shop.id, "+306977777777")


def test_start_undoes_a_stop_and_nothing_else(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    one, two = (outbox.campaign(shop.id, 1) for shop in two_shops)
    with transaction(two.shop_id) as session:
        consent.unsubscribe(
            session, two.shop_id, contact(two).id, source="unsubscribe_link", actor="person"
        )
    phone = contact(one).phone
    say("STOP", phone)
    say("START", phone)
    assert contact(one).is_subscribed
    assert not contact(two).is_subscribed
    say("STOP", phone)
    assert not contact(one).is_subscribed
    assert outcomes() == ["applied"] * 3


@pytest.mark.parametrize("by", ["merchant", "nobody"])
def test_start_is_no_consent_where_there_was_none(shop: ShopUnderTest, by: str) -> None:
    made = outbox.campaign(shop.id, 1)
    person = contact(made)
    if by == "merchant":
        with transaction(shop.id) as session:
            consent.unsubscribe(session, shop.id, person.id, source="merchant", actor="merchant")
    else:
        made.change(
            "UPDATE contact SET is_subscribed = false, sms_consent_status = 'unknown'"
            " WHERE id = :id",
            id=person.id,
        )
    say("STOP", person.phone)
    assert contact(made).opted_out_by == "person"
    say("START", person.phone)
    assert not contact(made).is_subscribed


@pytest.mark.parametrize(
    ("word", "subscribed"),
    [
        ("ΔΙΑΓΡΑΦΗ", False),
        ("διακοπή", False),
        ("Στοπ παρακαλώ", False),
        ("ΤΕΛΟΣ", False),
        ("το τέλος της προσφοράς;", True),
        ("ΕΝΑΡΞΗ", True),
        ("βοήθεια", True),
    ],
)
def test_greek_words_are_obeyed(shop: ShopUnderTest, word: str, subscribed: bool) -> None:
    made = sent(outbox.campaign(shop.id, 1))
    say(word, contact(made).phone)
    assert contact(made).is_subscribed is subscribed


def test_other_texts_go_to_the_inbox_of_the_shop_that_wrote_last(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    one, two = (sent(outbox.campaign(shop.id, 1)) for shop in two_shops)
    phone = contact(one).phone
    say("When does the sale end?", phone, to="12345", id="a")
    assert inbox(one.shop_id) == []
    (kept,) = inbox(two.shop_id)
    assert (kept.text, kept.phone, kept.contact_id, kept.marked) == (
        "When does the sale end?",
        phone,
        contact(two).id,
        "opt_out_word",
    )
    one.change("UPDATE shop SET sender_name = 'First'")
    say("Thanks", phone, to="FIRST")
    (kept,) = inbox(one.shop_id)
    assert (kept.text, kept.marked) == ("Thanks", None)


@pytest.mark.parametrize("name", ["12345", "+306900000000"])
def test_a_shop_cannot_take_anothers_texts_by_calling_itself_like_it(
    two_shops: tuple[ShopUnderTest, ShopUnderTest], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """By a name that nobody approved, or by the number that all shops share."""
    monkeypatch.setenv("REQUIRE_SENDER_APPROVAL", "1")
    monkeypatch.setenv("MITTO_SENDER", "306900000000")
    settings.cache_clear()
    wrote, other = two_shops
    made = sent(outbox.campaign(wrote.id, 1))
    with transaction(other.id) as session:
        shops.change(session, other.id, other.owner, {"sender_name": name})
    if name != "12345":
        with system_transaction() as session:
            operating.approve_sender(session, "operator:1", other.id)
    say("My name is Maria", contact(made).phone, to=name)
    assert inbox(other.id) == []
    assert [kept.text for kept in inbox(wrote.id)] == ["My name is Maria"]
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("sender", ["MyBank", "12", "+", "+306911111111"])
def test_what_cannot_be_placed_is_kept_as_it_came(shop: ShopUnderTest, sender: str) -> None:
    say("hello", sender)
    assert outcomes() == ["ignored"]
    assert inbox(shop.id) == []


def test_help_is_answered_once_a_day(shop: ShopUnderTest) -> None:
    made = sent(outbox.campaign(shop.id, 1))
    made.change("UPDATE shop SET support_contact = 'help@corner.gr', locale = 'en'")
    phone = contact(made).phone

    def answers() -> list[Any]:
        with transaction(shop.id) as session:
            return list(session.execute(sa.text("SELECT * FROM message WHERE kind = 'help'")))

    say("HELP", phone, id="1")
    say("help", phone, id="2")
    (answer,) = answers()
    assert "help@corner.gr" in answer.text and answer.purpose == "service"
    clock.shift(timedelta(hours=25))
    say("INFO", phone, id="3")
    assert len(answers()) == 2


def test_help_that_cannot_be_paid_for_harms_nothing(shop: ShopUnderTest) -> None:
    made = sent(outbox.campaign(shop.id, 1))
    made.change("UPDATE subscription SET status = 'cancelled'")
    phone = contact(made).phone
    say("HELP", phone)
    say("STOP", phone)
    assert outcomes() == ["parked", "applied"]
    assert not contact(made).is_subscribed


def test_a_text_that_cannot_be_applied_is_parked_and_stops_no_other(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sent(outbox.campaign(shop.id, 1))
    phone = contact(made).phone
    # A row that no table takes: the inbox refuses whoever writes "boom".
    monkeypatch.setattr(
        inbound, "_KEEP", sa.text("SELECT 1 / (:text <> 'boom')::int, :shop, :phone, :hash")
    )
    say("boom", phone)
    say("STOP", phone)
    assert outcomes() == ["parked", "applied"]
    assert not contact(made).is_subscribed
