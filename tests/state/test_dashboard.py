"""The dashboard's page: figures in words, in the person's language."""

import asyncio

from astronote import db
from astronote.services import accounts
from astronote.state.dashboard import DashboardState
from tests.support.campaigns import make
from tests.support.events import Answer, browsing
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest


def load(shop: ShopUnderTest) -> Answer:
    async def run() -> Answer:
        async with browsing() as browser:
            return await browser.tab(shop.token).send(f"{DashboardState.get_full_name()}.load")

    return asyncio.run(run())


def test_a_new_shop_sees_its_steps_and_they_go(shop: ShopUnderTest) -> None:
    first = load(shop)
    assert first.var("steps", DashboardState) == {
        **{"import": False, "write": False},
        **{"plan": True, "send": False},
    }
    add_contact(shop.id)
    make(shop)
    later = load(shop)
    steps = later.var("steps", DashboardState)
    assert steps == {"import": True, "write": True, "plan": True, "send": False}
    values = later.var("values", DashboardState)
    assert (values["contacts"], values["sent"], values["credits"]) == ("1", "0", "1,000")
    assert "none in the 30 days before" in later.var("notes", DashboardState)["contacts_change"]
    chart = later.var("chart", DashboardState)
    assert (len(chart), chart[-1]["contacts"]) == (30, 1)
    assert [line.status for line in later.var("recent", DashboardState)] == ["draft"]


def test_figures_and_what_needs_attention_speak_greek(new_shop: type) -> None:
    shop: ShopUnderTest = new_shop(active=False, credits=1_000)
    with db.system_transaction() as session:
        accounts.set_language(session, shop.owner, "el")
    answer = load(shop)
    assert answer.var("values", DashboardState)["credits"] == "1.000"
    [found] = answer.var("attention", DashboardState)
    assert (found.code, found.href) == ("blocked", "/app/billing")
    assert "blocked" not in found.sentence
    assert "Choose" not in found.reason
