"""The inbox page: list and thread, answers, drafts, and what comes in meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astronote import db
from astronote.services import consent, inbox, message_log
from astronote.state import inbox as page
from astronote.state.inbox import InboxState
from astronote.state.shell import ShellState
from tests.services.test_inbox import hear
from tests.support.events import LONGEST, Tab, browsing
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest

INBOX = InboxState.get_full_name()


@pytest.fixture
def maria(shop: ShopUnderTest) -> tuple[int, str]:
    phone = new_phone()
    contact_id = add_contact(shop.id, phone=phone, first_name="Maria")
    hear(shop, phone, "Are you open?", contact_id)
    return contact_id, phone


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], **query: str) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path, tab.query = "/app/inbox", query
            return await doing(tab)

    return asyncio.run(run())


def unread(shop: ShopUnderTest) -> int:
    with db.transaction(shop.id) as session:
        return inbox.pulse(session, shop.id).unread


def test_opening_a_conversation_reads_it_and_keeps_it_in_the_address(
    shop: ShopUnderTest, maria: tuple[int, str]
) -> None:
    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{INBOX}.load")
        [row] = loaded.var("rows", InboxState)
        assert (row.name, row.text, row.unread) == ("Maria", "Are you open?", "1")
        assert loaded.var("unread", ShellState) == 1
        assert (
            loaded.var("can_receive", InboxState) is False
            and loaded.var("sender", InboxState) == "Astronote"
        )
        opened = await tab.send(f"{INBOX}.open", {"key": row.key})
        assert [entry.text for entry in opened.var("entries", InboxState)] == ["Are you open?"]
        assert (
            opened.var("rows", InboxState)[0].unread == "" and opened.var("unread", ShellState) == 0
        )
        assert f"/app/inbox?with={row.key}" in opened.scripts[0]

    in_tab(shop, doing)
    assert unread(shop) == 0


def test_an_answer_is_sent_and_shown(shop: ShopUnderTest, maria: tuple[int, str]) -> None:
    contact_id, _ = maria

    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{INBOX}.load")
        assert loaded.var("name", InboxState) == "Maria"
        typed = await tab.send(f"{INBOX}.typed", {"text": "Yes, until nine."})
        assert typed.var("size", InboxState) == "16 characters, 1 part, 1 credit"
        sent = await tab.send(f"{INBOX}.reply", {"form": {"text": "Yes, until nine."}})
        assert [e.direction for e in sent.var("entries", InboxState)] == ["in", "out"]
        assert sent.var("entries", InboxState)[1].status_words == "Waiting"
        assert (
            sent.var("draft", InboxState) == ""
            and sent.var("rows", InboxState)[0].text == "You: Yes, until nine."
        )

    in_tab(shop, doing, **{"with": f"c{contact_id}"})
    with db.transaction(shop.id) as session:
        [message] = message_log.listing(session, shop.id, kind="direct").items
    assert message.text == "Yes, until nine."


def test_who_writes_first_is_told_what_is_added(shop: ShopUnderTest) -> None:
    contact_id = add_contact(shop.id, first_name="Eleni")

    async def doing(tab: Tab) -> None:
        loaded = await tab.send(f"{INBOX}.load")
        assert loaded.var("writes_first", InboxState) is True
        typed = await tab.send(f"{INBOX}.typed", {"text": "Your order is here."})
        assert typed.var("size", InboxState).endswith("plus the line to unsubscribe")
        sent = await tab.send(f"{INBOX}.reply", {"form": {"text": "Your order is here."}})
        assert [e.direction for e in sent.var("entries", InboxState)] == ["out"]
        assert sent.var("credits", ShellState) == "999"

    in_tab(shop, doing, **{"with": f"c{contact_id}"})


def test_a_refused_answer_stays_in_the_box_also_after_a_look_elsewhere(
    shop: ShopUnderTest, maria: tuple[int, str]
) -> None:
    contact_id, _ = maria
    other = add_contact(shop.id)

    async def doing(tab: Tab) -> None:
        await tab.send(f"{INBOX}.load")
        refused = await tab.send(f"{INBOX}.reply", {"form": {"text": "Hi {{nobody}}"}})
        assert "is not a token" in refused.var("reply_error", InboxState)
        elsewhere = await tab.send(f"{INBOX}.open", {"key": f"c{other}"})
        assert (
            elsewhere.var("draft", InboxState) == ""
            and elsewhere.var("reply_error", InboxState) == ""
        )
        again = await tab.send(f"{INBOX}.open", {"key": f"c{contact_id}"})
        assert again.var("draft", InboxState) == "Hi {{nobody}}"

    in_tab(shop, doing, **{"with": f"c{contact_id}"})


def test_who_has_left_meanwhile_is_not_written_to(
    shop: ShopUnderTest, maria: tuple[int, str]
) -> None:
    contact_id, _ = maria

    async def doing(tab: Tab) -> None:
        assert (await tab.send(f"{INBOX}.load")).var("is_subscribed", InboxState) is True
        with db.transaction(shop.id) as session:
            consent.unsubscribe(session, shop.id, contact_id, source="keyword", actor="person")
        refused = await tab.send(f"{INBOX}.reply", {"form": {"text": "Hello"}})
        assert "not subscribed" in refused.var("reply_error", InboxState)

    in_tab(shop, doing, **{"with": f"c{contact_id}"})


def test_a_text_that_comes_in_appears_by_itself(
    shop: ShopUnderTest, maria: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    contact_id, phone = maria
    monkeypatch.setattr(page, "LIVE_SECONDS", 0.05)

    async def doing(tab: Tab) -> None:
        await tab.send(f"{INBOX}.load")
        watching = asyncio.create_task(tab.send(f"{INBOX}.watch"))
        hear(shop, phone, "Hello?", contact_id)
        async with asyncio.timeout(LONGEST):
            while await asyncio.to_thread(unread, shop):
                await asyncio.sleep(0.02)
        watching.cancel()

    in_tab(shop, doing, **{"with": f"c{contact_id}"})
    assert unread(shop) == 0


def test_a_stranger_can_be_read_and_not_answered(shop: ShopUnderTest) -> None:
    text_id = hear(shop, new_phone(), "Wrong number?")

    async def doing(tab: Tab) -> None:
        await tab.send(f"{INBOX}.load")
        opened = await tab.send(f"{INBOX}.open", {"key": f"t{text_id}"})
        assert opened.var("entries", InboxState)[0].text == "Wrong number?"
        await tab.send(f"{INBOX}.reply", {"form": {"text": "Who is this?"}})

    in_tab(shop, doing)
    with db.transaction(shop.id) as session:
        assert message_log.listing(session, shop.id).items == []


@pytest.mark.parametrize("key", ["c999999", "t999999", "x", "", "c0"])
def test_what_is_not_there_leaves_the_page_as_it_is(shop: ShopUnderTest, key: str) -> None:
    async def doing(tab: Tab) -> Any:
        await tab.send(f"{INBOX}.load")
        return await tab.send(f"{INBOX}.open", {"key": key})

    assert "There is no such" in in_tab(shop, doing, **{"with": key}).said
