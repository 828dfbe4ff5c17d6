"""Imports: whom they may subscribe, whom never, and what is kept of it."""

from typing import Any

import pytest

from astronote.db import transaction
from astronote.errors import Invalid
from astronote.services import (
    consent,
    contacts,
)
from tests.support.importing import bring_in, counts, everybody, phone, upload
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import comma_separated

pytestmark = pytest.mark.usefixtures("uploads")


def test_no_unsubscribes_and_only_when_updating(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1), "", "", "", "", "", "yes")])
    no = [(phone(1), "", "", "", "", "", "no")]
    bring_in(shop, no)
    assert everybody(shop)[phone(1)].is_subscribed
    bring_in(shop, no, on_duplicate="update")
    ended = everybody(shop)[phone(1)]
    assert not ended.is_subscribed and ended.opted_out_by == "merchant"
    with transaction(shop.id) as session:
        events = consent.history(session, shop.id, ended.id)
    assert [(e.action, e.source) for e in events] == [
        ("opted_out", "import"),
        ("opted_in", "import"),
    ]


@pytest.mark.parametrize("source", ["unsubscribe_link", "merchant"])
def test_an_import_never_subscribes_again(shop: ShopUnderTest, source: Any) -> None:
    yes = [(phone(1), "", "", "", "", "", "yes"), (phone(2), "", "", "", "", "", "")]
    bring_in(shop, yes)
    contact = everybody(shop)[phone(1)]
    with transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, contact.id, source=source, actor="x")
    for options in ({}, {"on_duplicate": "update"}):
        bring_in(shop, yes, **options)
        assert not everybody(shop)[phone(1)].is_subscribed


def test_an_import_cannot_revive_whom_a_merchant_deleted_after_an_opt_out(
    shop: ShopUnderTest,
) -> None:
    yes = [(phone(n), "", "", "", "", "", "yes") for n in (1, 2)]
    bring_in(shop, yes)
    contact = everybody(shop)[phone(1)]
    with transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, contact.id, source="unsubscribe_link", actor="person")
        contacts.delete(session, shop.id, contact.id)
    assert counts(bring_in(shop, yes, on_duplicate="update")) == (1, 1, 0, 0)
    back = everybody(shop)[phone(1)]
    assert (back.is_subscribed, back.sms_consent_status) == (False, "opted_out")
    with transaction(shop.id) as session:
        assert consent.history(session, shop.id, back.id) == []


def test_yes_subscribes_an_existing_contact_whom_nobody_asked(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1), "", "", "", "", "", "")])
    bring_in(shop, [(phone(1), "", "", "", "", "", "yes")], on_duplicate="update")
    assert everybody(shop)[phone(1)].is_subscribed


def test_without_a_column_nobody_is_subscribed_unless_all_agreed(shop: ShopUnderTest) -> None:
    bring_in(shop, [(phone(1),)], headers=["Phone"])
    assert not everybody(shop)[phone(1)].is_subscribed
    bring_in(
        shop,
        [(phone(2),)],
        headers=["Phone"],
        consent_source="Paper form",
        consent_text="I agree to offers",
        consent_date="2026-01-15",
    )
    agreed = everybody(shop)[phone(2)]
    assert agreed.is_subscribed and agreed.consent_evidence == "I agree to offers"
    assert (agreed.gdpr_consent_source, agreed.sms_consent_source) == ("Paper form", "import")
    assert agreed.gdpr_consent_at is not None
    assert agreed.gdpr_consent_at.isoformat() == "2026-01-14T22:00:00+00:00"
    with transaction(shop.id) as session:
        (event,) = consent.history(session, shop.id, agreed.id)
    assert (event.action, event.source, event.text) == ("opted_in", "import", "I agree to offers")


def test_a_column_says_more_than_the_statement(shop: ShopUnderTest) -> None:
    rows = [(phone(n), "", "", "", "", "", answer) for n, answer in ((1, "yes"), (2, ""))]
    bring_in(shop, rows, consent_source="Paper form")
    made = everybody(shop)
    assert [made[phone(n)].is_subscribed for n in (1, 2)] == [True, False]
    assert made[phone(1)].gdpr_consent_source == "Paper form"


@pytest.mark.parametrize(
    "options",
    [
        {"consent_text": "wording without a source"},
        {"consent_source": "x" * 81},
        {"consent_source": "x", "consent_date": "yesterday"},
        {"consent_source": "x", "consent_date": "2999-01-01"},
    ],
)
def test_a_statement_must_be_whole(shop: ShopUnderTest, options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        upload(shop, comma_separated([(phone(1),)], ["Phone"]), **options)


def test_existing_customers_are_another_legal_basis(shop: ShopUnderTest) -> None:
    rows = [(phone(1),)]
    bring_in(shop, rows, headers=["Phone"])
    both = [*rows, (phone(2),)]
    bring_in(
        shop,
        both,
        headers=["Phone"],
        on_duplicate="update",
        consent_source="Existing customer",
    )
    for contact in everybody(shop).values():
        assert contact.is_subscribed and contact.gdpr_consent_at is None
        with transaction(shop.id) as session:
            (event,) = consent.history(session, shop.id, contact.id)
        assert (event.legal_basis, event.source) == ("existing_customer", "import")
