"""The lists page: counts, and the making, naming and deleting of own lists."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astronote import db
from astronote.services import contacts, lists
from astronote.services.contact_search import Selection
from astronote.state.lists import ListsState
from tests.support.events import Answer, Tab, browsing
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest

LISTS = ListsState.get_full_name()


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = "/nowhere"
            return await doing(tab)

    return asyncio.run(run())


def after(shop: ShopUnderTest, *events: Any) -> Answer:
    """Load the page, send ``events`` (names, or pairs with a payload); the last answer."""

    async def doing(tab: Tab) -> Answer:
        answer = await tab.send(f"{LISTS}.load")
        for event in events:
            name, payload = event if isinstance(event, tuple) else (event, {})
            answer = await tab.send(f"{LISTS}.{name}", payload)
        return answer

    found: Answer = in_tab(shop, doing)
    return found


def make(shop: ShopUnderTest, name: str, *contact_ids: int) -> int:
    with db.transaction(shop.id) as session:
        made = lists.create(session, shop.id, name)
        assert made.id is not None
        lists.add(session, shop.id, made.id, Selection(ids=contact_ids))
        return made.id


def own(shop: ShopUnderTest) -> list[tuple[str, int]]:
    with db.transaction(shop.id) as session:
        return [(r.name, r.count) for r in lists.everything(session, shop.id) if r.kind == "own"]


def test_lists_are_shown_with_how_many_they_hold_now(shop: ShopUnderTest) -> None:
    people = [add_contact(shop.id, gender="female"), add_contact(shop.id)]
    made = make(shop, "VIP", people[0])
    answer = after(shop)
    counts = {
        line.key: line.count for group in answer.var("system", ListsState) for line in group.lists
    }
    assert (counts["all"], counts["female"], counts["male"]) == ("2", "1", "0")
    assert len(counts) == 8
    assert [(line.key, line.name, line.count) for line in answer.var("own", ListsState)] == [
        (str(made), "VIP", "1")
    ]
    assert answer.var("shown", ListsState) == "1 list"


def test_a_list_is_made_and_renamed(shop: ShopUnderTest) -> None:
    answer = after(shop, "add", ("save", {"form": {"name": "  Old   friends "}}))
    assert own(shop) == [("Old friends", 0)]
    assert "List created." in answer.said
    assert answer.var("naming", ListsState) is False
    (line,) = answer.var("own", ListsState)
    opened = after(shop, ("edit", {"list_id": int(line.key)}))
    assert opened.var("name", ListsState) == "Old friends"
    after(shop, ("edit", {"list_id": int(line.key)}), ("save", {"form": {"name": "Friends"}}))
    assert own(shop) == [("Friends", 0)]


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "vip"])
def test_a_name_that_cannot_be_is_refused_beside_its_field(shop: ShopUnderTest, name: str) -> None:
    make(shop, "VIP")
    answer = after(shop, "add", ("save", {"form": {"name": name}}))
    assert "name" in answer.var("errors", ListsState)
    assert answer.var("working", ListsState) is False
    assert own(shop) == [("VIP", 0)]


def test_deleting_asks_with_numbers_and_leaves_the_contacts(shop: ShopUnderTest) -> None:
    person = add_contact(shop.id)
    made = make(shop, "VIP", person)
    asked = after(shop, ("ask_delete", {"list_id": made}))
    assert asked.var("asked_words", ListsState) == "1 contact"
    assert own(shop) == [("VIP", 1)]
    answer = after(shop, ("ask_delete", {"list_id": made}), "go_on")
    assert "List deleted." in answer.said
    assert own(shop) == []
    with db.transaction(shop.id) as session:
        assert contacts.get(session, shop.id, person).id == person


def test_pages_of_lists_keep_the_systems_counts(shop: ShopUnderTest) -> None:
    for number in range(45):
        make(shop, f"List {number}")
    first, second = after(shop), after(shop, "next_page")
    assert (len(first.var("own", ListsState)), first.var("has_next", ListsState)) == (42, True)
    assert (len(second.var("own", ListsState)), second.var("shown", ListsState)) == (
        3,
        "45 lists",
    )
    assert "system" not in str(list(second.delta[LISTS]))


def test_another_shops_list_does_not_exist(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    theirs = make(other, "Secret")
    for name in ("edit", "ask_delete"):
        answer = after(mine, (name, {"list_id": theirs}))
        assert "no such list" in answer.said
        assert "Secret" not in str(answer.delta)
    assert after(mine, "go_on").said == ""
    assert own(other) == [("Secret", 0)]
