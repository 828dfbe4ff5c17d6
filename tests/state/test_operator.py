"""The operator's page: nobody else's, by page, by event, by address; and what it does."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from reflex_base.registry import RegistrationContext

from astronote import clock, db
from astronote.models import LinkMiss, Payment, WebhookEvent
from astronote.services import operating
from astronote.settings import settings
from astronote.state.operator import OperatorState
from astronote.state.operator_events import OperatorEventsState
from astronote.state.operator_money import OperatorMoneyState
from astronote.state.shell import ShellState
from tests.support.events import Answer, Tab, browsing, handlers
from tests.support.shops import ShopUnderTest

PAGE = OperatorState.get_full_name()
EVENTS = OperatorEventsState.get_full_name()
MONEY = OperatorMoneyState.get_full_name()
THEIRS = [
    name
    for name in handlers()
    if name.startswith((f"{PAGE}.", f"{EVENTS}.", f"{MONEY}.")) and not name.endswith(".setvar")
]


@pytest.fixture
def operator(shop: ShopUnderTest) -> ShopUnderTest:
    """A shop whose owner operates the installation."""
    with db.system_transaction() as session:
        operating.make_operator(session, shop.email, True)
    return shop


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = "/app/operator"
            return await doing(tab)

    return asyncio.run(run())


@pytest.mark.parametrize("name", THEIRS)
def test_to_others_there_is_no_such_handler(shop: ShopUnderTest, name: str) -> None:
    async def doing(tab: Tab) -> Answer:
        return await tab.send(name)

    answer = in_tab(shop, doing)
    assert "no such thing" in answer.said
    assert not answer.delta


def test_who_is_no_operator_any_more_is_out_at_the_next_click(operator: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> tuple[Answer, Answer]:
        first = await tab.send(f"{PAGE}.load")
        with db.system_transaction() as session:
            operating.make_operator(session, operator.email, False)
        return first, await tab.send(f"{PAGE}.load")

    first, second = in_tab(operator, doing)
    assert first.var("rows", OperatorState)
    assert "no such thing" in second.said
    assert not second.delta


def test_the_frame_knows_operators(operator: ShopUnderTest, new_shop: Any) -> None:
    async def doing(tab: Tab) -> Answer:
        return await tab.send(f"{ShellState.get_full_name()}.load")

    assert in_tab(operator, doing).var("is_operator", ShellState) is True
    assert "'is_operator_rx_state_': True" not in str(in_tab(new_shop(), doing).delta)


def test_holding_and_releasing_a_shop(operator: ShopUnderTest, new_shop: Any) -> None:
    other = new_shop(name="Other")

    async def doing(tab: Tab) -> None:
        await tab.send(f"{PAGE}.load")
        asked = await tab.send(f"{PAGE}.ask_hold", {"shop_id": other.id})
        assert asked.var("act", OperatorState) == "hold"
        empty = await tab.send(f"{PAGE}.confirm", {"form": {"reason": " "}})
        assert "reason" in empty.var("errors", OperatorState)
        held = await tab.send(f"{PAGE}.confirm", {"form": {"reason": "Spam."}})
        row = next(r for r in held.var("rows", OperatorState) if r.id == other.id)
        assert (row.held, row.hold_reason) == (True, "Spam.")
        released = await tab.send(f"{PAGE}.release", {"shop_id": other.id})
        row = next(r for r in released.var("rows", OperatorState) if r.id == other.id)
        assert not row.held

    in_tab(operator, doing)
    with db.system_transaction() as session:
        actors = session.execute(sa.text("SELECT actor FROM audit_event WHERE action ~ 'hold|rel'"))
        assert set(actors.scalars()) == {operator.owner.actor}


def test_approving_and_refusing_names(
    operator: ShopUnderTest, new_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "require_sender_approval", True)
    good, bad = new_shop(), new_shop()
    with db.system_transaction() as session:
        for shop, name in ((good, "Bakery"), (bad, "MyBank")):
            session.execute(
                sa.text("UPDATE shop SET sender_name = :n WHERE id = :s"), {"n": name, "s": shop.id}
            )

    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{PAGE}.load")
        assert [n.name for n in loaded.var("names", OperatorState)] == ["Bakery", "MyBank"]
        approved = await tab.send(f"{PAGE}.approve", {"shop_id": good.id, "name": "Bakery"})
        assert [n.name for n in approved.var("names", OperatorState)] == ["MyBank"]
        await tab.send(f"{PAGE}.ask_refuse", {"shop_id": bad.id, "name": "MyBank"})
        refused = await tab.send(f"{PAGE}.confirm", {"form": {"reason": "A bank."}})
        assert refused.var("names", OperatorState) == []
        late = await tab.send(f"{PAGE}.approve", {"shop_id": good.id, "name": "Other"})
        assert "changed its name" in late.said

    in_tab(operator, doing)


def test_parked_events_misses_and_the_invariants(operator: ShopUnderTest) -> None:
    with db.system_transaction() as session:
        session.add(LinkMiss(code="guessed", count=3))
        for n in range(2):
            session.add(
                WebhookEvent(
                    provider="mitto",
                    kind="dlr",
                    body={"messageId": f"m-{n}"},
                    body_hash=bytes([n]),
                    state="parked",
                    error="No message has this id.",
                )
            )

    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{EVENTS}.load")
        first, second = loaded.var("parked", OperatorEventsState)
        assert [m.code for m in loaded.var("misses", OperatorEventsState)] == ["guessed"]
        tried = await tab.send(f"{EVENTS}.retry", {"event_id": first.id})
        assert [p.id for p in tried.var("parked", OperatorEventsState)] == [second.id]
        await tab.send(f"{EVENTS}.ask_drop", {"event_id": second.id})
        dropped = await tab.send(f"{EVENTS}.drop")
        assert dropped.var("parked", OperatorEventsState) == []
        looked = await tab.send(f"{PAGE}.look")
        assert looked.var("looked", OperatorState)

    in_tab(operator, doing)


def test_money_that_went_back_is_listed_with_what_could_not_be_taken(
    operator: ShopUnderTest,
) -> None:
    with db.system_transaction() as session:
        session.add(
            Payment(
                shop_id=operator.id,
                kind="credits",
                credits=1_000,
                net_cents=4_500,
                vat_cents=1_080,
                total_cents=5_580,
                vat_rate=2_400,
                status="paid",
                refunded_cents=5_580,
                disputes={"dp_1": {"standing": "lost", "cents": 5_580, "at": 1}},
                taken_credits=300,
                short_credits=700,
                reversed_at=clock.now(),
            )
        )

    async def doing(tab: Tab) -> Any:
        return (await tab.send(f"{MONEY}.load")).var("rows", OperatorMoneyState)

    (row,) = in_tab(operator, doing)
    assert (row.shop, row.refunded, row.dispute) == (operator.name, "€55.80", "lost")
    assert (row.taken, row.short) == ("300", "700 were spent already")


@pytest.mark.parametrize("name", THEIRS)
def test_an_operators_nonsense_is_refused_calmly(
    operator: ShopUnderTest, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    handler = RegistrationContext.get().event_handlers[name].handler
    arguments = [p for p in inspect.signature(handler.fn).parameters if p != "self"]

    async def doing(tab: Tab) -> None:
        for value in ({}, [], None, -1, 2**70, 1.5, True, "x" * 10_001, "\x00", {"reason": [1]}):
            await tab.send(name, dict.fromkeys(arguments, value))

    with caplog.at_level(logging.ERROR):
        in_tab(operator, doing)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
