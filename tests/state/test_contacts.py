"""The contacts page's states: what the address asks for, what is typed, what is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astronote import db
from astronote.services import consent, contact_search, contacts
from astronote.state.contact_form import ContactFormState
from astronote.state.contacts import ContactsState
from tests.support.events import Answer, Tab, browsing
from tests.support.shops import ShopUnderTest

NOWHERE = "/nowhere"
"""An address without a page, so that the first event loads nothing by itself."""

LIST = ContactsState.get_full_name()
FORM = ContactFormState.get_full_name()
PEOPLE = [
    {"phone": "6970000001", "first_name": "Μαρία", "last_name": "Παππά", "gender": "female"},
    {"phone": "6970000002", "first_name": "John", "last_name": "Smith", "birthday": "1990-05-01"},
    {"phone": "6970000003", "first_name": "Anna", "last_name": "Άλφα", "tags": ["vip"]},
]


@pytest.fixture
def people(shop: ShopUnderTest) -> list[int]:
    with db.transaction(shop.id) as session:
        made = [
            contacts.create(session, shop.id, person, source="form", actor="tests")  # type: ignore[arg-type]
            for person in PEOPLE
        ]
    return [contact.id for contact in made]


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], **query: str) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path, tab.query = NOWHERE, query
            return await doing(tab)

    return asyncio.run(run())


def names(answer: Answer) -> list[str]:
    return [
        row.name if hasattr(row, "name") else row["name"]
        for row in answer.var("rows", ContactsState)
    ]


def all_of(shop: ShopUnderTest) -> list[contacts.ContactRow]:
    with db.transaction(shop.id) as session:
        return list(contact_search.search(session, shop.id).items)


def form(**fields: str) -> dict[str, dict[str, str]]:
    return {"form": {"phone": "6970000009", **fields}}


def test_newest_first(shop: ShopUnderTest, people: list[int]) -> None:
    answer = in_tab(shop, lambda tab: tab.send(f"{LIST}.load"))
    assert names(answer) == ["Anna Άλφα", "John Smith", "Μαρία Παππά"]
    assert answer.var("shown", ContactsState) == "3 contacts"
    assert answer.var("loading", ContactsState) is False
    assert ("all", "All contacts (3)") in [
        tuple(pair) for pair in answer.var("lists", ContactsState)
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "μαρια"}, ["Μαρία Παππά"]),
        ({"gender": "female"}, ["Μαρία Παππά"]),
        ({"tag": "vip"}, ["Anna Άλφα"]),
        ({"age": "25-39"}, ["John Smith"]),
        ({"subscribed": "true"}, []),
        ({"sort": "lastName"}, ["John Smith", "Anna Άλφα", "Μαρία Παππά"]),
    ],
)
def test_the_address_decides_what_is_shown(
    shop: ShopUnderTest, people: list[int], query: dict[str, str], expected: list[str]
) -> None:
    answer = in_tab(shop, lambda tab: tab.send(f"{LIST}.load"), **query)
    assert names(answer) == expected


@pytest.mark.parametrize(
    "query", [{"gender": "x"}, {"age": "1-2"}, {"list": "999999"}, {"subscribed": "maybe"}]
)
def test_an_address_of_nothing_says_so(
    shop: ShopUnderTest, people: list[int], query: dict[str, str]
) -> None:
    answer = in_tab(shop, lambda tab: tab.send(f"{LIST}.load"), **query)
    assert answer.var("error", ContactsState)
    assert answer.var("loading", ContactsState) is False


def test_searching_is_kept_in_the_address(shop: ShopUnderTest, people: list[int]) -> None:
    async def search(tab: Tab) -> Answer:
        await tab.send(f"{LIST}.load")
        return await tab.send(f"{LIST}.search", {"q": "smith & co"})

    answer = in_tab(shop, search, gender="female")
    assert answer.scripts == [
        "history.replaceState(history.state,'',\"/app/contacts?q=smith+%26+co&gender=female\")"
    ]
    assert answer.var("is_filtered", ContactsState) is True
    assert answer.var("export_query", ContactsState) == "q=smith+%26+co&gender=female"


def test_pressing_a_head_twice_turns_the_order_round(
    shop: ShopUnderTest, people: list[int]
) -> None:
    async def press(tab: Tab) -> tuple[list[str], list[str]]:
        await tab.send(f"{LIST}.load")
        first = await tab.send(f"{LIST}.sort_by", {"field": "lastName"})
        return names(first), names(await tab.send(f"{LIST}.sort_by", {"field": "lastName"}))

    first, second = in_tab(shop, press)
    assert first == second[::-1]


def test_pages_forth_and_back(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction(shop.id) as session:
        for number in range(53):
            contacts.create(
                session, shop.id, {"phone": f"69710{number:05}"}, source="form", actor="tests"
            )

    async def turn(tab: Tab) -> list[Answer]:
        load = await tab.send(f"{LIST}.load")
        return [
            load,
            await tab.send(f"{LIST}.next_page"),
            await tab.send(f"{LIST}.next_page"),
            await tab.send(f"{LIST}.previous_page"),
        ]

    first, second, still, back = in_tab(shop, turn)
    assert (len(names(first)), len(names(second)), len(names(back))) == (50, 3, 50)
    assert (first.var("has_next", ContactsState), second.var("has_next", ContactsState)) == (
        True,
        False,
    )
    assert "rows" not in str(still.delta)


def test_a_contact_is_added_and_nobody_is_subscribed_unasked(shop: ShopUnderTest) -> None:
    async def add(tab: Tab) -> Answer:
        await tab.send(f"{FORM}.add")
        return await tab.send(f"{FORM}.save", form(firstName=" Eva ", tags="vip, new", email=""))

    answer = in_tab(shop, add)
    (made,) = all_of(shop)
    assert (made.phone, made.first_name, made.tags) == ("+306970000009", "Eva", ("vip", "new"))
    assert not made.is_subscribed
    assert answer.var("open", ContactFormState) is False
    assert "Contact added." in answer.said


def test_what_is_wrong_is_said_beside_its_field(shop: ShopUnderTest) -> None:
    async def add(tab: Tab) -> Answer:
        await tab.send(f"{FORM}.add")
        return await tab.send(
            f"{FORM}.save", form(phone="210", email="nobody", birthday="2999-01-01")
        )

    answer = in_tab(shop, add)
    assert answer.var("errors", ContactFormState).keys() == {"phone", "email", "birthday"}
    assert answer.var("saving", ContactFormState) is False
    assert all_of(shop) == []


def test_subscribing_needs_a_word_on_how_the_person_agreed(shop: ShopUnderTest) -> None:
    async def add(tab: Tab) -> tuple[Answer, Answer]:
        await tab.send(f"{FORM}.add")
        bare = await tab.send(f"{FORM}.save", form(isSubscribed="on"))
        said = form(isSubscribed="on", consentSource="Paper form", consentText="I want SMS")
        return bare, await tab.send(f"{FORM}.save", said)

    bare, _ = in_tab(shop, add)
    assert "consentSource" in bare.var("errors", ContactFormState)
    (made,) = all_of(shop)
    assert made.is_subscribed
    with db.transaction(shop.id) as session:
        (event,) = consent.history(session, shop.id, made.id)
    assert "I want SMS" in event.text


def test_changing_a_contact_leaves_its_subscription(shop: ShopUnderTest, people: list[int]) -> None:
    async def change(tab: Tab) -> tuple[Answer, Answer]:
        opened = await tab.send(f"{FORM}.edit", {"contact_id": people[1]})
        values = dict(opened.var("values", ContactFormState))
        return opened, await tab.send(f"{FORM}.save", form(**{**values, "lastName": "Smyth"}))

    opened, _ = in_tab(shop, change)
    assert opened.var("title", ContactFormState) == "John Smith"
    changed = next(contact for contact in all_of(shop) if contact.id == people[1])
    assert (changed.last_name, changed.is_subscribed) == ("Smyth", False)
    assert str(changed.birthday) == "1990-05-01"


def test_deleting_asks_first(shop: ShopUnderTest, people: list[int]) -> None:
    async def delete(tab: Tab) -> tuple[Answer, int, Answer]:
        asked = await tab.send(f"{FORM}.ask_delete", {"contact_id": people[0]})
        before = len(all_of(shop))
        return asked, before, await tab.send(f"{FORM}.do_it")

    asked, before, answer = in_tab(shop, delete)
    assert (
        asked.var("asked", ContactFormState),
        asked.var("asked_name", ContactFormState),
        before,
    ) == ("delete", "Μαρία Παππά", 3)
    assert "Contact deleted." in answer.said
    assert people[0] not in [contact.id for contact in all_of(shop)]


def test_a_person_who_opted_out_is_not_brought_back(shop: ShopUnderTest, people: list[int]) -> None:
    with db.transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, people[0], source="unsubscribe_link", actor="person")

    async def subscribe(tab: Tab) -> tuple[Answer, Answer]:
        opened = await tab.send(f"{FORM}.edit", {"contact_id": people[0]})
        said = {
            **opened.var("values", ContactFormState),
            "isSubscribed": "on",
            "consentSource": "By phone",
        }
        return opened, await tab.send(f"{FORM}.save", {"form": said})

    opened, answer = in_tab(shop, subscribe)
    assert opened.var("by_person", ContactFormState) is True
    assert answer.var("errors", ContactFormState)
    assert not next(c for c in all_of(shop) if c.id == people[0]).is_subscribed


def test_another_shops_contact_does_not_exist(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    with db.transaction(other.id) as session:
        theirs = contacts.create(
            session, other.id, {"phone": "6970000001", "first_name": "Secret"},
            source="form", actor="tests",
        )  # fmt: skip

    async def try_all(tab: Tab) -> list[Answer]:
        return [
            await tab.send(f"{FORM}.{name}", {"contact_id": theirs.id})
            for name in ("edit", "ask_delete", "ask_unsubscribe")
        ]

    for answer in in_tab(mine, try_all):
        assert "no such contact" in answer.said
        assert "Secret" not in str(answer.delta)
