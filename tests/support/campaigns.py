"""Campaigns for tests of pages, and tabs that stand on one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from astronote.db import transaction
from astronote.services import campaigns, launching
from astronote.services.campaigns import CampaignRow
from tests.support.events import Tab, browsing
from tests.support.shops import ShopUnderTest

TEXT = "Hello {{first_name|there}}"


def make(shop: ShopUnderTest, name: str = "June", text: str = TEXT, **changes: Any) -> int:
    """A draft; returns its id."""
    with transaction(shop.id) as session:
        made = campaigns.create(session, shop.id, {"name": name, "message_text": text, **changes})
    return made.id


def read(shop: ShopUnderTest, campaign_id: int) -> CampaignRow:
    """A campaign as it is stored."""
    with transaction(shop.id) as session:
        return campaigns.get(session, shop.id, campaign_id)


def all_of(shop: ShopUnderTest) -> list[CampaignRow]:
    """The shop's campaigns, newest first."""
    with transaction(shop.id) as session:
        return list(campaigns.listing(session, shop.id).items)


def start(shop: ShopUnderTest, campaign_id: int) -> None:
    """Start its run; nothing is sent yet."""
    with transaction(shop.id) as session:
        launching.enqueue(session, shop.id, campaign_id)


def on_page(
    shop: ShopUnderTest, page: str, doing: Callable[[Tab], Awaitable[Any]], **query: str
) -> Any:
    """Do something in a tab whose address begins like ``page``.

    No page is at the address itself, so that the first event loads nothing by itself.
    """

    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path, tab.query = f"{page}/nowhere", query
            return await doing(tab)

    return asyncio.run(run())
