"""The message log's page and the sheet of one message."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astronote.state.message_sheet import MessageSheetState
from astronote.state.messages import MessagesState
from tests.support.events import Answer, Tab, browsing
from tests.support.messages import add_campaign, add_message
from tests.support.shops import ShopUnderTest

LOG = MessagesState.get_full_name()
SHEET = MessageSheetState.get_full_name()


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], **query: str) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path, tab.query = "/nowhere", query
            return await doing(tab)

    return asyncio.run(run())


def loaded(shop: ShopUnderTest, **query: str) -> Answer:
    answer: Answer = in_tab(shop, lambda tab: tab.send(f"{LOG}.load"), **query)
    return answer


def ids(answer: Answer) -> list[int]:
    return [row.id for row in answer.var("rows", MessagesState)]


def test_the_address_says_which_messages_newest_first(shop: ShopUnderTest) -> None:
    one = add_message(shop)
    two = add_message(shop, phone="+306987654321", kind="welcome")
    answer = loaded(shop)
    assert ids(answer) == [two.id, one.id]
    assert answer.var("shown", MessagesState) == "2 messages"
    assert answer.var("loading", MessagesState) is False
    assert ids(loaded(shop, phone="6912345678")) == [one.id]
    assert ids(loaded(shop, phone="87654")) == [two.id]
    assert ids(loaded(shop, kind="welcome")) == [two.id]
    assert ids(loaded(shop, status="delivered", kind="campaign")) == [one.id]
    assert ids(loaded(shop, status="failed")) == []


@pytest.mark.parametrize("query", [{"status": "lost"}, {"kind": "x"}])
def test_an_address_of_no_status_or_kind_says_so(
    shop: ShopUnderTest, query: dict[str, str]
) -> None:
    answer = loaded(shop, **query)
    assert answer.var("error", MessagesState)
    assert answer.var("is_filtered", MessagesState) is True


def test_filters_are_kept_in_address_and_export(shop: ShopUnderTest) -> None:
    add_message(shop)

    async def narrow(tab: Tab) -> list[Answer]:
        await tab.send(f"{LOG}.load")
        return [
            await tab.send(f"{LOG}.narrow", {"name": "phone", "value": "+3069"}),
            await tab.send(f"{LOG}.narrow", {"name": "status", "value": "lost"}),
            await tab.send(f"{LOG}.clear"),
        ]

    narrowed, refused, cleared = in_tab(shop, narrow, kind="campaign")
    assert "/app/messages?phone=%2B3069&kind=campaign" in narrowed.said
    assert narrowed.var("export", MessagesState) == (
        "/api/messages?format=csv&phone=%2B3069&kind=campaign"
    )
    assert "not acceptable" in refused.said
    assert cleared.var("export", MessagesState) == "/api/messages?format=csv"


def test_pages_forth_and_back(shop: ShopUnderTest) -> None:
    campaign = add_campaign(shop)
    for number in range(52):
        add_message(shop, campaign_id=campaign, phone=f"+3069100000{number:02}")

    async def turn(tab: Tab) -> list[Answer]:
        return [
            await tab.send(f"{LOG}.{name}")
            for name in ("load", "next_page", "next_page", "previous_page")
        ]

    first, second, still, back = in_tab(shop, turn)
    assert (len(ids(first)), len(ids(second)), len(ids(back))) == (50, 2, 50)
    assert second.var("has_next", MessagesState) is False
    assert "rows" not in str(still.delta)


def test_a_message_is_shown_with_all_that_is_known(shop: ShopUnderTest) -> None:
    sent = add_message(shop)
    answer = in_tab(shop, lambda tab: tab.send(f"{SHEET}.show", {"message_id": sent.id}))
    view = answer.var("message", MessageSheetState)
    assert (view.text, view.phone, view.contact_id) == ("Hello", sent.phone, sent.contact_id)
    assert (view.campaign, view.campaign_id) == ("Spring", sent.campaign_id)
    assert (view.cost, view.size) == ("1 part, 1 credit", "5 characters, GSM-7")
    assert [step.words for step in answer.var("history", MessageSheetState)] == ["Waiting"]
    assert answer.var("open", MessageSheetState) is True


def test_the_address_may_name_one_message(shop: ShopUnderTest) -> None:
    sent = add_message(shop)
    answer = loaded(shop, message=str(sent.id))
    assert answer.var("message", MessageSheetState).id == sent.id
    assert "no such message" in loaded(shop, message="x").said
    assert "no such message" in loaded(shop, message="999999").said


def test_another_shops_message_does_not_exist(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    theirs = add_message(other)
    answer = in_tab(mine, lambda tab: tab.send(f"{SHEET}.show", {"message_id": theirs.id}))
    assert "no such message" in answer.said
    assert "Hello" not in str(answer.delta)
    assert ids(loaded(mine)) == []
