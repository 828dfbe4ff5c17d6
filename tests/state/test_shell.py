"""The frame of every page: its figures, and the language it speaks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from astronote.db import enter_shop, system_transaction
from astronote.models import UserAccount
from astronote.services import team
from astronote.state.shell import ShellState
from tests.support.events import Answer, Tab, browsing
from tests.support.shops import ShopUnderTest

SHELL = ShellState.get_full_name()


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        async with browsing() as browser:
            return await doing(browser.tab(shop.token))

    return asyncio.run(run())


def language(shop: ShopUnderTest) -> str:
    with system_transaction() as session:
        return session.get_one(UserAccount, shop.owner.user_id).locale


def test_a_language_is_kept_with_the_account_and_the_page_loaded_again(
    shop: ShopUnderTest,
) -> None:
    async def doing(tab: Tab) -> Answer:
        answer = await tab.send(f"{SHELL}.speak", {"wanted": "el"})
        assert "astronote_language=el" in answer.said
        assert "location.reload()" in answer.said
        return await tab.send(f"{SHELL}.load")

    answer = in_tab(shop, doing)
    assert language(shop) == "el"
    # The credits are the same figure in other signs.
    assert answer.var("credits", ShellState) == "1.000"
    assert "documentElement.lang='el'" in answer.said


def test_a_language_that_is_not_spoken_is_refused(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> Answer:
        answer = Answer()
        for wanted in ("de", "", None, 3, "el';alert(1)//"):
            answer = await tab.send(f"{SHELL}.speak", {"wanted": wanted})
            assert "reload" not in answer.said
        return answer

    assert "not acceptable" in in_tab(shop, doing).said
    assert language(shop) == "en"


def test_the_frame_shows_shop_credits_and_language(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> Answer:
        return await tab.send(f"{SHELL}.load")

    answer = in_tab(shop, doing)
    shown: dict[str, Any] = {
        name: answer.var(name, ShellState) for name in ("shop_name", "credits", "language", "role")
    }
    assert shown == {
        "shop_name": shop.name,
        "credits": "1,000",
        "language": "en",
        "role": "owner",
    }


def test_only_who_works_in_several_shops_can_switch(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    with system_transaction() as session:
        enter_shop(session, other.id)
        team.add(session, other.id, other.owner, mine.email, "staff")
    shown = [
        in_tab(shop, lambda tab: tab.send(f"{SHELL}.load")).var("has_other_shops", ShellState)
        for shop in (mine, other)
    ]
    assert shown == [True, False]
