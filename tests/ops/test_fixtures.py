"""The tests' own ground: a database a process, empty at the start of every test."""

import psycopg
import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from tests.support.api import ApiClient
from tests.support.cluster import WorkerDatabase
from tests.support.shops import ShopUnderTest


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_starts_with_an_empty_database(
    time: str, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    with system_transaction() as session:
        names = session.execute(sa.text("SELECT name FROM shop ORDER BY id")).scalars().all()
    assert names == [shop.name for shop in two_shops], time


def test_the_program_is_not_the_owner_of_its_tables(database: WorkerDatabase) -> None:
    with system_transaction() as session:
        me = session.execute(sa.text("SELECT current_user")).scalar()
    with psycopg.connect(database.url) as connection:
        owner = connection.execute(
            "SELECT tableowner FROM pg_tables WHERE tablename = 'shop'"
        ).fetchone()
    assert me == "astronote_app"
    assert owner == ("astronote",)


def test_a_shop_sees_only_itself(two_shops: tuple[ShopUnderTest, ShopUnderTest]) -> None:
    with transaction(two_shops[0].id) as session:
        seen = session.execute(sa.text("SELECT shop_id FROM wallet")).scalars().all()
    assert seen == [two_shops[0].id]


def test_the_owner_is_signed_in(shop_api: ApiClient, shop: ShopUnderTest) -> None:
    answer = shop_api.get("/api/shop")
    assert answer.status_code == 200
    assert answer.json()["name"] == shop.name


def test_nobody_is_refused(api: ApiClient) -> None:
    assert api.get("/api/shop").status_code == 401
