"""The settings pages in a tab: their states by name, one event or several."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from astronote.state.account import AccountState
from astronote.state.api_keys import KeysState
from astronote.state.settings import SettingsState
from astronote.state.team import TeamState
from tests.support.events import Answer, Tab, browsing
from tests.support.shops import ShopUnderTest

SETTINGS, TEAM, KEYS, ACCOUNT = (
    state.get_full_name() for state in (SettingsState, TeamState, KeysState, AccountState)
)
MARIA = "maria@example.com"


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], path: str = "/app") -> Any:
    """What ``doing`` finds in a tab of the shop's owner at ``path``."""

    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = path
            return await doing(tab)

    return asyncio.run(run())


def send(shop: ShopUnderTest, name: str, payload: dict[str, Any] | None = None) -> Answer:
    """The answer to one event in a new tab."""

    async def doing(tab: Tab) -> Answer:
        return await tab.send(name, payload)

    answer: Answer = in_tab(shop, doing)
    return answer
