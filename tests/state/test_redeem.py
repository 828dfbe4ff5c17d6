"""The till's page: a code is typed, the offer seen, redeemed once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from astronote import clock
from astronote.services.till_codes import till_code
from astronote.settings import settings
from astronote.state.redeem import RedeemState
from tests.support.events import Answer, Tab, browsing
from tests.support.messages import add_message, rows
from tests.support.shops import ShopUnderTest

TILL = RedeemState.get_full_name()
OFFER: dict[str, Any] = {"enabled": True, "title": "Ten off", "code": "TEN", "maxRedemptions": 1}


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], code: str = "") -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = "/nowhere"
            tab.query = {"code": code} if code else {}
            return await doing(tab)

    return asyncio.run(run())


def after(shop: ShopUnderTest, *events: Any, code: str = "") -> Answer:
    """Load the page, send ``events`` (names, or pairs with a payload); the last answer."""

    async def doing(tab: Tab) -> Answer:
        answer = await tab.send(f"{TILL}.load")
        for event in events:
            name, payload = event if isinstance(event, tuple) else (event, {})
            answer = await tab.send(f"{TILL}.{name}", payload)
        return answer

    found: Answer = in_tab(shop, doing, code)
    return found


def find(code: str) -> tuple[str, dict[str, Any]]:
    return ("find", {"form": {"code": code}})


def test_a_typed_code_shows_the_offer_and_a_press_redeems_it(shop: ShopUnderTest) -> None:
    message = add_message(shop, offer=OFFER)
    code = till_code(message.id)
    seen = after(shop, find(code.lower()))
    assert seen.var("outcome", RedeemState) == "active"
    assert seen.var("offer", RedeemState).title == "Ten off"
    assert rows(shop, "redemption") == []
    done = after(shop, find(code), "redeem")
    assert done.var("outcome", RedeemState) == "redeemed"
    (line,) = done.var("rows", RedeemState)
    assert (line.title, line.of, line.code, line.by) == ("Ten off", "Spring", code, shop.email)
    assert after(shop, find(code)).var("outcome", RedeemState) == "already_redeemed"
    assert [row["by"] for row in rows(shop, "redemption")] == ["staff"]


def test_pressing_again_redeems_nothing_more(shop: ShopUnderTest) -> None:
    message = add_message(shop, offer=OFFER | {"maxRedemptions": 3})
    answer = after(shop, find(till_code(message.id)), "redeem", "redeem")
    assert len(rows(shop, "redemption")) == 1
    assert "outcome" not in str(answer.delta.get(TILL, {}).keys())


def test_a_scanned_address_is_as_good_as_a_code(shop: ShopUnderTest) -> None:
    message = add_message(shop, offer=OFFER)
    scanned = f"{settings().public_base}/tracking/redeem/{message.tracking_id}"
    for event in (find(scanned), ("scanned", {"seen": {"text": scanned}})):
        assert after(shop, event).var("outcome", RedeemState) == "active"
    opened = after(shop, code=till_code(message.id))
    assert opened.var("outcome", RedeemState) == "active"


@pytest.mark.parametrize("code", ["AAAA-AAAA", "0000-0000", "x", "https://evil.example/", "\x00"])
def test_a_code_of_nobody_says_so(shop: ShopUnderTest, code: str) -> None:
    answer = after(shop, find(code))
    assert answer.var("outcome", RedeemState) == "unknown"


def test_an_offer_that_is_over_says_so(shop: ShopUnderTest) -> None:
    past = (clock.now() - timedelta(days=1)).isoformat()
    over = add_message(shop, offer=OFFER | {"expiresAt": past})
    answer = after(shop, find(till_code(over.id)), "redeem")
    assert answer.delta.get(TILL, {}) == {}
    assert after(shop, find(till_code(over.id))).var("outcome", RedeemState) == "expired"
    assert rows(shop, "redemption") == []


def test_another_shops_offer_does_not_exist(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    theirs = add_message(other, offer=OFFER | {"title": "Secret"})
    scanned = f"{settings().public_base}/tracking/redeem/{theirs.tracking_id}"
    for code in (till_code(theirs.id), scanned):
        answer = after(mine, find(code), "redeem")
        assert "Secret" not in str(answer.delta)
        assert after(mine, find(code)).var("outcome", RedeemState) == "unknown"
    assert rows(other, "redemption") == []


def test_without_a_camera_one_is_told_to_type(shop: ShopUnderTest) -> None:
    answer = after(shop, ("scanned", {"seen": {"failed": True}}))
    assert "camera" in answer.said
    assert after(shop, ("scanned", {"seen": {}})).said == ""
