"""The list of campaigns and the page of one: what they show, do and refuse."""

import asyncio
import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.services import accounts, holding, launching, schedule
from astronote.state import campaigns as list_page
from astronote.state import campaigns_detail as detail_page
from astronote.state import identity
from astronote.state.campaigns import CampaignsState
from astronote.state.campaigns_detail import CampaignState
from astronote.state.campaigns_messages import CampaignMessagesState
from astronote.state.campaigns_results import ResultsState
from astronote.state.campaigns_test_send import TestSendState
from tests.support.campaigns import all_of, make, on_page, read, start
from tests.support.events import Answer, Tab, handlers
from tests.support.people import add_contact, add_contacts
from tests.support.shops import ShopUnderTest

LIST = CampaignsState.get_full_name()
PAGE = CampaignState.get_full_name()
MESSAGES = CampaignMessagesState.get_full_name()
TEST_SEND = TestSendState.get_full_name()
NOT_HERE = "There is no such campaign."


@pytest.fixture(autouse=True)
def _noon() -> None:
    clock.shift(timedelta())
    clock.shift(datetime(2027, 6, 15, 9, 0, tzinfo=UTC) - clock.now())


def listed(answer: Answer) -> list[str]:
    return [row.name for row in answer.var("rows", CampaignsState)]


def on_list(shop: ShopUnderTest, doing: Any, **query: str) -> Any:
    return on_page(shop, "/app/campaigns/list", doing, **query)


def on_one(shop: ShopUnderTest, campaign_id: int, *events: Any) -> Answer:
    """Load the page, send ``events`` (names or pairs), and return the last answer."""

    async def doing(tab: Tab) -> Answer:
        answer = await tab.send(f"{PAGE}.load")
        for event in events:
            name, payload = event if isinstance(event, tuple) else (event, {})
            answer = await tab.send(f"{PAGE}.{name}", payload)
        return answer

    found: Answer = on_page(shop, f"/app/campaigns/{campaign_id}", doing)
    return found


def test_the_newest_campaign_is_first(shop: ShopUnderTest) -> None:
    make(shop, "May"), make(shop, "June")
    answer = on_list(shop, lambda tab: tab.send(f"{LIST}.load"))
    assert listed(answer) == ["June", "May"]
    assert answer.var("shown", CampaignsState) == "2 campaigns"
    assert answer.var("loading", CampaignsState) is False


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "ανοιξ"}, ["Άνοιξη"]),
        ({"status": "draft"}, ["June", "Άνοιξη"]),
        ({"status": "paused"}, []),
        ({"status": "nonsense"}, ["June", "Άνοιξη"]),
    ],
)
def test_the_address_says_what_is_listed(
    shop: ShopUnderTest, query: dict[str, str], expected: list[str]
) -> None:
    make(shop, "Άνοιξη"), make(shop, "June")

    async def load(tab: Tab) -> Answer:
        await tab.send(f"{LIST}.load")
        tab.query = query
        return await tab.send(f"{LIST}.load")

    answer = on_list(shop, load)
    rows = answer.delta.get(LIST, {}).get("rows_rx_state_")
    assert ["June", "Άνοιξη"] if rows is None else [row.name for row in rows] == expected


def test_a_search_is_kept_in_the_address(shop: ShopUnderTest) -> None:
    make(shop, "May"), make(shop, "June")
    answer = on_list(shop, lambda tab: tab.send(f"{LIST}.search", {"q": "ju"}))
    assert listed(answer) == ["June"]
    assert answer.scripts == ["history.replaceState(history.state,'',\"/app/campaigns?q=ju\")"]


def test_pages_follow_each_other(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_page, "PAGE", 2)
    for name in ("A", "B", "C"):
        make(shop, name)

    async def turn(tab: Tab) -> list[list[str]]:
        return [
            listed(await tab.send(f"{LIST}.{event}"))
            for event in ("load", "next_page", "previous_page")
        ]

    assert on_list(shop, turn) == [["C", "B"], ["A"], ["C", "B"]]


def test_a_campaign_is_deleted_after_asking(shop: ShopUnderTest) -> None:
    made = make(shop)

    async def delete(tab: Tab) -> Answer:
        asked = await tab.send(f"{LIST}.ask_delete", {"campaign_id": made})
        assert asked.var("asked_name", CampaignsState) == "June"
        return await tab.send(f"{LIST}.delete")

    assert "Campaign deleted." in on_list(shop, delete).said
    assert all_of(shop) == []


def test_a_copy_opens_in_the_wizard(shop: ShopUnderTest) -> None:
    made = make(shop)
    answer = on_list(shop, lambda tab: tab.send(f"{LIST}.duplicate", {"campaign_id": made}))
    copy = all_of(shop)[0]
    assert copy.name == "June (copy)"
    assert f"/app/campaigns/{copy.id}/edit" in answer.said


def test_a_running_campaign_is_followed_until_the_session_ends(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop shows what changed meanwhile, and ends by itself with the session."""
    monkeypatch.setattr(list_page, "LIVE_SECONDS", 0.01)
    monkeypatch.setattr(list_page, "QUIET_SECONDS", 0.01)
    monkeypatch.setattr(identity, "_FRESH_SECONDS", 0.0)
    add_contacts(shop.id, 3)
    made = make(shop)
    looks: list[str] = []
    real = list_page._look

    async def look(asked: dict[str, Any]) -> Any:
        looks.append("look")
        if len(looks) == 3:
            await asyncio.to_thread(start, shop, made)
        if len(looks) == 5:
            await asyncio.to_thread(_sign_out, shop)
        return await real(asked)

    def _sign_out(of: ShopUnderTest) -> None:
        with system_transaction() as session:
            accounts.sign_out(session, of.owner)

    monkeypatch.setattr(list_page, "_look", look)

    async def follow(tab: Tab) -> Answer:
        await tab.send(f"{LIST}.load")
        return await tab.send(f"{LIST}.watch")

    answer = on_list(shop, follow)
    (row,) = answer.var("rows", CampaignsState)
    assert (row.status, row.is_running, row.result) == ("sending", True, "0 of 3 messages sent")
    assert "location.assign" in answer.said


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
        while not any("cancelled" in str(update.delta) for update in heard):
            await asyncio.sleep(0.01)

    on_page(shop, f"/app/campaigns/{made}", doing)


def test_another_shops_campaign_is_not_there(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, theirs = two_shops
    made = make(theirs)
    assert on_one(mine, made).var("missing", CampaignState) == NOT_HERE
    for event in ("pause", "resume", "unschedule", "duplicate", ("ask", {"what": "delete"})):
        assert NOT_HERE in on_one(mine, made, event).said
    for event in ("ask_delete", "duplicate"):
        payload = {"campaign_id": made}
        answer = on_list(mine, lambda tab, e=event, p=payload: tab.send(f"{LIST}.{e}", p))
        assert NOT_HERE in answer.said
    assert [row.id for row in all_of(theirs)] == [made]


ANYTHING: tuple[Any, ...] = (None, True, -1, 10**30, "x", "\x00", ["x"], {"name": ["x"]}, {"": 1})
OURS = [
    name
    for name in handlers()
    if "state___campaigns" in name and not name.endswith((".watch", ".setvar"))
]


def test_no_argument_makes_a_handler_fail(shop: ShopUnderTest) -> None:
    made = make(shop)

    async def walk(tab: Tab) -> list[str]:
        failed = []
        for name in OURS:
            handler = RegistrationContext.get().event_handlers[name].handler
            given = [name for name in inspect.signature(handler.fn).parameters if name != "self"]
            for value in ANYTHING if given else ANYTHING[:1]:
                answer = await tab.send(name, dict.fromkeys(given, value))
                if "went wrong" in answer.said:
                    failed.append(f"{name} {value!r}")
        return failed

    assert len(OURS) > 30
    assert on_page(shop, f"/app/campaigns/{made}", walk) == []
