"""Rows that are written by the hundred thousand have triggers where others have keys."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy.exc import IntegrityError, OperationalError

from astronote.db import system_transaction, transaction
from tests.support.cluster import WorkerDatabase
from tests.support.messages import add_campaign, add_message, rows
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest

BULK = {"contact", "consent_event", "message"}
NOWHERE = 9_000_000_000

COPIED = """
    INSERT INTO message (shop_id, batch_id, kind, purpose, campaign_id, contact_id, phone,
                         phone_hash, text, encoding, parts, credits, status, billing_status,
                         tracking_id, short_code, created_at)
    SELECT new.shop_id, batch_id, kind, purpose, new.campaign_id, new.contact_id, phone,
           sha256(new.code::bytea), text, encoding, parts, credits, status, billing_status,
           new.code, new.code, created_at
    FROM message m, unnest(CAST(:shops AS bigint[]), CAST(:campaigns AS bigint[]),
                           CAST(:contacts AS bigint[]), CAST(:codes AS text[]))
                    AS new(shop_id, campaign_id, contact_id, code)
    WHERE m.id = :like
"""

Copy = Callable[..., None]


@pytest.fixture
def copy_message(shop: ShopUnderTest) -> Copy:
    """Writes messages in one statement, each with its shop, campaign and contact."""
    like = add_message(shop)

    def copy(*of: tuple[int, int | None, int | None]) -> None:
        shops, campaigns, contacts = zip(*of, strict=True)
        asked = {"shops": shops, "campaigns": campaigns, "contacts": contacts, "like": like.id}
        asked = {name: list(v) if isinstance(v, tuple) else v for name, v in asked.items()}
        with system_transaction() as session:
            codes = [f"copied-{n}" for n in range(len(of))]
            session.execute(sa.text(COPIED), {**asked, "codes": codes})

    return copy


def test_every_table_of_a_shop_asks_for_it_by_a_key_or_a_trigger(
    database: WorkerDatabase,
) -> None:
    with psycopg.connect(database.superuser_url) as connection:
        without_key = connection.execute("""
            SELECT c.relname, ARRAY(SELECT tgname::text FROM pg_trigger t
                                    WHERE t.tgrelid = c.oid AND tgenabled = 'O')
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'shop_id'
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid
                              AND k.contype = 'f' AND k.confrelid = 'shop'::regclass)
        """).fetchall()
    asking = {
        table for table, triggers in without_key if {"need_shop", "stay_in_shop"} <= {*triggers}
    }
    assert asking == BULK
    # Its rows name a message of the shop, and an invariant compares both.
    assert {table for table, _ in without_key} - asking == {"provider_message"}


def test_messages_of_a_shop_its_campaign_and_its_contact_are_taken(
    shop: ShopUnderTest, copy_message: Copy
) -> None:
    campaign, contact = add_campaign(shop), add_contact(shop.id)
    copy_message((shop.id, campaign, contact), (shop.id, campaign, None), (shop.id, None, contact))
    assert [m["contact_id"] for m in rows(shop, "message")][1:] == [contact, None, contact]


def test_a_message_to_nowhere_or_into_another_shop_is_refused_with_all_beside_it(
    new_shop: Callable[..., ShopUnderTest], shop: ShopUnderTest, copy_message: Copy
) -> None:
    other = new_shop()
    mine = (shop.id, add_campaign(shop), add_contact(shop.id))
    for foreign in (
        (shop.id, add_campaign(other), None),
        (shop.id, NOWHERE, None),
        (shop.id, None, add_contact(other.id)),
        (shop.id, None, NOWHERE),
        (NOWHERE, None, None),
    ):
        with pytest.raises(IntegrityError) as refused:
            copy_message(mine, foreign)
        assert isinstance(refused.value.orig, errors.ForeignKeyViolation)
    assert len(rows(shop, "message")) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO contact (shop_id, phone, phone_hash, is_subscribed, sms_consent_status,"
        " created_at, updated_at) VALUES (:nowhere, '+306900000000', '', false, 'unknown',"
        " now(), now())",
        "INSERT INTO consent_event (shop_id, contact_id, phone_hash, at, action, source,"
        " legal_basis, text, text_version, actor)"
        " VALUES (:nowhere, 1, '', now(), 'opted_in', 'api', 'consent', '', '', 'tests')",
        "UPDATE contact SET shop_id = :other",
        "UPDATE message SET shop_id = :other",
        "UPDATE message SET campaign_id = :campaign",
        "UPDATE message SET contact_id = :contact",
    ],
)
def test_no_row_is_made_in_or_moved_to_a_place_that_is_not_its_own(
    two_shops: tuple[ShopUnderTest, ShopUnderTest], statement: str
) -> None:
    shop, other = two_shops
    add_message(shop)
    before = rows(shop, "message")
    places = {"nowhere": NOWHERE, "other": other.id}
    places |= {"campaign": add_campaign(shop), "contact": add_contact(shop.id)}
    asked = {name: value for name, value in places.items() if f":{name}" in statement}
    with pytest.raises(IntegrityError), system_transaction() as session:
        session.execute(sa.text(statement), asked)
    assert rows(shop, "message") == before


def test_messages_outlive_their_contact_and_go_with_their_campaign(shop: ShopUnderTest) -> None:
    first = add_message(shop)
    second = add_message(shop, phone="+306912345679")
    _run(shop, "DELETE FROM contact WHERE id = :id", id=first.contact_id)
    assert [m["contact_id"] for m in rows(shop, "message")] == [None, second.contact_id]
    _run(shop, "DELETE FROM campaign WHERE id = :id", id=second.campaign_id)
    assert [m["id"] for m in rows(shop, "message")] == [first.id]


def test_a_shops_rows_go_with_it(new_shop: Callable[..., ShopUnderTest]) -> None:
    # A ledger cannot be deleted, and so no shop that has one.
    shop = new_shop(credits=0)
    stays = new_shop()
    for each in (shop, stays):
        add_message(each)
    with system_transaction() as session:
        session.execute(sa.text("DELETE FROM shop WHERE id = :id"), {"id": shop.id})
    with system_transaction() as session:
        for table in ("contact", "message"):
            left = session.execute(sa.text(f"SELECT DISTINCT shop_id FROM {table}"))
            assert list(left.scalars()) == [stays.id]


def test_who_is_written_to_cannot_be_deleted_meanwhile(shop: ShopUnderTest) -> None:
    known = add_message(shop)
    with transaction(shop.id) as writing:
        asked = {"shops": [shop.id], "campaigns": [None], "contacts": [known.contact_id]}
        writing.execute(sa.text(COPIED), {**asked, "codes": ["new"], "like": known.id})
        with pytest.raises(OperationalError) as waited, transaction(shop.id) as deleting:
            deleting.execute(sa.text("SET LOCAL lock_timeout = '20ms'"))
            deleting.execute(
                sa.text("DELETE FROM contact WHERE id = :id"), {"id": known.contact_id}
            )
        assert isinstance(waited.value.orig, errors.LockNotAvailable)
    assert [m["contact_id"] for m in rows(shop, "message")] == [known.contact_id] * 2


def _run(shop: ShopUnderTest, statement: str, **asked: Any) -> None:
    with transaction(shop.id) as session:
        session.execute(sa.text(statement), asked)
