"""Selecting contacts and changing all of them: by ids, by what the filter shows, never others'."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astronote import db
from astronote.services import consent, contact_search, contacts, lists
from astronote.services.contact_search import ContactFilter
from astronote.state.contact_bulk import BulkState
from astronote.state.contact_selection import SelectionState
from astronote.state.contacts import ContactsState
from tests.support.events import Answer, Tab, browsing
from tests.support.shops import ShopUnderTest

LIST = ContactsState.get_full_name()
SELECTION = SelectionState.get_full_name()
BULK = BulkState.get_full_name()
EVERY = {"q": "", "list": "", "gender": "", "subscribed": "", "tag": "", "age": "", "sort": ""}


def people_of(shop: ShopUnderTest) -> list[int]:
    with db.transaction(shop.id) as session:
        made = [
            contacts.create(
                session,
                shop.id,
                {"phone": f"697000000{n}", "first_name": name, "tags": ["old"]},
                source="form",
                actor="tests",
            )
            for n, name in enumerate(("Anna", "Eva", "Nikos"))
        ]
    return [contact.id for contact in made]


@pytest.fixture
def people(shop: ShopUnderTest) -> list[int]:
    return people_of(shop)


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = "/nowhere"
            await tab.send(f"{LIST}.load")
            return await doing(tab)

    return asyncio.run(run())


async def tick(tab: Tab, *ids: int) -> Answer:
    return await tab.send(f"{SELECTION}.tick_page", {"ids": list(ids), "ticked": True})


async def ask(tab: Tab, what: str) -> Answer:
    return await tab.send(f"{BULK}.ask", {"what": what})


async def save(tab: Tab, **form: str) -> Answer:
    return await tab.send(f"{BULK}.save", {"form": form})


def found(shop: ShopUnderTest, **wanted: Any) -> list[str]:
    with db.transaction(shop.id) as session:
        page = contact_search.search(session, shop.id, ContactFilter(**wanted))
    return sorted(contact.first_name or "" for contact in page.items)


def test_ticking_counts_and_unticking_takes_away(shop: ShopUnderTest, people: list[int]) -> None:
    async def choose(tab: Tab) -> list[Answer]:
        return [
            await tab.send(f"{SELECTION}.tick", {"contact_id": people[0], "ticked": True}),
            await tick(tab, *people),
            await tab.send(f"{SELECTION}.tick", {"contact_id": people[1], "ticked": False}),
            await tab.send(f"{SELECTION}.clear"),
        ]

    one, all_three, two, none = in_tab(shop, choose)
    assert one.var("words", SelectionState) == "1 contact selected"
    assert all_three.var("count", SelectionState) == 3
    assert two.var("ids", SelectionState) == [people[0], people[2]]
    assert two.var("query", SelectionState) == f"contactIds={people[0]},{people[2]}"
    assert none.var("count", SelectionState) == 0


def test_labels_are_added_and_taken_off(shop: ShopUnderTest, people: list[int]) -> None:
    async def label(tab: Tab) -> tuple[Answer, Answer, Answer]:
        await tick(tab, *people[:2])
        asked = await ask(tab, "tag")
        empty = await save(tab, tags=" , ")
        added = await save(tab, tags="vip, new")
        await tick(tab, people[0])
        await ask(tab, "untag")
        await save(tab, tags="old")
        return asked, empty, added

    asked, empty, added = in_tab(shop, label)
    assert asked.var("many", BulkState) == "2 contacts"
    assert "tags" in empty.var("errors", BulkState)
    assert "2 contacts changed." in added.said
    assert added.var("count", SelectionState) == 0
    assert (found(shop, tag="vip"), found(shop, tag="old")) == (["Anna", "Eva"], ["Eva", "Nikos"])


def test_what_the_filter_shows_goes_to_a_new_list(shop: ShopUnderTest, people: list[int]) -> None:
    async def fill(tab: Tab) -> tuple[Answer, Answer, Answer]:
        await tab.send(f"{LIST}.search", {"q": "a"})
        chosen = await tab.send(f"{SELECTION}.take_all", {"filters": {**EVERY, "q": "a"}})
        await ask(tab, "list")
        nowhere = await save(tab)
        return chosen, nowhere, await save(tab, newList="Ladies")

    chosen, nowhere, added = in_tab(shop, fill)
    assert chosen.var("words", SelectionState) == "2 contacts selected"
    assert "listId" in nowhere.var("errors", BulkState)
    assert "2 contacts added." in added.said
    with db.transaction(shop.id) as session:
        made = [row for row in lists.everything(session, shop.id) if row.kind == "own"]
    assert [(row.name, row.count) for row in made] == [("Ladies", 2)]
    assert found(shop, list=made[0].id) == ["Anna", "Eva"]

    async def empty(tab: Tab) -> Answer:
        await tick(tab, people[0])
        await ask(tab, "unlist")
        return await save(tab, listId=str(made[0].id))

    assert "1 contact taken out." in in_tab(shop, empty).said
    assert found(shop, list=made[0].id) == ["Eva"]


def test_a_new_filter_ends_a_selection_by_filter(shop: ShopUnderTest, people: list[int]) -> None:
    async def narrow(tab: Tab) -> Answer:
        await tab.send(f"{SELECTION}.take_all", {"filters": EVERY})
        await tab.send(f"{LIST}.narrow", {"name": "tag", "value": "old"})
        return await ask(tab, "delete")

    assert "Select some contacts first." in in_tab(shop, narrow).said
    assert len(found(shop)) == 3


def test_subscribing_many_keeps_what_was_said_and_who_said_no(
    shop: ShopUnderTest, people: list[int]
) -> None:
    with db.transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, people[2], source="unsubscribe_link", actor="person")

    async def subscribe(tab: Tab) -> tuple[Answer, Answer, Answer]:
        await tick(tab, *people)
        await ask(tab, "subscribe")
        bare = await save(tab)
        done = await save(tab, consentSource="Paper form", consentText="I want offers")
        await tick(tab, people[0])
        await ask(tab, "unsubscribe")
        return bare, done, await tab.send(f"{BULK}.do_it")

    bare, done, ended = in_tab(shop, subscribe)
    assert "consentSource" in bare.var("errors", BulkState)
    assert "2 contacts subscribed. 1 person opted out and stays so." in done.said
    assert "1 contact unsubscribed." in ended.said
    assert found(shop, subscribed=True) == ["Eva"]
    with db.transaction(shop.id) as session:
        (event,) = consent.history(session, shop.id, people[1])
    assert (event.source, event.text) == ("Paper form", "I want offers")


def test_deleting_says_how_many_and_takes_only_those(
    shop: ShopUnderTest, people: list[int]
) -> None:
    async def delete(tab: Tab) -> tuple[Answer, Answer]:
        await tick(tab, *people[:2])
        return await ask(tab, "delete"), await tab.send(f"{BULK}.do_it")

    asked, done = in_tab(shop, delete)
    assert (asked.var("asked", BulkState), asked.var("many", BulkState)) == ("delete", "2 contacts")
    assert "2 contacts deleted." in done.said
    assert found(shop) == ["Nikos"]


def test_another_shops_contacts_cannot_be_selected(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    here, there = two_shops
    theirs = people_of(there)

    async def try_all(tab: Tab) -> list[Answer]:
        answers = [await tick(tab, *theirs)]
        for what in BulkState.ACTIONS:
            answers += [await ask(tab, what), await save(tab, tags="x", newList="x")]
            answers.append(await tab.send(f"{BULK}.do_it"))
        return answers

    answers = in_tab(here, try_all)
    assert "The selected contacts are not there any more." in answers[1].said
    assert found(there) == ["Anna", "Eva", "Nikos"]
    assert found(there, tag="x") == []
    with db.transaction(here.id) as session:
        assert [row.kind for row in lists.everything(session, here.id) if row.kind == "own"] == []
