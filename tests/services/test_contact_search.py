"""Finding contacts: by words, by filters, page after page."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import Session

from astronote import clock
from astronote.db import transaction
from astronote.errors import BadRequest
from astronote.services import contact_search, contact_words, contacts
from astronote.services.contact_search import ContactFilter
from tests.support.people import Add, ids
from tests.support.shops import ShopUnderTest


@pytest.mark.parametrize(
    "q", ["μαρι", "ΜΑΡΊΑ", "παπαδο", "Maria@", "690 000", "0030690", "+306900000001", "0001", "ς π"]
)
def test_a_search_takes_any_part_of_name_phone_or_email(
    session: Session, shop: ShopUnderTest, add: Add, q: str
) -> None:
    maria = add(1, first_name="Μαρίας", last_name="Παπαδοπούλου", email="maria@shop.gr")
    add(21, phone="6981111119", first_name="Νίκος", email="nikos@shop.gr")
    page = contact_search.search(session, shop.id, ContactFilter(q=q))
    assert ids(page.items) == [maria.id]
    assert (page.total, page.total_is_exact) == (1, True)


@pytest.mark.parametrize("q", ["%", "_", "\\", "zz", "' OR 1=1", "😀"])
def test_a_search_for_nothing_there_finds_nothing(
    session: Session, shop: ShopUnderTest, add: Add, q: str
) -> None:
    add(1, first_name="Maria")
    assert contact_search.search(session, shop.id, ContactFilter(q=q)).total == 0


def test_filters_go_together(session: Session, shop: ShopUnderTest, add: Add) -> None:
    wanted = add(1, gender="female", birthday="1990-01-01", tags=["vip"], is_subscribed=True)
    add(2, gender="male", birthday="1990-01-01", tags=["vip"], is_subscribed=True)
    add(3, gender="female", birthday="1990-01-01", tags=["vip"])
    add(4, gender="female", tags=["vip"], is_subscribed=True)
    add(5, gender="female", birthday="1990-01-01", is_subscribed=True)
    found = contact_search.search(
        session,
        shop.id,
        ContactFilter(gender="female", subscribed=True, tag="vip", age_min=18, age_max=80),
    )
    assert ids(found.items) == [wanted.id]


def test_an_age_is_counted_on_the_shops_own_day(new_shop: Callable[..., ShopUnderTest]) -> None:
    # Noon of the 15th in Kiritimati, and of the 14th, less an hour, in Niue.
    clock.shift(datetime(2027, 6, 14, 22, tzinfo=UTC) - clock.now())
    east = new_shop(timezone="Pacific/Kiritimati")
    west = new_shop(timezone="Pacific/Niue")
    born = date(2009, 6, 15)
    for shop, adult in ((east, True), (west, False)):
        with transaction(shop.id) as session:
            values: Any = {"phone": "6912345678", "birthday": born}
            contacts.create(session, shop.id, values, source="form", actor="user:1")
            found = contact_search.search(session, shop.id, ContactFilter(age_min=18))
            assert (found.total == 1) is adult


@pytest.mark.parametrize("sort", ["-createdAt", "createdAt", "lastName", "-lastName"])
def test_pages_show_everybody_once_in_every_order(
    session: Session, shop: ShopUnderTest, add: Add, sort: Any
) -> None:
    names = ["Ωμέγα", "alpha", None, "Ύψιλον", "beta", "alpha", "Zeta"]
    made = [add(n, last_name=name).id for n, name in enumerate(names)]
    seen: list[int] = []
    cursor = None
    while True:
        page = contact_search.search(session, shop.id, sort=sort, limit=2, cursor=cursor)
        seen += ids(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(made) and len(seen) == len(set(seen))
    if sort == "createdAt":
        assert seen == made
    if sort == "lastName":
        listed = [contacts.get(session, shop.id, n).last_name for n in seen]
        assert listed == [None, "alpha", "alpha", "beta", "Zeta", "Ύψιλον", "Ωμέγα"]


def test_a_cursor_of_another_order_or_hand_is_refused(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    add(1), add(2)
    good = contact_search.search(session, shop.id, limit=1).next_cursor
    for cursor in (good, "AAAA", "WzEsMiwzXQ", "x" * 400):
        with pytest.raises(BadRequest):
            contact_search.search(session, shop.id, sort="lastName", cursor=cursor)


def test_a_long_search_walks_beyond_the_nearest_rows(
    session: Session, shop: ShopUnderTest, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_words, "NEAREST", 2)
    old = add(1, first_name="Maria")
    for n in range(2, 8):
        add(n, first_name="Nikos")
    for farthest in (contact_words.FARTHEST, 1):
        monkeypatch.setattr(contact_words, "FARTHEST", farthest)
        found = contact_search.search(session, shop.id, ContactFilter(q="mar ria"))
        assert ids(found.items) == [old.id]


def test_words_too_short_for_the_index_are_found_where_a_name_begins(
    session: Session, shop: ShopUnderTest, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_words, "NEAREST", 2)
    monkeypatch.setattr(contact_words, "FARTHEST", 2)
    wanted = [add(1, first_name="Zoe"), add(2, first_name="Anna", last_name="Zorba")]
    add(3, first_name="Lizzo")
    for n in range(4, 8):
        add(n, first_name="Nikos")
    found = contact_search.search(session, shop.id, ContactFilter(q="ζ")).items
    assert found == []
    found = contact_search.search(session, shop.id, ContactFilter(q="zo")).items
    assert ids(found) == [wanted[1].id, wanted[0].id]


@pytest.mark.parametrize("nearest", [2, 5_000])
@pytest.mark.parametrize("q", ["mar", "m", "mar ria", "690000"])
def test_every_page_of_a_search_tells_the_same_total(
    session: Session,
    shop: ShopUnderTest,
    add: Add,
    monkeypatch: pytest.MonkeyPatch,
    nearest: int,
    q: str,
) -> None:
    monkeypatch.setattr(contact_words, "NEAREST", nearest)
    made = [add(n, first_name="Maria").id for n in range(7)]
    seen: list[int] = []
    cursor = None
    while True:
        page = contact_search.search(session, shop.id, ContactFilter(q=q), limit=3, cursor=cursor)
        assert (page.total, page.total_is_exact) == (7, True)
        seen += ids(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]
