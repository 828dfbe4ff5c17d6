"""The dashboard's figures: thirty days beside thirty, and what needs attention."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.integrations.mitto_results import Accepted
from astronote.models import ImportJob
from astronote.services import claiming, dashboard, holding, offers, sending, shops, wallet
from astronote.services.claiming import Claimed
from astronote.services.dashboard import Figures
from astronote.settings import settings
from tests.support import outbox
from tests.support.api import ApiClient
from tests.support.campaigns import make
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest

# Half past midnight in Athens, where it is another day than in UTC.
NOW = datetime(2027, 6, 14, 21, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> None:
    go(0)


def go(days: int) -> None:
    """To a day before (or after) now."""
    clock.shift(timedelta())
    clock.shift(NOW + timedelta(days=days) - clock.now())


def figures(shop: ShopUnderTest) -> Figures:
    with transaction(shop.id) as session:
        return dashboard.figures(session, shop.id)


def codes(shop: ShopUnderTest) -> list[str]:
    return [one.code for one in figures(shop).attention]


def send(shop: ShopUnderTest, messages: int, first: int) -> list[str]:
    """A campaign that the provider accepts now; the tracking ids of its messages."""
    made = outbox.campaign(shop.id, messages, first=first)
    with system_transaction() as session:
        claimed = claiming.claim(session, after_shop=0, at_most=1000)
    assert isinstance(claimed, Claimed)
    with transaction(shop.id) as session:
        sending.dispatch(session, claimed)
        sending.record(session, claimed, Accepted(tuple(f"p{m.id}" for m in claimed.messages)))
        assert made.campaign_id is not None
        sending.finish_campaign(session, shop.id, made.campaign_id)
    return [str(row.tracking_id) for row in made.messages()]


def test_days_are_the_shops_and_stand_beside_those_before(shop: ShopUnderTest) -> None:
    go(-40)
    send(shop, 4, first=1)
    go(-1)
    tracking = send(shop, 3, first=11)
    go(0)
    with transaction(shop.id) as session:
        offers.redeem(session, shop.id, shop.owner, tracking_id=tracking[0])
    found = figures(shop)
    grown = found.growth
    assert (len(grown.days), str(grown.days[-1].date)) == (30, "2027-06-15")
    assert (grown.sent.now, grown.sent.before) == (3, 4)
    assert (grown.new_contacts.now, grown.new_contacts.before) == (3, 4)
    assert (grown.conversions.now, grown.conversions.before) == (1, 0)
    assert [(day.sent, day.conversions) for day in grown.days[-2:]] == [(3, 0), (0, 1)]
    assert [day.contacts for day in (grown.days[0], grown.days[-1])] == [4, 7]
    assert found.conversion_rate == round(1 / 3, 4)


def test_sixty_days_back_is_out_of_sight_but_not_out_of_the_count(shop: ShopUnderTest) -> None:
    go(-75)
    add_contact(shop.id)
    go(0)
    found = figures(shop)
    assert found.contacts == 1
    assert (found.growth.new_contacts.now, found.growth.new_contacts.before) == (0, 0)
    assert {day.contacts for day in found.growth.days} == {1}


def test_a_new_shop_takes_four_steps(shop: ShopUnderTest, new_shop: type) -> None:
    assert figures(new_shop(active=False)).steps == (False, False, False, False)
    assert figures(shop).steps == (False, False, True, False)
    add_contact(shop.id)
    make(shop)
    assert figures(shop).steps == (True, True, True, False)
    send(shop, 1, first=1)
    assert figures(shop).steps == (True, True, True, True)


def test_what_stops_is_named_with_its_reason(shop: ShopUnderTest) -> None:
    assert codes(shop) == []
    made = outbox.campaign(shop.id, 1)
    reason = "The provider does not accept our key (401)."
    with transaction(shop.id) as session:
        assert made.campaign_id is not None
        holding.pause_campaign(session, shop.id, made.campaign_id, reason, clock.now())
    missed = make(shop, name="Spring sale")
    with transaction(shop.id) as session:
        session.execute(
            sa.text("UPDATE campaign SET status = 'missed' WHERE id = :id"), {"id": missed}
        )
        session.add(
            ImportJob(
                shop_id=shop.id,
                file_name="customers.xlsx",
                file_path="x",
                status="failed",
                failure="The file cannot be read.",
            )
        )
    found = {one.code: one for one in figures(shop).attention}
    assert set(found) == {"campaign_paused", "campaign_missed", "import_failed"}
    assert found["campaign_paused"].reason == reason
    assert found["campaign_paused"].href == f"/app/campaigns/{made.campaign_id}"
    assert found["campaign_missed"].sentence == "“Spring sale” was not sent at its time."
    assert "customers.xlsx" in found["import_failed"].sentence


def test_credits_and_closed_gates_are_said(shop: ShopUnderTest, new_shop: type) -> None:
    with transaction(shop.id) as session:
        wallet.grant(session, shop.id, -950, kind="adjustment", settles="test-low")
    assert codes(shop) == ["low_credits"]
    with transaction(shop.id) as session:
        wallet.grant(session, shop.id, -50, kind="adjustment", settles="test-none")
    assert codes(shop) == ["no_credits"]
    assert codes(new_shop(active=False)) == ["blocked"]


def test_a_sender_name_that_waits_is_said(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(shop.id) as session:
        shops.change(session, shop.id, shop.owner, {"sender_name": "Kava"})
    monkeypatch.setenv("REQUIRE_SENDER_APPROVAL", "1")
    settings.cache_clear()
    try:
        assert codes(shop) == ["sender_blocked"]
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_the_api_answers_the_same(shop: ShopUnderTest, shop_api: ApiClient) -> None:
    go(0)
    add_contact(shop.id)
    body = shop_api.get("/api/dashboard").json()
    assert (body["contacts"], body["subscribed"], body["creditsAvailable"]) == (1, 1, 1000)
    assert body["growth"]["newContacts"] == {"now": 1, "before": 0}
    assert [day["date"] for day in body["growth"]["days"]][::29] == ["2027-05-17", "2027-06-15"]
    assert (body["nextScheduled"], body["attention"]) == (None, [])
