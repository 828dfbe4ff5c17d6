"""Contacts: making, changing, deleting, many at once, two shops apart."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from astronote.db import transaction
from astronote.errors import AstronoteError, Conflict, Invalid, NotFound
from astronote.services import consent, contact_bulk, contact_search, contacts, lists
from astronote.services.contact_search import ContactFilter, Selection
from tests.support.people import Add, ids
from tests.support.shops import ShopUnderTest


def test_a_contact_is_stored_clean_and_not_subscribed(add: Add) -> None:
    made = add(
        1,
        email=" Maria@Shop.GR ",
        first_name="  Μαρία\t Α. ",
        last_name="",
        gender="female",
        birthday="1990-02-28",
        tags=["vip", " vip ", "new  shop"],
    )
    assert made.phone == "+306900000001"
    assert (made.email, made.first_name, made.last_name) == ("maria@shop.gr", "Μαρία Α.", None)
    assert (made.birthday, made.tags) == (date(1990, 2, 28), ("vip", "new shop"))
    assert not made.is_subscribed and made.sms_consent_status == "unknown"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"phone": "210 1234567"}, "invalid_phone", "phone"),
        ({"phone": None}, "invalid_phone", "phone"),
        ({"email": "maria@"}, "invalid_email", "email"),
        ({"birthday": "31/12/1990"}, "invalid_birthday", "birthday"),
        ({"birthday": "1990-02-30"}, "invalid_birthday", "birthday"),
        ({"birthday": "2999-01-01"}, "invalid_birthday", "birthday"),
        ({"gender": "m"}, "invalid", "gender"),
        ({"first_name": "x" * 101}, "invalid", "firstName"),
        ({"tags": ["x" * 51]}, "invalid", "tags"),
    ],
)
def test_a_wrong_field_is_refused_by_name(
    add: Add, values: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add(1, **values)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_every_wrong_field_is_named(add: Add) -> None:
    with pytest.raises(Invalid) as refused:
        add(1, phone="12", email="x", birthday="x")
    assert [e["field"] for e in refused.value.errors] == ["phone", "email", "birthday"]


def test_a_phone_belongs_to_one_contact_of_a_shop(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    first, second = add(1), add(2)
    with pytest.raises(Conflict) as refused:
        add(3, phone="0030 690 000 0001")
    assert refused.value.code == "duplicate_phone"
    with pytest.raises(Conflict) as refused:
        contacts.change(
            session, shop.id, second.id, {"phone": first.phone}, source="form", actor="user:1"
        )
    assert refused.value.code == "duplicate_phone"
    # The refusal undid itself alone: the work goes on.
    assert contacts.get(session, shop.id, second.id).phone == second.phone


def test_only_what_is_given_changes(session: Session, shop: ShopUnderTest, add: Add) -> None:
    made = add(1, first_name="Maria", email="m@shop.gr", is_subscribed=True)
    changed = contacts.change(
        session, shop.id, made.id, {"email": None, "tags": ["a"]}, source="form", actor="user:1"
    )
    assert (changed.email, changed.first_name, changed.tags) == (None, "Maria", ("a",))
    assert changed.is_subscribed


def test_a_subscription_is_changed_through_consent(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    made = add(1, is_subscribed=True)
    for wanted in (False, False, True, True):
        contacts.change(
            session, shop.id, made.id, {"is_subscribed": wanted}, source="form", actor="user:1"
        )
    actions = [e.action for e in consent.history(session, shop.id, made.id)]
    assert actions == ["opted_in", "opted_out", "opted_in"]


def test_deleting_keeps_a_persons_opt_out_and_nobody_elses(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    person, merchant = add(1, is_subscribed=True), add(2, is_subscribed=True)
    consent.unsubscribe(session, shop.id, person.id, source="preferences", actor="person")
    consent.unsubscribe(session, shop.id, merchant.id, source="merchant", actor="user:1")
    contacts.delete(session, shop.id, person.id)
    contacts.delete(session, shop.id, merchant.id)
    with pytest.raises(Conflict) as refused:
        add(1, is_subscribed=True)
    assert refused.value.code == "opted_out_by_person"
    assert add(2, is_subscribed=True).is_subscribed


def test_a_subscribed_contact_cannot_take_a_suppressed_phone(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    gone = add(1, is_subscribed=True)
    consent.unsubscribe(session, shop.id, gone.id, source="unsubscribe_link", actor="person")
    contacts.delete(session, shop.id, gone.id)
    other, silent = add(2, is_subscribed=True), add(3)
    change: Any = {"phone": gone.phone}
    with pytest.raises(Conflict):
        contacts.change(session, shop.id, other.id, change, source="form", actor="user:1")
    contacts.change(session, shop.id, silent.id, change, source="form", actor="user:1")
    with pytest.raises(Conflict):
        contacts.change(
            session, shop.id, silent.id, {"is_subscribed": True}, source="form", actor="user:1"
        )


def test_many_are_subscribed_by_the_same_rules_as_one(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    plain, merchant, person, already = add(1), add(2), add(3), add(4, is_subscribed=True)
    consent.unsubscribe(session, shop.id, merchant.id, source="merchant", actor="user:1")
    consent.unsubscribe(session, shop.id, person.id, source="unsubscribe_link", actor="person")
    everyone = Selection(filter=ContactFilter())
    proof = consent.Evidence(text="Signed at the till", text_version="2")
    done = contact_bulk.subscribe(
        session, shop.id, everyone, source="merchant", actor="user:1", proof=proof
    )
    assert (done.changed, done.refused) == (2, 1)
    one, many = add(5), contacts.get(session, shop.id, plain.id)
    consent.subscribe(
        session,
        shop.id,
        one.id,
        source="merchant",
        actor="user:1",
        proof=consent.Evidence("Signed at the till", "2"),
    )
    one = contacts.get(session, shop.id, one.id)
    same = ("is_subscribed", "sms_consent_status", "sms_consent_source", "gdpr_consent_source")
    same += ("gdpr_consent_version", "consent_evidence", "opted_out_by", "unsubscribed_at")
    assert all(getattr(one, name) == getattr(many, name) for name in same)
    events = [consent.history(session, shop.id, c.id)[0] for c in (one, many)]
    assert events[0].text == events[1].text and events[0].action == events[1].action

    done = contact_bulk.unsubscribe(session, shop.id, everyone, source="merchant", actor="user:1")
    assert done.changed == 4
    assert contacts.get(session, shop.id, person.id).opted_out_by == "person"
    assert contacts.get(session, shop.id, already.id).opted_out_by == "merchant"


def test_many_are_tagged_and_deleted(session: Session, shop: ShopUnderTest, add: Add) -> None:
    first, second, third = add(1, tags=["a"]), add(2), add(3)
    both = Selection(ids=(first.id, second.id, 10**12))
    assert contact_bulk.tag(session, shop.id, both, ["b", "a"]).changed == 2
    assert contacts.get(session, shop.id, first.id).tags == ("a", "b")
    assert contacts.get(session, shop.id, second.id).tags == ("b", "a")
    assert contact_bulk.untag(session, shop.id, both, ["a"]).changed == 2
    consent.unsubscribe(session, shop.id, first.id, source="keyword", actor="person")
    assert contact_bulk.delete(session, shop.id, both).changed == 2
    assert ids(contact_search.search(session, shop.id).items) == [third.id]
    assert consent.is_suppressed(session, shop.id, first.phone)
    assert not consent.is_suppressed(session, shop.id, second.phone)


def test_another_shop_sees_and_changes_nothing(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    here, there = two_shops
    with transaction(here.id) as session:
        values: Any = {"phone": "6912345678", "first_name": "Maria"}
        made = contacts.create(session, here.id, values, source="form", actor="user:1")
        own = lists.create(session, here.id, "Best")
    assert own.id is not None
    theirs: list[Callable[[Session], object]] = [
        lambda s: contacts.get(s, there.id, made.id),
        lambda s: contacts.delete(s, there.id, made.id),
        lambda s: contacts.change(
            s, there.id, made.id, {"first_name": "X"}, source="form", actor="x"
        ),
        lambda s: lists.get(s, there.id, own.id or 0),
        lambda s: lists.add(s, there.id, own.id or 0, Selection(ids=(made.id,))),
        lambda s: contact_search.search(s, there.id, ContactFilter(list=own.id)),
    ]
    for attempt in theirs:
        with pytest.raises(AstronoteError) as refused, transaction(there.id) as session:
            attempt(session)
        assert isinstance(refused.value, NotFound)
    with transaction(there.id) as session:
        assert contact_search.search(session, there.id, ContactFilter(q="maria")).total == 0
        assert contact_bulk.delete(session, there.id, Selection(ids=(made.id,))).changed == 0
        # The same phone is another person's business in another shop.
        contacts.create(session, there.id, values, source="form", actor="user:2")
    with transaction(here.id) as session:
        assert contacts.get(session, here.id, made.id).first_name == "Maria"
