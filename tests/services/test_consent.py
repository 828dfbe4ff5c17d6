"""Consent: who may change it, what is kept of it, and what a phone's opt-out outlives."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, NotFound
from astronote.models import Contact
from astronote.security import phone_hmac
from astronote.services import consent
from tests.support.shops import ShopUnderTest

PHONE = "+306912345678"


def add_contact(session: Session, shop_id: int, phone: str = PHONE) -> int:
    contact = Contact(shop_id=shop_id, phone=phone, phone_hash=phone_hmac(phone))
    consent.begin(session, contact)
    session.add(contact)
    session.flush()
    assert contact.id is not None
    return contact.id


def test_subscribing_writes_the_proof_and_says_whether_it_changed(
    session: Session, shop: ShopUnderTest
) -> None:
    contact_id = add_contact(session, shop.id)
    changed = consent.subscribe(
        session,
        shop.id,
        contact_id,
        source="join",
        actor="person",
        proof=consent.Evidence("I agree", "3", "203.0.113.5", "Phone"),
    )
    again = consent.subscribe(session, shop.id, contact_id, source="join", actor="person")
    assert (changed, again) == (True, False)
    contact = session.get_one(Contact, contact_id)
    assert contact.is_subscribed and contact.sms_consent_status == "opted_in"
    assert (contact.gdpr_consent_source, contact.gdpr_consent_version) == ("join", "3")
    assert contact.consent_evidence == "I agree"
    (event,) = consent.history(session, shop.id, contact_id)
    assert (event.action, event.source, event.text, event.ip, event.user_agent) == (
        "opted_in",
        "join",
        "I agree",
        "203.0.113.5",
        "Phone",
    )


def test_a_merchant_may_undo_his_own_unsubscribing(session: Session, shop: ShopUnderTest) -> None:
    contact_id = add_contact(session, shop.id)
    for _ in range(2):
        assert consent.subscribe(session, shop.id, contact_id, source="merchant", actor="user:1")
        assert consent.unsubscribe(session, shop.id, contact_id, source="merchant", actor="user:1")
    assert not consent.is_suppressed(session, shop.id, PHONE)
    actions = [e.action for e in consent.history(session, shop.id, contact_id)]
    assert actions == ["opted_out", "opted_in", "opted_out", "opted_in"]


def test_who_opted_out_by_own_act_comes_back_by_own_act_only(
    session: Session, shop: ShopUnderTest
) -> None:
    contact_id = add_contact(session, shop.id)
    consent.subscribe(session, shop.id, contact_id, source="form", actor="user:1")
    consent.unsubscribe(session, shop.id, contact_id, source="unsubscribe_link", actor="person")
    with pytest.raises(Conflict) as refused:
        consent.subscribe(session, shop.id, contact_id, source="api", actor="user:1")
    assert refused.value.code == "opted_out_by_person"
    assert consent.subscribe(
        session, shop.id, contact_id, source="resubscribe_link", actor="person"
    )
    assert not consent.is_suppressed(session, shop.id, PHONE)


def test_a_persons_opt_out_outweighs_the_merchants(session: Session, shop: ShopUnderTest) -> None:
    contact_id = add_contact(session, shop.id)
    consent.subscribe(session, shop.id, contact_id, source="form", actor="user:1")
    consent.unsubscribe(session, shop.id, contact_id, source="merchant", actor="user:1")
    was = consent.unsubscribe(
        session, shop.id, contact_id, source="unsubscribe_link", actor="person"
    )
    assert not was
    with pytest.raises(Conflict):
        consent.subscribe(session, shop.id, contact_id, source="merchant", actor="user:1")


def test_a_new_contact_with_a_suppressed_phone_begins_opted_out(
    session: Session, shop: ShopUnderTest
) -> None:
    consent.unsubscribe_phone(
        session, shop.id, phone_hmac(PHONE), source="unsubscribe_link", actor="person"
    )
    contact_id = add_contact(session, shop.id)
    assert session.get_one(Contact, contact_id).sms_consent_status == "opted_out"
    with pytest.raises(Conflict):
        consent.subscribe(session, shop.id, contact_id, source="import", actor="system")


def test_a_join_waits_as_pending_and_a_subscribed_contact_never_does(
    session: Session, shop: ShopUnderTest
) -> None:
    contact_id = add_contact(session, shop.id)
    assert consent.mark_pending(session, shop.id, contact_id, source="join", actor="person")
    assert not consent.mark_pending(session, shop.id, contact_id, source="join", actor="person")
    consent.subscribe(session, shop.id, contact_id, source="join", actor="person")
    assert not consent.mark_pending(session, shop.id, contact_id, source="join", actor="person")


@pytest.mark.parametrize("source", ["keyword", "unsubscribe_link", "merchant"])
def test_who_leaves_again_is_not_waited_for_any_more(
    session: Session, shop: ShopUnderTest, source: consent.Source
) -> None:
    contact_id = add_contact(session, shop.id)
    consent.unsubscribe(session, shop.id, contact_id, source="unsubscribe_link", actor="person")
    consent.mark_pending(session, shop.id, contact_id, source="join", actor="person")
    consent.unsubscribe(session, shop.id, contact_id, source=source, actor="x")
    person = session.get_one(Contact, contact_id)
    assert (person.sms_consent_status, person.opted_out_by) == ("opted_out", "person")
    newest = consent.history(session, shop.id, contact_id)[0]
    assert (newest.action, newest.source) == ("opted_out", source)


def test_a_global_suppression_is_lifted_for_one_shop_only(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    here, there = two_shops
    with transaction(here.id) as session:
        contact_id = add_contact(session, here.id)
    with system_transaction() as session:
        session.execute(
            sa.text("INSERT INTO global_suppression VALUES (:h, 'keyword', now())"),
            {"h": phone_hmac(PHONE)},
        )
    with transaction(here.id) as session:
        assert consent.is_suppressed(session, here.id, PHONE)
        consent.subscribe(session, here.id, contact_id, source="join", actor="person")
        assert not consent.is_suppressed(session, here.id, PHONE)
    with transaction(there.id) as session:
        assert consent.is_suppressed(session, there.id, PHONE)


def test_another_shops_contact_cannot_be_found(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    here, there = two_shops
    with transaction(here.id) as session:
        contact_id = add_contact(session, here.id)
        consent.unsubscribe(session, here.id, contact_id, source="keyword", actor="person")
    with transaction(there.id) as session:
        with pytest.raises(NotFound):
            consent.subscribe(session, there.id, contact_id, source="form", actor="user:1")
        with pytest.raises(NotFound):
            consent.history(session, there.id, contact_id)
        assert not consent.is_suppressed(session, there.id, PHONE)


def test_the_history_can_be_neither_rewritten_nor_deleted(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        contact_id = add_contact(session, shop.id)
        consent.subscribe(session, shop.id, contact_id, source="form", actor="user:1")
    for statement in ("UPDATE consent_event SET action = 'opted_out'", "DELETE FROM consent_event"):
        with pytest.raises(ProgrammingError), transaction(shop.id) as session:
            session.execute(sa.text(statement))
