"""One contact's own page: what it shows, what may be done there, whose it is."""

from typing import Any

import pytest

from astronote import db
from astronote.services import consent, contacts
from astronote.state.contact_form import ContactFormState
from astronote.state.contact_page import ContactState
from tests.support.api import ApiClient
from tests.support.campaigns import on_page
from tests.support.events import Answer, Tab
from tests.support.messages import add_message
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest

PAGE = ContactState.get_full_name()
FORM = ContactFormState.get_full_name()


def on_one(shop: ShopUnderTest, contact_id: int | str, *events: Any) -> Answer:
    """Load the page, send ``events`` (names, or pairs with a payload); the last answer."""

    async def doing(tab: Tab) -> Answer:
        answer = await tab.send(f"{PAGE}.load")
        for event in events:
            name, payload = event if isinstance(event, tuple) else (event, {})
            answer = await tab.send(name, payload)
        return answer

    found: Answer = on_page(shop, f"/app/contacts/{contact_id}", doing)
    return found


def field(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def of_card(answer: Answer, name: str) -> Any:
    return field(answer.var("card", ContactState), name)


def subscribed(shop: ShopUnderTest, contact_id: int) -> bool:
    with db.transaction(shop.id) as session:
        return contacts.get(session, shop.id, contact_id).is_subscribed


def unsubscribe(shop: ShopUnderTest, contact_id: int, **how: Any) -> None:
    with db.transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, contact_id, **how)


def test_the_page_shows_person_messages_and_consent(shop: ShopUnderTest) -> None:
    sent = add_message(shop)
    unsubscribe(
        shop,
        sent.contact_id,
        source="unsubscribe_link",
        actor="person",
        proof=consent.Evidence(message_id=sent.id),
    )
    answer = on_one(shop, sent.contact_id)
    assert (of_card(answer, "name"), of_card(answer, "phone")) == (
        "Μαρία Παπαδοπούλου",
        "+306912345678",
    )
    (change,) = answer.var("history", ContactState)
    assert field(change, "what") == "Unsubscribed by the unsubscribe link"
    assert (field(change, "by"), field(change, "message_id")) == ("the person", sent.id)
    (message,) = answer.var("messages", ContactState)
    assert (field(message, "text"), field(message, "status_words")) == ("Hello", "Delivered")
    assert answer.var("shown", ContactState) == "1 message"


def test_why_a_person_cannot_be_brought_back_is_said(shop: ShopUnderTest) -> None:
    person, phone = add_contact(shop.id), "+306900000777"
    unsubscribe(shop, person, source="keyword", actor="person", proof=consent.Evidence("STOP"))
    lock = of_card(on_one(shop, person), "lock")
    assert "opted out by SMS" in lock and "Only they can subscribe again" in lock
    merchants = add_contact(shop.id, phone=phone)
    unsubscribe(shop, merchants, source="merchant", actor="user:1")
    assert of_card(on_one(shop, merchants), "lock") == ""


def test_whom_the_merchant_unsubscribed_the_merchant_subscribes_again(
    shop: ShopUnderTest,
) -> None:
    person = add_contact(shop.id, phone="+306971234567")
    ask = (f"{FORM}.ask_unsubscribe", {"contact_id": person})
    answer = on_one(shop, person, ask, f"{FORM}.do_it")
    assert not subscribed(shop, person)
    assert of_card(answer, "is_subscribed") is False
    opened = on_one(shop, person, (f"{FORM}.subscribe", {"contact_id": person}))
    assert opened.var("subscribed", ContactFormState) is True
    given = {"phone": "+306971234567", "isSubscribed": "on", "consentSource": "Paper form"}
    saved = on_one(
        shop,
        person,
        (f"{FORM}.subscribe", {"contact_id": person}),
        (f"{FORM}.save", {"form": given}),
    )
    assert subscribed(shop, person)
    assert of_card(saved, "is_subscribed") is True
    assert [field(line, "by") for line in saved.var("history", ContactState)] == ["you", "you"]


def test_erasing_says_how_much_and_leaves_nothing_personal(shop: ShopUnderTest) -> None:
    sent = add_message(shop)
    ask = (f"{FORM}.ask_erase", {"contact_id": sent.contact_id})
    asked = on_one(shop, sent.contact_id, ask)
    assert asked.var("asked", ContactFormState) == "erase"
    assert asked.var("asked_sent", ContactFormState) == "1 message"
    assert asked.var("asked_received", ContactFormState) == "0 texts"
    answer = on_one(shop, sent.contact_id, ask, f"{FORM}.do_it")
    assert "erased" in answer.said and "/app/contacts" in answer.said
    gone = on_one(shop, sent.contact_id)
    assert gone.var("missing", ContactState) is True
    with db.transaction(shop.id) as session:
        assert consent.is_suppressed(session, shop.id, sent.phone)


def test_after_deleting_the_list_is_shown(shop: ShopUnderTest) -> None:
    person = add_contact(shop.id)
    ask = (f"{FORM}.ask_delete", {"contact_id": person})
    answer = on_one(shop, person, ask, f"{FORM}.do_it")
    assert "Contact deleted." in answer.said and "/app/contacts" in answer.said


def test_messages_come_in_pages(shop: ShopUnderTest) -> None:
    for _ in range(12):
        person = add_message(shop).contact_id
    first = on_one(shop, person)
    assert (len(first.var("messages", ContactState)), first.var("has_next", ContactState)) == (
        10,
        True,
    )
    second = on_one(shop, person, f"{PAGE}.next_page")
    assert len(second.var("messages", ContactState)) == 2
    back = on_one(shop, person, f"{PAGE}.next_page", f"{PAGE}.previous_page")
    assert len(back.var("messages", ContactState)) == 10


@pytest.mark.parametrize("named", ["0", "x", "99999999999999999999", "-1"])
def test_an_address_of_nobody_says_so(shop: ShopUnderTest, named: str) -> None:
    answer = on_one(shop, named)
    assert answer.var("missing", ContactState) is True
    assert answer.var("error", ContactState) == "There is no such contact."


def test_another_shops_contact_does_not_exist(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    theirs = add_contact(other.id, first_name="Secret")
    answer = on_one(mine, theirs)
    assert answer.var("error", ContactState) == "There is no such contact."
    assert "Secret" not in str(answer.delta)
    for name in ("subscribe", "ask_erase"):
        refused = on_one(mine, 1, (f"{FORM}.{name}", {"contact_id": theirs}))
        assert "no such contact" in refused.said
        assert "Secret" not in str(refused.delta)


def test_the_proof_is_a_file_without_formulas(shop: ShopUnderTest, shop_api: ApiClient) -> None:
    person = add_contact(shop.id, first_name="=cmd()", subscribed=False)
    with db.transaction(shop.id) as session:
        consent.subscribe(
            session,
            shop.id,
            person,
            source="merchant",
            actor="user:1",
            proof=consent.Evidence("I want SMS"),
        )
    answer = shop_api.get(f"/api/contacts/{person}/consent?format=csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="consent-{person}.csv"'
    head, line = answer.text.splitlines()
    assert head.startswith("Phone,First name")
    assert "'=cmd()" in line and "I want SMS" in line and "opted_in" in line
