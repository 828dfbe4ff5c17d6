"""Lists: counted, filled, named and paged."""

import pytest
from sqlmodel import Session

from astronote import clock
from astronote.errors import Conflict, Invalid, NotFound
from astronote.services import contact_search, contacts, lists
from astronote.services.contact_search import ContactFilter, Selection
from tests.support.people import Add, ids
from tests.support.shops import ShopUnderTest


def test_lists_count_what_they_hold(session: Session, shop: ShopUnderTest, add: Add) -> None:
    today = clock.today("Europe/Athens")
    add(1, gender="male", birthday=today.replace(year=today.year - 30, day=1))
    add(2, gender="female", birthday=today.replace(year=today.year - 70, day=1))
    add(3)
    counts = {item.key: item.count for item in lists.everything(session, shop.id)}
    assert counts == {
        "all": 3,
        "male": 1,
        "female": 1,
        "other": 0,
        "age_18_24": 0,
        "age_25_39": 1,
        "age_40_59": 0,
        "age_60_plus": 1,
    }
    assert lists.get(session, shop.id, "male").count == 1


def test_own_lists_take_contacts_by_ids_and_by_filter(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    first, second = add(1, first_name="Maria"), add(2, first_name="Nikos")
    made = lists.create(session, shop.id, " Best  customers ")
    assert (made.name, made.count) == ("Best customers", 0)
    assert made.id is not None
    assert lists.add(session, shop.id, made.id, Selection(ids=(first.id, first.id))) == 1
    assert lists.add(session, shop.id, made.id, Selection(filter=ContactFilter())) == 1
    assert lists.get(session, shop.id, made.id).count == 2
    named = ContactFilter(list=made.id, q="maria")
    assert ids(contact_search.search(session, shop.id, named).items) == [first.id]
    assert lists.remove(session, shop.id, made.id, Selection(filter=named)) == 1
    contacts.delete(session, shop.id, second.id)
    assert lists.get(session, shop.id, str(made.id)).count == 0
    assert lists.rename(session, shop.id, made.id, "best Customers").name == "best Customers"
    lists.delete(session, shop.id, made.id)
    with pytest.raises(NotFound):
        lists.get(session, shop.id, made.id)


def test_a_list_name_is_used_once_and_system_lists_stay(
    session: Session, shop: ShopUnderTest
) -> None:
    with pytest.raises(Conflict) as refused:
        lists.rename(session, shop.id, "all", "Mine")
    assert refused.value.code == "system_list"
    with pytest.raises(Invalid):
        lists.create(session, shop.id, "   ")
    lists.create(session, shop.id, "Best")
    with pytest.raises(Conflict) as refused:
        lists.create(session, shop.id, "BEST")
    assert refused.value.code == "duplicate_name"
    session.rollback()


def test_pages_of_lists_show_each_once(session: Session, shop: ShopUnderTest) -> None:
    for n in range(5):
        lists.create(session, shop.id, f"List {n}")
    for limit in (1, 3, 8, 9, 13, 50):
        names, cursor = [], None
        while True:
            page = lists.page(session, shop.id, limit=limit, cursor=cursor)
            assert len(page.items) <= limit and page.total == 13
            names += [item.name for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(names) == len(set(names)) == 13
