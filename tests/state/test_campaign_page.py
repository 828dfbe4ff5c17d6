"""The page of one campaign: what it shows, does and refuses."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.services import accounts, holding, launching, schedule
from astronote.state import campaigns_detail as detail_page
from astronote.state.campaigns_detail import CampaignState
from astronote.state.campaigns_messages import CampaignMessagesState
from astronote.state.campaigns_results import ResultsState
from astronote.state.campaigns_test_send import TestSendState
from astronote.state.shell import ShellState
from tests.support.campaign_pages import PAGE, on_one
from tests.support.campaigns import make, on_page, read, start
from tests.support.events import LONGEST, Answer, Tab
from tests.support.messages import add_campaign, add_message
from tests.support.people import add_contact, add_contacts
from tests.support.shops import ShopUnderTest

MESSAGES = CampaignMessagesState.get_full_name()
TEST_SEND = TestSendState.get_full_name()


@pytest.fixture(autouse=True)
def _noon() -> None:
    clock.shift(timedelta())
    clock.shift(datetime(2027, 6, 15, 9, 0, tzinfo=UTC) - clock.now())


def test_a_draft_shows_what_it_will_do(shop: ShopUnderTest) -> None:
    add_contact(shop.id, first_name="Maria")
    answer = on_one(shop, make(shop))
    assert answer.var("sample", CampaignState).startswith("Hello Maria\n")
    assert answer.var("reach", CampaignState) == "1 person, 1 credit"
    may = answer.var("may", CampaignState)
    assert may["edit"] and may["send"] and not may["pause"] and not may["cancel"]


def test_a_run_is_paused_resumed_and_cancelled(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 3)
    made = make(shop)
    start(shop, made)
    answer = on_one(shop, made)
    assert answer.var("counts", CampaignState)["queued"] == "3"
    assert answer.var("figures", ResultsState)["recipients"] == "3"
    assert "Paused." in on_one(shop, made, "pause").said
    assert read(shop, made).status == "paused"
    assert "Going on." in on_one(shop, made, "resume").said
    assert read(shop, made).status == "sending"
    asked = on_one(shop, made, ("ask", {"what": "cancel"}))
    assert asked.var("asked_words", CampaignState).startswith("3 messages have not left yet")
    assert "Cancelled." in on_one(shop, made, ("ask", {"what": "cancel"}), "do_it").said
    assert read(shop, made).counts.skipped == 3


def test_a_campaign_that_stands_still_says_why_and_what_is_left(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 3)
    made = make(shop)
    start(shop, made)
    with transaction(shop.id) as session:
        assert holding.pause_campaign(session, shop.id, made, "The key is refused.", clock.now())
    answer = on_one(shop, made)
    assert answer.var("stopped", CampaignState) == "The key is refused."
    assert answer.var("remains", CampaignState).startswith("3 messages have not left")
    assert answer.var("may", CampaignState)["resume"]
    on_one(shop, made, "resume")
    on_one(shop, made, "pause")
    assert on_one(shop, made).var("stopped", CampaignState) == "You paused this campaign."


def test_a_campaign_that_could_not_start_says_why_in_greek_too(new_shop: Any) -> None:
    shop = new_shop(credits=2)
    add_contacts(shop.id, 3)
    made = make(shop)
    with transaction(shop.id) as session:
        schedule.schedule(session, shop.id, made, "2027-06-15T12:30")
    clock.shift(timedelta())
    clock.shift(datetime(2027, 6, 15, 10, 0, tzinfo=UTC) - clock.now())
    with transaction(shop.id) as session:
        assert launching.start_due(session, shop.id, made) == "failed"
    assert "3" in on_one(shop, made).var("stopped", CampaignState)
    with system_transaction() as session:
        accounts.set_language(session, shop.owner, "el")
    greek = on_one(shop, made).var("stopped", CampaignState)
    assert "μονάδες" in greek and "3" in greek and "2" in greek


def test_what_is_not_allowed_says_so(shop: ShopUnderTest) -> None:
    made = make(shop)
    assert "cannot become paused" in on_one(shop, made, "pause").said
    assert read(shop, made).status == "draft"


def test_a_scheduled_campaign_becomes_a_draft_again(shop: ShopUnderTest) -> None:
    made = make(shop)
    with transaction(shop.id) as session:
        schedule.schedule(session, shop.id, made, "2027-06-20T10:30")
    answer = on_one(shop, made)
    assert answer.var("when", CampaignState) == "Goes out on Sunday 20 June 2027 at 10:30 (EEST)"
    on_one(shop, made, "unschedule")
    assert read(shop, made).status == "draft"


def test_a_test_goes_to_one_phone_and_a_bad_one_is_refused(shop: ShopUnderTest) -> None:
    made = make(shop)

    async def doing(tab: Tab) -> tuple[Answer, ...]:
        forms = ({"form": {"phone": phone}} for phone in ("6970000001", "12", "6970000001"))
        unasked = await tab.send(f"{TEST_SEND}.send", next(forms))
        await tab.send(f"{TEST_SEND}.ask", {"campaign_id": made})
        return unasked, *[await tab.send(f"{TEST_SEND}.send", form) for form in forms]

    unasked, refused, sent = on_page(shop, f"/app/campaigns/{made}", doing)
    assert "on its way" not in unasked.said
    assert refused.var("error", TestSendState)
    assert "on its way" in sent.said
    assert sent.var("credits", ShellState) == "999"


def test_messages_are_filtered_and_exported(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 2)
    made = make(shop)
    start(shop, made)

    async def doing(tab: Tab) -> tuple[Answer, Answer]:
        all_ = await tab.send(f"{MESSAGES}.load")
        return all_, await tab.send(f"{MESSAGES}.filter_status", {"status": "failed"})

    everything, failed = on_page(shop, f"/app/campaigns/{made}", doing)
    assert everything.var("shown", CampaignMessagesState) == "2 messages"
    assert failed.var("rows", CampaignMessagesState) == []
    assert failed.var("export").endswith(f"/{made}/messages?format=csv&status=failed")


def test_a_run_is_followed_on_its_page(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detail_page, "LIVE_SECONDS", 0.01)
    monkeypatch.setattr(detail_page, "QUIET_SECONDS", 0.01)
    add_contacts(shop.id, 3)
    made = make(shop)
    start(shop, made)

    async def doing(tab: Tab) -> Answer:
        await tab.send(f"{PAGE}.load")
        following = asyncio.create_task(tab.send(f"{PAGE}.watch"))
        await asyncio.to_thread(_cancel, shop, made)
        other = on_other_page(tab)
        await other
        following.cancel()
        return await tab.send(f"{PAGE}.never_mind")

    def _cancel(of: ShopUnderTest, campaign_id: int) -> None:
        with transaction(of.id) as session:
            launching.cancel(session, of.id, campaign_id)

    async def on_other_page(tab: Tab) -> None:
        heard = tab._heard[tab.token]
        async with asyncio.timeout(LONGEST):
            while not any("cancelled" in str(update.delta) for update in heard):
                await asyncio.sleep(0.01)

    on_page(shop, f"/app/campaigns/{made}", doing)


def test_what_comes_after_the_end_of_a_run_shows_in_figures_too(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detail_page, "LIVE_SECONDS", 0.01)
    monkeypatch.setattr(detail_page, "QUIET_SECONDS", 0.01)
    monkeypatch.setattr(detail_page, "RESULTS_EVERY", 1_000_000)
    ended = add_campaign(shop)
    add_message(shop, campaign_id=ended)

    async def doing(tab: Tab) -> Answer:
        before = await tab.send(f"{PAGE}.load")
        assert before.var("figures", ResultsState)["delivered"] == "1"
        following = asyncio.create_task(tab.send(f"{PAGE}.watch"))
        await asyncio.to_thread(add_message, shop, campaign_id=ended, phone="+306912345679")
        heard = tab._heard[tab.token]
        async with asyncio.timeout(LONGEST):
            while not any("2 messages" in str(update.delta) for update in heard):
                await asyncio.sleep(0.01)
        following.cancel()
        return await tab.send(f"{PAGE}.never_mind")

    on_page(shop, f"/app/campaigns/{ended}", doing)
