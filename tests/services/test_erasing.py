"""Erasing a person: what is redacted, what stays, whom it does not touch."""

from typing import Any

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.errors import NotFound
from astronote.models import (
    ConversationMessage,
    ImportJob,
    ImportRow,
    PublicLinkToken,
    PublicSignupEvent,
    WebhookEvent,
)
from astronote.security import digest, phone_hmac
from astronote.services import consent, contacts, erasing
from tests.support.shops import ShopUnderTest

PHONE, OTHER = "+306912345678", "+306987654321"


def furnish(shop: ShopUnderTest, phone: str) -> int:
    """A contact with a trace in every table that names a person."""
    national = phone.removeprefix("+30")
    with transaction(shop.id) as session:
        values: Any = {"phone": phone, "first_name": "Maria", "is_subscribed": True}
        proof = consent.Evidence(text=f"signed by {phone}", ip="203.0.113.9", user_agent="Phone")
        made = contacts.create(session, shop.id, values, source="join", actor="person", proof=proof)
        link = PublicLinkToken(shop_id=shop.id, kind="join", name="x", token=f"t{phone}")
        job = ImportJob(shop_id=shop.id, file_name="a", file_path="")
        session.add_all([link, job])
        session.flush()
        session.add_all(
            [
                ConversationMessage(
                    shop_id=shop.id,
                    contact_id=made.id,
                    phone=phone,
                    phone_hash=phone_hmac(phone),
                    text="I am Maria",
                ),
                PublicSignupEvent(
                    shop_id=shop.id,
                    link_id=link.id or 0,
                    contact_id=made.id,
                    outcome="joined",
                    ip="203.0.113.9",
                    user_agent="Phone",
                ),
                ImportRow(
                    job_id=job.id or 0,
                    row_number=2,
                    shop_id=shop.id,
                    outcome="rejected",
                    cells=[f"{national[:3]} {national[3:]}", "Maria"],
                    errors=[{"field": "email", "value": "maria@", "message": "No."}],
                ),
            ]
        )
    with system_transaction() as session:
        session.add(
            WebhookEvent(
                provider="mitto",
                kind="inbound",
                body={"from": phone, "text": "I am Maria"},
                body_hash=digest(phone),
                state="applied",
            )
        )
    return made.id


def trace(shop: ShopUnderTest, word: str) -> list[str]:
    """The tables of the database in which ``word`` stands anywhere."""
    tables = ("contact", "consent_event", "conversation_message", "public_signup_event")
    tables += ("import_row", "webhook_event", "message", "suppression")
    with transaction(shop.id) as session:
        return [
            table
            for table in tables
            if session.scalar(
                sa.text(f"SELECT count(*) FROM {table} t WHERE strpos(t::text, :word) > 0"),
                {"word": word},
            )
        ]


def test_no_name_phone_or_address_is_left(shop: ShopUnderTest) -> None:
    contact_id = furnish(shop, PHONE)
    words = ("Maria", "912345678", "203.0.113.9", "maria@", phone_hmac(PHONE).hex())
    assert all(trace(shop, word) for word in words)
    with transaction(shop.id) as session:
        erasing.erase(session, shop.id, contact_id, actor="user:1")
    assert [trace(shop, word) for word in words] == [[], [], [], [], ["suppression"]]
    with transaction(shop.id) as session:
        assert consent.is_suppressed(session, shop.id, PHONE)
        asked = sa.text("SELECT action FROM consent_event WHERE contact_id = :contact ORDER BY id")
        actions = session.execute(asked, {"contact": contact_id}).scalars().all()
    assert actions == ["opted_in", "erased"]


def test_nobody_else_is_touched(two_shops: tuple[ShopUnderTest, ShopUnderTest]) -> None:
    here, there = two_shops
    contact_id = furnish(here, PHONE)
    furnish(here, OTHER)
    with transaction(there.id) as session:
        values: Any = {"phone": PHONE, "first_name": "Maria", "is_subscribed": True}
        theirs = contacts.create(session, there.id, values, source="form", actor="user:2")
    with transaction(here.id) as session:
        erasing.erase(session, here.id, contact_id, actor="user:1")
    assert len(trace(here, "987654321")) == 4
    with transaction(there.id) as session:
        assert contacts.get(session, there.id, theirs.id) == theirs
        assert not consent.is_suppressed(session, there.id, PHONE)
        with pytest.raises(NotFound):
            erasing.erase(session, there.id, contact_id, actor="user:2")
