"""Searches agree with a slow one in Python, whichever way a word is looked for."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from astronote import clock
from astronote.db import transaction
from astronote.models import ContactList
from astronote.paging import Page
from astronote.services import contact_search, contact_words, shops
from astronote.services.contact_search import ContactFilter
from astronote.services.contacts import ContactRow
from tests.support import contact_reference as reference
from tests.support.people import add_contact, ids
from tests.support.shops import ShopUnderTest
from tests.support.sizes import FULL


class _Undo(Exception):
    """Ends a unit of work without keeping anything of it."""


def test_pages_and_totals_are_those_of_the_reference(
    shop: ShopUnderTest, new_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(shop.id) as session:
        own = ContactList(shop_id=shop.id, name="Own")
        session.add(own)
        session.flush()
        own_id = own.id or 0
        today = clock.today(shops.get(session, shop.id).timezone)
    other = new_shop()
    for name in ("Μαρία", "Mario"):
        add_contact(other.id, first_name=name)

    @settings(max_examples=600 if FULL else 60, deadline=None)
    @given(st.data(), reference.people)
    def agree(data: st.DataObject, persons: list[reference.Person]) -> None:
        for limit in ("NEAREST", "FARTHEST", "MOST_HITS", "COUNT_LIMIT"):
            monkeypatch.setattr(contact_words, limit, data.draw(st.integers(1, 12), limit))
        with contextlib.suppress(_Undo), transaction(shop.id) as session:
            reference.store(session, shop.id, persons, own_id)
            for wanted in data.draw(st.lists(reference.questions(own_id), min_size=1, max_size=6)):
                sort = data.draw(st.sampled_from(reference.SORTS))
                size = data.draw(st.integers(1, 6))
                pages = list(_pages(session, shop.id, wanted, sort, size))
                _compare(pages, reference.found(persons, wanted, sort, today), wanted.q, size)
            raise _Undo

    agree()


def _pages(
    session: Session, shop_id: int, wanted: ContactFilter, sort: Any, size: int
) -> Iterator[Page[ContactRow]]:
    cursor = None
    while True:
        page = contact_search.search(session, shop_id, wanted, sort=sort, limit=size, cursor=cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return


def _compare(
    pages: list[Page[ContactRow]], expected: list[reference.Person], q: str, size: int
) -> None:
    shown = [number for page in pages for number in ids(page.items)]
    sure = [p.id for p in expected if reference.begins_with_short_words(p, q)]
    assert [number for number in ids(expected) if number in set(shown)] == shown
    assert set(sure) <= set(shown)
    assert all(len(page.items) == size for page in pages[:-1])
    for page in pages:
        least = len(sure) if page.total_is_exact else 0
        assert least <= page.total <= len(expected)
