"""The pages of campaigns in a tab: the list, and one with some events."""

from typing import Any

from astronote.state.campaigns import CampaignsState
from astronote.state.campaigns_detail import CampaignState
from tests.support.campaigns import on_page
from tests.support.events import Answer, Tab
from tests.support.shops import ShopUnderTest

LIST = CampaignsState.get_full_name()
PAGE = CampaignState.get_full_name()


def on_list(shop: ShopUnderTest, doing: Any, **query: str) -> Any:
    """What is done on the list, with ``query`` in its address."""
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
