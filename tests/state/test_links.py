"""The links page: what is asked for stands in the address."""

import asyncio
from typing import Any

import pytest

from astronote import clock
from astronote.state.links import LinksState
from tests.services.test_link_stats import click
from tests.support.events import Answer, browsing
from tests.support.messages import add_message
from tests.support.shops import ShopUnderTest

LINKS = LinksState.get_full_name()


def after(shop: ShopUnderTest, *events: Any, **query: str) -> Answer:
    """Load the page, send ``events`` (pairs with a payload); the last answer."""

    async def run() -> Answer:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path, tab.query = "/nowhere", query
            answer = await tab.send(f"{LINKS}.load")
            for name, payload in events:
                answer = await tab.send(f"{LINKS}.{name}", payload)
            return answer

    return asyncio.run(run())


def test_clicks_are_shown_with_their_campaign(shop: ShopUnderTest) -> None:
    message = add_message(shop)
    click(message, clock.now())
    click(message, clock.now(), bot=True)
    answer = after(shop)
    assert answer.var("people", LinksState) == answer.var("programs", LinksState) == "1"
    (line,) = answer.var("rows", LinksState)
    assert (line.kind, line.campaign, line.share) == ("offer", "Spring", "100.0%")
    assert len(answer.var("chart", LinksState)) == 30
    assert answer.var("shown", LinksState) == "1 link"


def test_the_address_chooses_campaign_and_period(shop: ShopUnderTest) -> None:
    one, other = add_message(shop), add_message(shop)
    for message in (one, other):
        click(message, clock.now())
    answer = after(shop, days="7", campaign=str(one.campaign_id))
    assert answer.var("people", LinksState) == "1"
    assert len(answer.var("chart", LinksState)) == 7
    chosen = after(shop, ("set_campaign", {"campaign": str(other.campaign_id)}))
    assert f"campaign={other.campaign_id}" in chosen.said
    assert after(shop, ("set_days", {"days": "90"}), days="7").var("days", LinksState) == "90"


@pytest.mark.parametrize("days", ["", "8", "-1", "9999999999", "x", "'"])
def test_a_period_that_is_none_is_refused(shop: ShopUnderTest, days: str) -> None:
    answer = after(shop, ("set_days", {"days": days}))
    assert "no such period" in answer.said or "not acceptable" in answer.said
    assert after(shop, days=days).var("error", LinksState) == ""
