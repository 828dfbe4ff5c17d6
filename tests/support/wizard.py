"""The wizard in a tab: a new campaign, or a draft at one of its steps."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from astronote import clock
from astronote.state.campaigns_send import SendState
from astronote.state.campaigns_wizard import WizardState
from tests.support.campaigns import on_page
from tests.support.events import Answer, Tab
from tests.support.shops import ShopUnderTest

WIZARD = WizardState.get_full_name()
SEND = SendState.get_full_name()
NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)

Doing = Callable[[Tab], Awaitable[Any]]


def set_clock(moment: datetime) -> None:
    """Let it be ``moment`` everywhere."""
    clock.shift(timedelta())
    clock.shift(moment - clock.now())


def new(shop: ShopUnderTest, doing: Doing) -> Any:
    """What is done in the wizard of a campaign that is not there yet."""

    async def begin(tab: Tab) -> Any:
        await tab.send(f"{WIZARD}.load")
        return await doing(tab)

    return on_page(shop, "/app/campaigns/new", begin)


def editing(shop: ShopUnderTest, campaign_id: int, step: str, doing: Doing | None = None) -> Any:
    """Open a draft at a step; the answer of that, or of what is done then."""

    async def begin(tab: Tab) -> Any:
        loaded = await tab.send(f"{WIZARD}.load")
        return await doing(tab) if doing else loaded

    return on_page(shop, f"/app/campaigns/{campaign_id}", begin, step=step)


def typed(field: str, value: str) -> dict[str, str]:
    """What a field sends."""
    return {"field": field, "value": value}


def redirects(answer: Answer) -> list[str]:
    """Where the answer leads."""
    return [str(e.payload["path"]) for e in answer.events if e.name == "_redirect"]


def asked(shop: ShopUnderTest, campaign_id: int, how: str, *then: str) -> Answer:
    """Ask to send (``how``: now or at a time), then send events; the last answer."""

    async def ask(tab: Tab) -> Answer:
        answer = await tab.send(f"{SEND}.ask", {"campaign_id": campaign_id, "how": how})
        for event in then:
            answer = await tab.send(f"{SEND}.{event}")
        return answer

    found: Answer = editing(shop, campaign_id, "review", ask)
    return found
