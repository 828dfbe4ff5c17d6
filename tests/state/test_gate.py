"""The gate: who may send which event."""

import asyncio
from collections.abc import Callable

import pytest

from astronote import db
from astronote.errors import Unauthenticated
from astronote.models import Membership
from astronote.services import accounts
from astronote.state import identity
from astronote.state.billing import BillingState
from astronote.state.gate import LEAVE, START_AFRESH, Gate, TabState
from astronote.state.shell import ShellState
from tests.support.events import Answer, Tab, browsing, handlers
from tests.support.shops import ShopUnderTest

LOAD = f"{ShellState.get_full_name()}.load"
SETTABLE = [name for name in handlers() if name.endswith(".setvar")]


def _leaves(answer: Answer) -> bool:
    return answer.scripts == [LEAVE] and not answer.delta and len(answer.events) == 1


def test_nobody_gets_an_answer_from_any_handler() -> None:
    async def walk() -> list[str]:
        async with browsing() as browser:
            return [n for n in handlers() if not _leaves(await browser.tab().send(n))]

    assert len(handlers()) > 20
    assert asyncio.run(walk()) == []


def test_an_ended_session_gets_no_answer_from_any_handler(shop: ShopUnderTest) -> None:
    with db.system_transaction() as session:
        accounts.sign_out(session, shop.owner)

    async def walk() -> list[str]:
        async with browsing() as browser:
            return [n for n in handlers() if not _leaves(await browser.tab(shop.token).send(n))]

    assert asyncio.run(walk()) == []


def test_the_owner_is_let_in(shop: ShopUnderTest) -> None:
    async def load() -> Answer:
        async with browsing() as browser:
            return await browser.tab(shop.token).send(LOAD)

    answer = asyncio.run(load())
    assert answer.var("shop_name") == shop.name
    assert answer.var("credits") == "1,000"


@pytest.mark.parametrize(
    "claims",
    ["", "1", "1.2", "1.2.x", "1.2.3.4", "-1.2.3", "²..1", "1.2." + "9" * 40, "' or 1=1 --"],
)
def test_a_header_that_is_not_ours_is_nobody(claims: str) -> None:
    with pytest.raises(Unauthenticated):
        identity.claims_in({identity.SESSION_HEADER: claims})


def test_claims_that_do_not_belong_together_are_nobody(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    one, two = two_shops
    mixed = f"{one.owner.user_id}.{two.id}.{one.owner.session_id}"

    async def load() -> Answer:
        async with browsing() as browser:
            tab = browser.tab()
            tab.headers = {identity.SESSION_HEADER: mixed}
            return await tab.send(LOAD)

    assert _leaves(asyncio.run(load()))


def test_a_tab_that_changes_hands_starts_afresh(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    one, two = two_shops

    async def change_hands() -> tuple[Answer, Answer]:
        async with browsing() as browser:
            tab = browser.tab(one.token)
            first = await tab.send(LOAD)
            tab.sign_in(two.token)
            return first, await tab.send("reflex___state____state.hydrate")

    first, second = asyncio.run(change_hands())
    assert first.var("shop_name") == one.name
    assert second.scripts == [START_AFRESH]
    assert not second.delta


def test_no_var_is_set_from_outside(shop: ShopUnderTest) -> None:
    async def set_all() -> list[str]:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            await tab.send(LOAD)
            answered = []
            for name in SETTABLE:
                answer = await tab.send(name, {"var_name": "shop_name", "value": "Evil"})
                if "Evil" in str(answer.delta) or answer.events:
                    answered.append(name)
            return answered

    assert SETTABLE
    assert asyncio.run(set_all()) == []


def test_the_session_of_a_tab_is_not_sent_to_the_browser(shop: ShopUnderTest) -> None:
    async def hydrate() -> Answer:
        async with browsing() as browser:
            return await browser.tab(shop.token).send("reflex___state____state.hydrate")

    sent = asyncio.run(hydrate()).delta
    assert "_session_id" not in str(sent.get(TabState.get_full_name(), {}))


def _become_staff(shop: ShopUnderTest) -> None:
    with db.system_transaction() as session:
        membership = session.get_one(Membership, _membership_id(session, shop))
        membership.role = "staff"
        session.add(membership)


def _membership_id(session: object, shop: ShopUnderTest) -> int:
    from sqlmodel import Session, select

    assert isinstance(session, Session)
    found = session.exec(select(Membership).where(Membership.user_id == shop.owner.user_id)).one()
    assert found.id is not None
    return found.id


def test_staff_are_kept_from_an_owners_page(shop: ShopUnderTest) -> None:
    _become_staff(shop)

    async def load(path: str) -> Answer:
        async with browsing() as browser:
            tab: Tab = browser.tab(shop.token)
            tab.path = path
            return await tab.send(LOAD)

    assert "owner" in asyncio.run(load("/app/settings")).said
    assert asyncio.run(load("/app")).var("role") == "staff"


def test_a_state_marked_for_owners_refuses_staff_on_any_page(
    shop: ShopUnderTest,
) -> None:
    _become_staff(shop)

    async def load() -> Answer:
        async with browsing() as browser:
            return await browser.tab(shop.token).send(f"{BillingState.get_full_name()}.load")

    answer = asyncio.run(load())
    assert "owner" in answer.said
    assert not answer.delta


def test_a_long_task_notices_that_the_session_ended(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_FRESH_SECONDS", 0.0)
    claims = identity.claims_in(
        {identity.SESSION_HEADER: (f"{shop.owner.user_id}.{shop.id}.{shop.owner.session_id}")}
    )

    async def work() -> None:
        await identity.admit(claims)
        assert (await identity.still_here()).shop_id == shop.id
        with db.system_transaction() as session:
            accounts.sign_out(session, shop.owner)
        with pytest.raises(Unauthenticated):
            await identity.still_here()

    asyncio.run(work())


def test_outside_an_event_there_is_nobody() -> None:
    with pytest.raises(Unauthenticated):
        identity.current()


def test_owner_paths_are_matched_with_and_without_a_slash() -> None:
    gate = Gate(["/app/settings"])
    is_for_owners: Callable[..., bool] = gate._is_for_owners
    from reflex_base.event import Event

    assert is_for_owners(Event(name="x"), "/app/settings/")
    assert not is_for_owners(Event(name="x"), "/app")
