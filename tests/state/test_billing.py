"""The billing page: what it shows, how it leads to paying and takes the shop back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import func, select

from astronote import db
from astronote.models import Payment
from astronote.services import wallet
from astronote.state.billing import BillingState
from astronote.state.payments import PaymentsState
from astronote.state.shell import ShellState
from tests.support.api import ApiClient
from tests.support.events import Answer, Tab, browsing, handlers
from tests.support.shops import ShopUnderTest
from tests.support.till import Till, deliver

PAGE = BillingState.get_full_name()
PAYING = PaymentsState.get_full_name()
THEIRS = [
    name
    for name in handlers()
    if name.startswith((f"{PAGE}.", f"{PAYING}.")) and not name.endswith(".setvar")
]


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], **query: str) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path, tab.query = "/app/billing", query
            return await doing(tab)

    return asyncio.run(run())


def address(answer: Answer) -> str:
    (script,) = answer.scripts
    return script.removeprefix('window.location.assign("').removesuffix('")')


@pytest.mark.parametrize("name", THEIRS)
def test_staff_reach_no_handler_from_any_page(shop: ShopUnderTest, name: str) -> None:
    with db.system_transaction() as session:
        session.execute(sa.text("UPDATE membership SET role = 'staff'"))

    async def doing(tab: Tab) -> Answer:
        tab.path = "/app"
        return await tab.send(name)

    answer = in_tab(shop, doing)
    assert "owner" in answer.said
    assert not answer.delta


def test_the_price_follows_what_is_chosen(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{PAYING}.load")
        assert loaded.var("total", PaymentsState) == "€55.80"
        assert [p.price for p in loaded.var("plans", PaymentsState)] == ["€35.96", "€359.60"]
        pack = await tab.send(f"{PAYING}.choose_pack", {"key": "5000"})
        assert pack.var("total", PaymentsState) == "€279.00"
        own = await tab.send(f"{PAYING}.write_own", {"text": "1.234"})
        assert own.var("net", PaymentsState) == "€55.53"
        few = await tab.send(f"{PAYING}.write_own", {"text": "99"})
        assert "100" in few.var("errors", PaymentsState)["credits"]
        words = await tab.send(f"{PAYING}.write_own", {"text": "many"})
        assert "digits" in words.var("errors", PaymentsState)["credits"]
        bought = await tab.send(f"{PAYING}.buy")
        assert not bought.scripts

    in_tab(shop, doing)


def test_paying_and_coming_back(till: Till, api: ApiClient, new_shop: Any) -> None:
    shop = new_shop(active=False, credits=0)

    async def go(tab: Tab) -> str:
        await tab.send(f"{PAYING}.load")
        return address(await tab.send(f"{PAYING}.subscribe", {"plan": "monthly"}))

    events = till.pay(in_tab(shop, go))

    async def too_early(tab: Tab) -> Answer:
        return await tab.send(f"{PAYING}.load", within=4)

    number = _payment_id(shop)
    early = in_tab(shop, too_early, payment=str(number))
    assert early.var("awaited", PaymentsState) == "waiting"
    deliver(api, *events)

    async def back(tab: Tab) -> Answer:
        return await tab.send(f"{PAYING}.load")

    answer = in_tab(shop, back, payment=str(number))
    assert answer.var("awaited", PaymentsState) == "paid"
    assert answer.var("available", BillingState) == "500"
    assert answer.var("can_send", ShellState) is True
    assert answer.var("is_paid", BillingState) is True
    assert answer.var("is_granted", BillingState) is False
    assert "Renewed on" in answer.var("period_end", BillingState)
    assert [row.what for row in answer.var("rows", PaymentsState)] == ["Monthly plan"]
    assert any("history.replaceState" in script for script in answer.scripts)


def _payment_id(shop: ShopUnderTest) -> int:
    with db.transaction(shop.id) as session:
        return session.exec(select(func.max(Payment.id)).where(Payment.shop_id == shop.id)).one()


def test_another_shops_payment_is_not_waited_for(
    till: Till, api: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    mine, other = two_shops
    deliver(api, *till.buy_credits(other.owner, 200))

    async def back(tab: Tab) -> Answer:
        return await tab.send(f"{PAYING}.load")

    answer = in_tab(mine, back, payment=str(_payment_id(other)))
    assert answer.var("awaited", PaymentsState) == ""
    assert answer.var("rows", PaymentsState) == []


def test_a_plan_that_was_granted_is_nothing_to_choose_again(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> Answer:
        return await tab.send(f"{PAGE}.load")

    answer = in_tab(shop, doing)
    assert answer.var("status", BillingState) == "active"
    assert answer.var("is_granted", BillingState) is True
    assert "Nothing is charged" in answer.var("period_end", BillingState)


def test_the_ledger_by_kind(shop: ShopUnderTest) -> None:
    with db.transaction(shop.id) as session:
        wallet.grant(session, shop.id, 7, kind="adjustment", settles="a", note="For the trouble")

    async def doing(tab: Tab) -> None:
        both = await tab.send(f"{PAGE}.load")
        assert [r.amount for r in both.var("rows", BillingState)] == ["+7", "+1,000"]
        one = await tab.send(f"{PAGE}.choose_kind", {"kind": "adjustment"})
        assert [r.note for r in one.var("rows", BillingState)] == ["For the trouble"]
        assert "kind=adjustment" in one.said
        wrong = await tab.send(f"{PAGE}.choose_kind", {"kind": "nonsense"})
        assert "not acceptable" in wrong.said

    in_tab(shop, doing)


def test_without_stripe_the_page_says_so(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{PAYING}.load")
        assert loaded.var("is_possible", PaymentsState) is False
        refused = await tab.send(f"{PAYING}.buy")
        assert "not set up" in refused.said
        assert refused.var("leaving", PaymentsState) == ""

    in_tab(shop, doing)


def test_it_speaks_greek(shop: ShopUnderTest) -> None:
    from astronote.models import UserAccount

    with db.system_transaction() as session:
        session.get_one(UserAccount, shop.owner.user_id).locale = "el"

    async def doing(tab: Tab) -> Answer:
        await tab.send(f"{PAYING}.load")
        return await tab.send(f"{PAGE}.load")

    answer = in_tab(shop, doing)
    assert answer.var("plan", BillingState) == "Μηνιαίο"
    assert "Δεν χρεώνεστε τίποτα" in answer.var("period_end", BillingState)
