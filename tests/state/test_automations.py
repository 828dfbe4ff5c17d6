"""The automations page: switching, writing, what is refused, what is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from astronote import clock, db
from astronote.services import automations, shops
from astronote.services.automations import BIRTHDAY, WELCOME
from astronote.state.automations import AutomationsState
from astronote.state.automations_editor import AutomationEditorState
from tests.support.events import Tab, browsing
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest

PAGE = AutomationsState.get_full_name()
EDITOR = AutomationEditorState.get_full_name()
NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon_in_athens() -> None:
    clock.shift(NOON - datetime.now(UTC))


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = "/app/automations"
            return await doing(tab)

    return asyncio.run(run())


def stored(shop: ShopUnderTest, type: str) -> automations.AutomationRow:
    with db.transaction(shop.id) as session:
        return automations.get(session, shop.id, type)


def test_switching_on_asks_first_with_a_message_as_somebody_gets_it(shop: ShopUnderTest) -> None:
    add_contact(shop.id, first_name="Anna")

    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{PAGE}.load")
        assert loaded.var("welcome", AutomationsState).is_active is False
        asked = await tab.send(f"{PAGE}.switch", {"type": WELCOME, "on": True})
        assert asked.var("asked", AutomationsState) == WELCOME
        assert "credit" in asked.var("asked_words", AutomationsState)
        assert "Anna" in asked.var("asked_text", AutomationsState) and "/s/" in asked.var(
            "asked_text", AutomationsState
        )
        assert not stored(shop, WELCOME).is_active
        await tab.send(f"{PAGE}.never_mind")
        await tab.send(f"{PAGE}.switch_on")
        assert not stored(shop, WELCOME).is_active
        await tab.send(f"{PAGE}.switch", {"type": WELCOME, "on": True})
        done = await tab.send(f"{PAGE}.switch_on")
        assert done.var("welcome", AutomationsState).is_active and "are on" in done.said
        assert stored(shop, WELCOME).is_active
        off = await tab.send(f"{PAGE}.switch", {"type": WELCOME, "on": False})
        assert not off.var("welcome", AutomationsState).is_active

    in_tab(shop, doing)


def test_writing_changes_nothing_until_it_is_saved(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> None:
        opened = await tab.send(f"{EDITOR}.edit", {"type": BIRTHDAY})
        assert (
            opened.var("open", AutomationEditorState) is True
            and opened.var("has_hour", AutomationEditorState) is True
        )
        assert opened.var("values", AutomationEditorState)["sendHour"] == "10"
        assert ["9", "09:00"] in opened.var("hours", AutomationEditorState) and [
            "22",
            "22:00",
        ] not in opened.var("hours", AutomationEditorState)
        text = "Happy birthday {{first_name|you}}!"
        typed = await tab.send(f"{EDITOR}.typed", {"field": "messageBody", "value": text})
        assert typed.var("sample", AutomationEditorState).text.startswith("Happy birthday Maria!")
        assert stored(shop, BIRTHDAY).updated_at is None
        asked = await tab.send(f"{EDITOR}.close")
        assert asked.var("leaving", AutomationEditorState) is True
        await tab.send(f"{EDITOR}.stay")
        form = {"messageBody": text, "sendHour": "12", "title": "Cake", "expiresOn": "2027-07-01"}
        form["validDays"] = "14"
        saved = await tab.send(f"{EDITOR}.save", {"form": form})
        assert saved.var("open", AutomationEditorState) is False and "saved" in saved.said
        assert saved.var("birthday", AutomationsState).text.startswith("Happy birthday Maria!")

    in_tab(shop, doing)
    row = stored(shop, BIRTHDAY)
    assert (row.message_body, row.send_hour) == ("Happy birthday {{first_name|you}}!", 12)
    assert row.offer.title == "Cake" and row.offer.expires_at is not None
    assert row.offer.expires_at.date().isoformat() == "2027-07-01"
    assert row.offer.valid_days == 14


def test_closing_an_untouched_sheet_asks_nothing(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> None:
        await tab.send(f"{EDITOR}.edit", {"type": WELCOME})
        assert (await tab.send(f"{EDITOR}.close")).var("open", AutomationEditorState) is False
        await tab.send(f"{EDITOR}.edit", {"type": WELCOME})
        await tab.send(f"{EDITOR}.set_offer", {"on": False})
        assert (await tab.send(f"{EDITOR}.close")).var("leaving", AutomationEditorState) is True
        assert (await tab.send(f"{EDITOR}.discard")).var("open", AutomationEditorState) is False

    in_tab(shop, doing)
    assert stored(shop, WELCOME).offer.enabled


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"messageBody": "Hi {{nickname}}"}, "messageBody"),
        ({"messageBody": " "}, "messageBody"),
        ({"sendHour": "23"}, "sendHour"),
        ({"sendHour": "noon"}, "sendHour"),
        ({"maxRedemptions": "many"}, "maxRedemptions"),
        ({"maxTotal": "0"}, "maxTotal"),
        ({"validDays": "1001"}, "validDays"),
        ({"expiresOn": "soon"}, "expiresOn"),
    ],
)
def test_what_is_refused_stands_beside_its_field(
    shop: ShopUnderTest, form: dict[str, str], field: str
) -> None:
    async def doing(tab: Tab) -> Any:
        await tab.send(f"{EDITOR}.edit", {"type": BIRTHDAY})
        return await tab.send(f"{EDITOR}.save", {"form": form})

    answer = in_tab(shop, doing)
    assert set(answer.var("errors", AutomationEditorState)) == {field}
    assert stored(shop, BIRTHDAY).updated_at is None


def test_an_hour_that_quiet_hours_came_to_cover_keeps_nobody_from_writing(
    shop: ShopUnderTest,
) -> None:
    from datetime import time

    with db.transaction(shop.id) as session:
        automations.change(session, shop.id, BIRTHDAY, {"send_hour": 20})
        quiet = shops.QuietHours(time(19), time(9))
        shops.change(session, shop.id, shop.owner, {"quiet_hours": quiet})

    async def doing(tab: Tab) -> None:
        opened = await tab.send(f"{EDITOR}.edit", {"type": BIRTHDAY})
        assert ["20", "20:00 (in your quiet hours)"] in opened.var("hours", AutomationEditorState)
        saved = await tab.send(f"{EDITOR}.save", {"form": {"messageBody": "Hi", "sendHour": "20"}})
        assert saved.var("open", AutomationEditorState) is False

    in_tab(shop, doing)
    assert stored(shop, BIRTHDAY).message_body == "Hi"
