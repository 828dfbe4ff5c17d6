"""A campaign's counters: they follow every change, at the price of the rows that changed."""

from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.services import invariants
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.shops import ShopUnderTest

EXPLAINED = (
    "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
    " SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;"
    " SET client_min_messages = log"
)


@pytest.fixture
def plans(database: WorkerDatabase) -> Callable[..., list[str]]:
    """Runs statements on one connection; the plans of the last one and of its triggers."""

    def run(*statements: str) -> list[str]:
        with psycopg.connect(database.superuser_url) as connection:
            connection.execute(EXPLAINED)
            said: list[str] = []
            connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
            for statement in statements:
                said.clear()
                connection.execute(statement.encode())
            return said

    return run


def test_a_plan_for_one_message_does_not_compare_hundreds_with_each_other(
    shop: ShopUnderTest, plans: Callable[..., list[str]]
) -> None:
    made = outbox.campaign(shop.id, 301, batch=301)
    first = made.messages()[0].id
    seen = plans(
        f"UPDATE message SET status = 'sending' WHERE id = {first}",
        f"UPDATE message SET status = 'sending' WHERE id <> {first}",
    )
    counting = [plan for plan in seen if "old_rows" in plan and "campaign_count" in plan]
    assert len(counting) == 1
    assert "Join" not in counting[0] and "Nested Loop" not in counting[0]
    with transaction(shop.id) as session:
        count = session.execute(sa.text("SELECT queued, sending FROM campaign_count")).one()
    assert count == (0, 301)


def test_one_statement_counts_for_several_campaigns_and_skips_what_did_not_change(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    ours, theirs = two_shops
    for each, first in ((ours, 1), (ours, 10), (theirs, 20)):
        outbox.campaign(each.id, 3, first=first)
    outbox.single(ours.id)
    with system_transaction() as session:
        session.execute(
            sa.text(
                "UPDATE message SET status = CASE id % 3 WHEN 0 THEN 'sending'"
                " WHEN 1 THEN 'unknown' ELSE status END"
            )
        )
        counts = session.execute(
            sa.text("SELECT queued + sending + unknown, sent FROM campaign_count")
        ).all()
        broken = [each for each in invariants.check(session) if "counters" in each]
    assert counts == [(3, 0)] * 3
    assert broken == []


def test_what_changes_no_status_leaves_the_counters_alone(shop: ShopUnderTest) -> None:
    outbox.campaign(shop.id, 3)
    version = sa.text("SELECT xmin::text, ctid::text FROM campaign_count")
    with transaction(shop.id) as session:
        before = session.execute(version).one()
        session.execute(sa.text("UPDATE message SET text = text || '!'"))
        assert session.execute(version).one() == before
