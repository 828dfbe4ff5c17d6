"""The last look before a message leaves: consent, gates and quiet hours as they are now."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.security import phone_hmac
from astronote.services import claiming, consent, erasing, wallet
from astronote.services.claiming import Claimed, Passed
from astronote.settings import settings
from tests.support import outbox
from tests.support.outbox import Outbox
from tests.support.shops import ShopUnderTest

ATHENS = ZoneInfo("Europe/Athens")


def claim() -> Claimed | Passed | None:
    with system_transaction() as session:
        return claiming.claim(session, at_most=1000)


def reasons(made: Outbox) -> list[Any]:
    return [row.failure_reason for row in made.messages()]


def test_who_unsubscribed_meanwhile_is_skipped_and_costs_nothing(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 4)
    rows: Any = made.messages()
    with transaction(shop.id) as session:
        consent.unsubscribe(
            session, shop.id, rows[0].contact_id, source="unsubscribe_link", actor="person"
        )
        consent.suppress(session, shop.id, bytes(rows[1].phone_hash), reason="test")
        session.execute(sa.text("DELETE FROM contact WHERE id = :id"), {"id": rows[2].contact_id})
    found = claim()
    assert isinstance(found, Claimed)
    assert [m.id for m in found.messages] == [rows[3].id]
    assert made.statuses() == ["skipped", "skipped", "skipped", "sending"]
    assert reasons(made)[1:3] == ["suppressed", "contact_deleted"]
    assert made.credits() == wallet.Balance(1000, 1, 999)


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [("confirmation", "service"), ("help", "service"), ("test", "marketing")],
)
def test_nothing_goes_to_a_phone_that_was_erased(
    shop: ShopUnderTest, kind: str, purpose: str
) -> None:
    made = outbox.single(shop.id, kind=kind, purpose=purpose)
    person: Any = made.messages()[0].contact_id
    with transaction(shop.id) as session:
        erasing.erase(session, shop.id, person, actor="person")
    assert isinstance(claim(), Passed)
    assert (made.statuses(), reasons(made)) == (["skipped"], ["contact_deleted"])
    assert made.credits() == wallet.Balance(1000, 0, 1000)


def test_a_suppression_everywhere_counts_unless_it_was_lifted_here(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    one, two = (outbox.campaign(shop.id, 1) for shop in two_shops)
    phone_hash = bytes(one.messages()[0].phone_hash)  # type: ignore[arg-type]
    with system_transaction() as session:
        session.execute(
            sa.text("INSERT INTO global_suppression VALUES (:hash, 'keyword', :now)"),
            {"hash": phone_hash, "now": clock.now()},
        )
        consent.lift(session, two.shop_id, phone_hash)
    claim(), claim()
    assert one.statuses() == ["skipped"]
    assert two.statuses() == ["sending"]


def test_a_number_that_changed_is_not_written_to(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 1)
    made.change("UPDATE contact SET phone = '+306999999999' WHERE shop_id = :s", s=shop.id)
    assert isinstance(claim(), Passed)
    assert reasons(made) == ["phone_changed"]


@pytest.mark.parametrize(
    ("kind", "purpose", "subscribed", "contact", "goes"),
    [
        ("direct", "marketing", True, True, True),
        ("direct", "marketing", False, True, False),
        ("welcome", "marketing", False, True, False),
        ("confirmation", "service", False, True, True),
        ("help", "service", False, False, True),
        ("test", "marketing", False, False, True),
    ],
)
def test_which_kinds_may_go_to_whom(
    shop: ShopUnderTest, kind: str, purpose: str, subscribed: bool, contact: bool, goes: bool
) -> None:
    made = outbox.single(
        shop.id, kind=kind, purpose=purpose, subscribed=subscribed, with_contact=contact
    )
    quiet_off(shop.id)
    claim()
    assert made.statuses() == ["sending" if goes else "skipped"]


def test_a_test_send_spares_a_suppressed_phone(shop: ShopUnderTest) -> None:
    made = outbox.single(shop.id, kind="test", with_contact=False)
    with transaction(shop.id) as session:
        consent.suppress(session, shop.id, bytes(made.messages()[0].phone_hash), reason="t")  # type: ignore[arg-type]
    claim()
    assert reasons(made) == ["suppressed"]


def test_a_lapsed_subscription_pauses_the_campaign(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 2)
    made.change("UPDATE subscription SET status = 'past_due' WHERE shop_id = :s", s=shop.id)
    assert isinstance(claim(), Passed)
    assert claim() is None
    assert made.statuses() == ["queued"] * 2
    campaign = made.campaign()
    assert campaign.status == "paused" and "payment" in str(campaign.status_reason)


def test_a_shop_on_hold_sends_no_single_message_either(shop: ShopUnderTest) -> None:
    made = outbox.single(shop.id)
    made.change("UPDATE shop SET on_hold_at = now() WHERE id = :s", s=shop.id)
    assert isinstance(claim(), Passed)
    assert made.statuses() == ["skipped"]
    assert made.credits() == wallet.Balance(1000, 0, 1000)


def test_an_unapproved_sender_name_waits_where_approval_is_asked_for(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outbox.campaign(shop.id, 1)
    made.change("UPDATE shop SET sender_name = 'MyBank' WHERE id = :s", s=shop.id)
    monkeypatch.setenv("REQUIRE_SENDER_APPROVAL", "1")
    settings.cache_clear()
    claim()
    assert made.campaign().status == "paused"
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("status", ["paused", "cancelled", "draft"])
def test_only_a_sending_campaign_is_claimed(shop: ShopUnderTest, status: str) -> None:
    made = outbox.campaign(shop.id, 1)
    made.change("UPDATE campaign SET status = :to", to=status)
    assert claim() is None


def test_a_campaign_that_is_being_paused_is_left_alone(shop: ShopUnderTest) -> None:
    outbox.campaign(shop.id, 1)
    with transaction(shop.id) as session:
        session.execute(sa.text("SELECT 1 FROM campaign FOR UPDATE"))
        found = claim()
    assert isinstance(found, Passed) and found.busy


def at_night(shop: ShopUnderTest) -> datetime:
    """Let it be 23:30 in Athens tomorrow; when the quiet hours then end."""
    tomorrow = datetime.now(ATHENS).date() + timedelta(days=1)
    night = datetime.combine(tomorrow, time(23, 30), ATHENS)
    clock.shift(night - datetime.now(UTC))
    return datetime.combine(tomorrow + timedelta(days=1), time(9), ATHENS).astimezone(UTC)


def quiet_off(shop_id: int) -> None:
    with transaction(shop_id) as session:
        session.execute(sa.text("UPDATE shop SET quiet_start = NULL, quiet_end = NULL"))


def test_quiet_hours_hold_a_campaign_until_they_end(shop: ShopUnderTest) -> None:
    ends = at_night(shop)
    made = outbox.campaign(shop.id, 4, batch=2, quiet=True)
    assert isinstance(claim(), Passed)
    assert claim() is None
    assert made.campaign().held_until == ends
    assert [batch.not_before for batch in made.batches()] == [ends, ends]
    clock.shift(ends - datetime.now(UTC) + timedelta(seconds=1))
    assert isinstance(claim(), Claimed)


def test_an_owner_may_ignore_quiet_hours(shop: ShopUnderTest) -> None:
    at_night(shop)
    made = outbox.campaign(shop.id, 1, quiet=True)
    made.change("UPDATE campaign SET ignore_quiet_hours = true")
    assert isinstance(claim(), Claimed)


@pytest.mark.parametrize(
    ("kind", "joined_minutes_ago", "goes"),
    [
        ("welcome", 3, True),
        ("welcome", 11, False),
        ("birthday", 3, False),
        ("direct", None, True),
        ("help", None, True),
    ],
)
def test_what_quiet_hours_hold(
    shop: ShopUnderTest, kind: str, joined_minutes_ago: int | None, goes: bool
) -> None:
    at_night(shop)
    made = outbox.single(shop.id, kind=kind)
    if joined_minutes_ago is not None:
        made.change(
            "UPDATE contact SET sms_consent_source = 'join', sms_consent_at = :at",
            at=clock.now() - timedelta(minutes=joined_minutes_ago),
        )
    claim()
    assert made.statuses() == ["sending" if goes else "queued"]


def test_unsubscribing_waits_for_a_claim_and_no_claim_comes_after(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 2, batch=1)
    contact_id: Any = made.messages()[0].contact_id
    with system_transaction() as session:
        assert isinstance(claiming.claim(session, at_most=1), Claimed)
        with transaction(shop.id) as other:
            other.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(sa.exc.OperationalError):
                consent.unsubscribe(other, shop.id, contact_id, source="keyword", actor="person")
            other.rollback()
    assert phone_hmac(str(made.messages()[0].phone)) == bytes(made.messages()[0].phone_hash)  # type: ignore[arg-type]
