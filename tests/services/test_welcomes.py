"""The welcome: to whom, when, once, and what is left of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.services import (
    billing,
    consent,
    contacts,
    erasing,
    wallet,
    welcomes,
)
from astronote.services.automations import WELCOME
from astronote.services.claiming import Claimed, Passed
from tests.support.automating import NOON, at, change, claim, join, messages, settings_of, welcome
from tests.support.messages import rows
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest

pytestmark = pytest.mark.usefixtures("noon_in_athens")


NIGHT = datetime(2027, 6, 15, 20, 0, tzinfo=UTC)


def test_a_welcome_carries_both_lines_names_and_the_shops_short_links(shop: ShopUnderTest) -> None:
    change(shop, WELCOME, is_active=True, message_body="Hi {{first_name}}: https://example.com/a")
    contact_id = join(shop, first_name="Nick")
    assert welcome(shop, contact_id) == "queued"
    [message] = messages(shop)
    first, offer, way_out = message["text"].split("\n")
    code = message["short_code"]
    assert first.startswith("Hi Nick: ") and first.endswith(f"/s/{code}.1")
    assert offer.endswith(f"/o/{code}")
    assert way_out.endswith(f"/s/{code}")
    assert (message["kind"], message["occasion"], message["contact_id"]) == (
        "welcome",
        "welcome",
        contact_id,
    )
    with transaction(shop.id) as session:
        assert wallet.balance(session, shop.id).reserved == 1


def test_without_its_offer_a_welcome_has_one_line_less(shop: ShopUnderTest) -> None:
    change(shop, WELCOME, is_active=True, offer={"enabled": False})
    welcome(shop, join(shop))
    assert "/o/" not in messages(shop)[0]["text"]


def test_a_phone_is_welcomed_once_ever(shop: ShopUnderTest) -> None:
    change(shop, WELCOME, is_active=True)
    phone = new_phone()
    first = join(shop, phone)
    assert [welcome(shop, first), welcome(shop, first)] == ["queued", "not_due"]
    with transaction(shop.id) as session:
        contacts.delete(session, shop.id, first)
    assert welcome(shop, join(shop, phone)) == "not_due"
    assert len(messages(shop)) == 1


def test_another_shop_welcomes_the_same_phone_too(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    phone = new_phone()
    for shop in two_shops:
        change(shop, WELCOME, is_active=True)
        assert welcome(shop, join(shop, phone)) == "queued"
    mine, other = two_shops
    assert welcome(mine, rows(other, "contact")[0]["id"]) == "not_due"


@pytest.mark.parametrize(
    ("birthday", "asks_age", "became"),
    [
        (date(2009, 6, 15), False, "queued"),
        (date(2009, 6, 16), False, "not_due"),
        (None, False, "queued"),
        (None, True, "not_due"),
    ],
)
def test_only_adults_are_welcomed_and_those_of_unknown_age_where_the_shop_allows(
    shop: ShopUnderTest, birthday: date | None, asks_age: bool, became: str
) -> None:
    settings_of(shop, require_known_age=asks_age)
    change(shop, WELCOME, is_active=True)
    assert welcome(shop, join(shop, birthday=birthday)) == became


def test_nobody_is_welcomed_who_may_not_be_written_to(shop: ShopUnderTest) -> None:
    contact_id = join(shop)
    assert welcome(shop, contact_id) == "inactive"
    change(shop, WELCOME, is_active=True)
    assert welcome(shop, join(shop, is_subscribed=False)) == "not_due"
    assert welcome(shop, 999_999) == "not_due"
    with transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, contact_id, source="unsubscribe_link", actor="person")
    assert welcome(shop, contact_id) == "not_due"
    suppressed = join(shop)
    with transaction(shop.id) as session:
        phone_hash = contacts._find(session, shop.id, suppressed).phone_hash
        consent.suppress(session, shop.id, phone_hash, reason="test")
    assert welcome(shop, suppressed) == "not_due"
    assert messages(shop) == []


def test_a_closed_gate_leaves_nothing_and_the_welcome_comes_when_it_opens(new_shop: Any) -> None:
    shop = new_shop(active=False, credits=0)
    change(shop, WELCOME, is_active=True)
    contact_id = join(shop)
    assert welcome(shop, contact_id) == "subscription_inactive"
    with transaction(shop.id) as session:
        billing.activate(session, shop.id, included=False)
    assert welcome(shop, contact_id) == "insufficient_credits"
    assert messages(shop) == [] and rows(shop, "message_batch") == []
    with transaction(shop.id) as session:
        wallet.grant(session, shop.id, 1, kind="grant", settles="more")
    assert welcome(shop, contact_id) == "queued"


def test_at_night_a_welcome_waits_but_not_for_somebody_at_the_till(shop: ShopUnderTest) -> None:
    change(shop, WELCOME, is_active=True)
    at(NIGHT)
    assert welcome(shop, join(shop, source="api")) == "queued"
    assert isinstance(claim(), Passed)
    joined = join(shop, source="join")
    welcome(shop, joined)
    found = claim()
    assert isinstance(found, Claimed)
    assert [m.id for m in found.messages] == [messages(shop)[1]["id"]]
    assert messages(shop)[1]["contact_id"] == joined


def test_a_late_welcome_of_a_join_waits_too(shop: ShopUnderTest) -> None:
    change(shop, WELCOME, is_active=True)
    at(NIGHT)
    contact_id = join(shop, source="nfc")
    at(NIGHT + timedelta(minutes=11))
    welcome(shop, contact_id)
    assert isinstance(claim(), Passed)


def forgotten(shop: ShopUnderTest) -> list[int]:
    with transaction(shop.id) as session:
        return welcomes.forgotten(session, shop.id)


def test_lost_rings_are_found_again_within_a_day(shop: ShopUnderTest) -> None:
    before = join(shop)
    at(NOON + timedelta(minutes=5))
    change(shop, WELCOME, is_active=True)
    at(NOON + timedelta(minutes=10))
    lost, sent, young = join(shop), join(shop), join(shop, birthday=date(2020, 1, 1))
    welcome(shop, sent)
    assert forgotten(shop) == []
    at(NOON + timedelta(minutes=12))
    assert forgotten(shop) == [lost]
    assert before != lost != young
    at(NOON + timedelta(hours=25))
    assert forgotten(shop) == []


def test_only_shops_that_may_send_are_looked_through(shop: ShopUnderTest, new_shop: Any) -> None:
    poor, lapsed, off = new_shop(credits=0), new_shop(active=False), new_shop()
    for one in (shop, poor, lapsed):
        change(one, WELCOME, is_active=True)
    change(off, WELCOME, is_active=False)
    with system_transaction() as session:
        assert welcomes.shops_at_work(session) == [shop.id]


def test_an_import_welcomes_whom_it_made_in_one_run(shop: ShopUnderTest) -> None:
    change(shop, WELCOME, is_active=True)
    known, new, other = (add_contact(shop.id) for _ in range(3))
    welcome(shop, known)
    with transaction(shop.id) as session:
        job_id = session.execute(
            sa.text(
                "INSERT INTO import_job (shop_id, file_name, file_path, status, options, mapping,"
                " total_rows, processed_rows, created_count, updated_count, skipped_count,"
                " error_count, checkpoint, created_at) VALUES (:s, 'f', 'f', 'completed', '{}',"
                " '[]', 0, 0, 0, 0, 0, 0, 0, :now) RETURNING id"
            ),
            {"s": shop.id, "now": clock.now() - timedelta(minutes=1)},
        ).scalar_one()
        session.execute(
            sa.text("UPDATE contact SET import_job_id = :job WHERE id = ANY(:ids)"),
            {"job": job_id, "ids": [known, new]},
        )
        assert welcomes.welcome_imported(session, shop.id, job_id).messages == 1
        assert welcomes.welcome_imported(session, shop.id, job_id).messages == 0
    assert [m["contact_id"] for m in messages(shop)] == [known, new]
    assert other not in [m["contact_id"] for m in messages(shop)]


def test_joining_rings_and_changing_a_name_does_not(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        given: Any = {"phone": new_phone()}
        made = contacts.create(session, shop.id, given, source="api", actor="tests")
        rung = session.info.get("rung", set())
        assert rung == set()
        contacts.change(
            session, shop.id, made.id, {"is_subscribed": True}, source="api", actor="tests"
        )
        assert session.info["rung"] == {("automations.send_welcome", (shop.id, made.id))}


@pytest.mark.parametrize(
    ("source", "rings"),
    [("form", True), ("api", True), ("join", True), ("nfc", True), ("import", False)],
)
def test_every_way_in_rings_but_an_import(shop: ShopUnderTest, source: Any, rings: bool) -> None:
    with transaction(shop.id) as session:
        given: Any = {"phone": new_phone(), "is_subscribed": True}
        made = contacts.create(session, shop.id, given, source=source, actor="tests")
        rung = session.info.get("rung", set())
    assert (("automations.send_welcome", (shop.id, made.id)) in rung) is rings


def test_erasing_a_person_keeps_the_count_of_its_welcome(shop: ShopUnderTest) -> None:
    change(shop, WELCOME, is_active=True)
    contact_id = join(shop)
    welcome(shop, contact_id)
    with transaction(shop.id) as session:
        erasing.erase(session, shop.id, contact_id, actor="tests")
    assert messages(shop)[0]["text"] == "" and messages(shop)[0]["kind"] == "welcome"
