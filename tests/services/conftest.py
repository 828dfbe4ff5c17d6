"""Fixtures of the tests of services."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Session

from astronote.db import transaction
from astronote.services import contacts
from astronote.services.contacts import ContactRow
from tests.support.automating import NOON, at
from tests.support.people import Add
from tests.support.shops import ShopUnderTest


@pytest.fixture
def session(shop: ShopUnderTest) -> Iterator[Session]:
    with transaction(shop.id) as opened:
        yield opened


@pytest.fixture
def add(session: Session, shop: ShopUnderTest) -> Add:
    """Makes contacts; a number for the phone, fields by name."""

    def make(number: int, **values: Any) -> ContactRow:
        given: Any = {"phone": f"69{number:08d}", **values}
        return contacts.create(session, shop.id, given, source="form", actor="user:1")

    return make


@pytest.fixture
def poor(new_shop: Any) -> ShopUnderTest:
    """A shop that has nothing yet."""
    made: ShopUnderTest = new_shop(active=False, credits=0)
    return made


@pytest.fixture
def noon_in_athens() -> None:
    """It is noon in summer, when everything may be sent."""
    at(NOON)
