"""The list of campaigns: what it shows, does and refuses."""

import asyncio
import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from astronote import clock
from astronote.db import system_transaction
from astronote.services import accounts
from astronote.state import campaigns as list_page
from astronote.state import identity
from astronote.state.campaigns import CampaignsState
from astronote.state.campaigns_detail import CampaignState
from tests.support.campaign_pages import LIST, on_list, on_one
from tests.support.campaigns import all_of, make, on_page, start
from tests.support.events import Answer, Tab, handlers
from tests.support.people import add_contacts
from tests.support.shops import ShopUnderTest

NOT_HERE = "There is no such campaign."


@pytest.fixture(autouse=True)
def _noon() -> None:
    clock.shift(timedelta())
    clock.shift(datetime(2027, 6, 15, 9, 0, tzinfo=UTC) - clock.now())


def listed(answer: Answer) -> list[str]:
    return [row.name for row in answer.var("rows", CampaignsState)]


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
