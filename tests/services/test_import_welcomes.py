"""Welcomes to the people of an import: only where ticked, once, and never a reason to fail."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from astronote.db import transaction
from astronote.errors import Conflict, PaymentRequired
from astronote.services import automations, import_run, import_welcomes
from astronote.services.import_welcomes import Welcomed
from astronote.services.imports import ImportJobRow, ImportOptions
from tests.services.test_imports import outcome, phone, upload
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import comma_separated

pytestmark = pytest.mark.usefixtures("uploads")


ROWS = [
    (phone(1), "yes", ""),
    (phone(2), "no", ""),
    (phone(3), "yes", "2020-01-01"),
    ("12", "", ""),
]


def switch(shop: ShopUnderTest, *, on: bool) -> None:
    with transaction(shop.id) as session:
        automations.change(session, shop.id, automations.WELCOME, {"is_active": on})


def start(shop: ShopUnderTest, *, ticked: bool = True) -> ImportJobRow:
    content = comma_separated(ROWS, ["Phone", "Subscribed", "Birthday"])
    return upload(shop, content, send_welcome=ticked)


def run(shop: ShopUnderTest, job: ImportJobRow) -> ImportJobRow:
    import_run.run(job.id)
    import_run.run(job.id)
    return outcome(shop, job.id)


def welcomed(shop: ShopUnderTest) -> list[str]:
    with transaction(shop.id) as session:
        asked = sa.text("SELECT phone FROM message WHERE shop_id = :shop AND kind = 'welcome'")
        return list(session.scalars(asked, {"shop": shop.id}))


def test_new_subscribed_adults_are_welcomed_once(shop: ShopUnderTest) -> None:
    switch(shop, on=True)
    assert run(shop, start(shop)).welcomed == Welcomed(1, 1)
    assert welcomed(shop) == [phone(1)]
    assert run(shop, start(shop)).welcomed == Welcomed(0, 0)
    assert welcomed(shop) == [phone(1)]


def test_nobody_is_welcomed_unasked(shop: ShopUnderTest) -> None:
    switch(shop, on=True)
    assert run(shop, start(shop, ticked=False)).welcomed is None
    assert welcomed(shop) == []


def test_the_tick_is_refused_where_nothing_could_be_sent(
    shop: ShopUnderTest, new_shop: Callable[..., ShopUnderTest]
) -> None:
    switch(shop, on=False)
    with pytest.raises(Conflict) as refused:
        start(shop)
    assert refused.value.code == "welcome_inactive"
    lapsed = new_shop(active=False)
    switch(lapsed, on=True)
    with pytest.raises(PaymentRequired):
        start(lapsed)


def test_a_gate_that_closes_meanwhile_is_said_and_fails_nothing(
    new_shop: Callable[..., ShopUnderTest],
) -> None:
    poor = new_shop(credits=0)
    switch(poor, on=True)
    done = run(poor, start(poor))
    assert (done.status, done.created_count) == ("completed", 3)
    assert done.welcomed is not None and done.welcomed.refusal
    off = new_shop()
    switch(off, on=True)
    job = start(off)
    switch(off, on=False)
    left = run(off, job).welcomed
    assert left is not None and "off" in left.refusal
    assert welcomed(poor) == welcomed(off) == []


def test_the_cost_is_the_most_it_can_be(shop: ShopUnderTest) -> None:
    switch(shop, on=True)
    with transaction(shop.id) as session:
        cost = import_welcomes.cost(session, shop.id, 40)
    assert (cost.is_on, cost.most_messages, cost.most_credits, cost.available) == (
        True,
        40,
        40,
        1000,
    )
    switch(shop, on=False)
    with transaction(shop.id) as session:
        assert not import_welcomes.cost(session, shop.id, 40).is_on
    assert ImportOptions().send_welcome is False
