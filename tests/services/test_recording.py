"""What a claim marks and a record writes down, each inside PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.integrations.mitto_results import Accepted, Rejected, Result, Unknown
from astronote.services import claiming, consent, sending
from astronote.services.claiming import Claimed, Passed
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.shops import ShopUnderTest
from tests.support.waiting import wait_until

ODD_IDS = ("o\"d'd\\id", "{1,2},NULL", "δύο 🙂", "null")


def claim() -> Claimed | Passed | None:
    with system_transaction() as session:
        return claiming.claim(session, at_most=1000)


def claimed() -> Claimed:
    found = claim()
    assert isinstance(found, Claimed)
    with transaction(found.shop_id) as session:
        assert sending.dispatch(session, found)
    return found


def record(batch: Claimed, result: Result) -> bool:
    with transaction(batch.shop_id) as session:
        return sending.record(session, batch, result)


def accepted(batch: Claimed) -> Accepted:
    return Accepted(tuple(f"id-{message.id}" for message in batch.messages))


def test_the_last_record_of_a_campaign_says_that_it_is(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 5, batch=2)
    first, second, third = claimed(), claimed(), claimed()
    assert record(second, accepted(second)) is False
    assert record(first, Unknown("No answer.")) is False
    assert record(third, accepted(third)) is True
    assert made.statuses() == ["unknown"] * 2 + ["sent"] * 3


def test_a_record_is_not_the_last_while_something_goes_back(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 3)
    batch = claimed()
    assert record(batch, Rejected({1: 'It says "no", \\ and more.'})) is False
    assert made.statuses() == ["queued", "failed", "queued"]
    assert made.messages()[1].failure_reason == 'It says "no", \\ and more.'
    rest = claimed()
    assert record(rest, accepted(rest)) is True


def test_no_campaign_is_finished_by_a_single_message(shop: ShopUnderTest) -> None:
    outbox.single(shop.id, kind="test", with_contact=False)
    batch = claimed()
    assert record(batch, accepted(batch)) is False


def test_the_providers_ids_are_kept_as_they_are(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, len(ODD_IDS))
    batch = claimed()
    record(batch, Accepted(ODD_IDS))
    assert tuple(row.provider_message_id for row in made.messages()) == ODD_IDS


def test_messages_are_claimed_in_the_order_of_their_ids(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 300, batch=300)
    rows: Any = made.messages()
    batch = claimed()
    assert [m.id for m in batch.messages] == [row.id for row in rows]
    assert [m.reference for m in batch.messages] == [row.tracking_id for row in rows]


@pytest.mark.parametrize("suppressed_only", [False, True])
def test_a_no_that_comes_while_a_claim_waits_for_the_person_is_seen(
    shop: ShopUnderTest, database: WorkerDatabase, suppressed_only: bool
) -> None:
    made = outbox.campaign(shop.id, 2)
    person: Any = made.messages()[0]
    with ThreadPoolExecutor(1) as other:
        with transaction(shop.id) as session:
            if suppressed_only:
                consent.suppress(session, shop.id, bytes(person.phone_hash), reason="test")
                held = "UPDATE contact SET updated_at = now() WHERE id = :id"
            else:
                held = "UPDATE contact SET is_subscribed = false WHERE id = :id"
            session.execute(sa.text(held), {"id": person.contact_id})
            claiming_now = other.submit(claim)
            wait_until(lambda: _somebody_waits(database))
        found = claiming_now.result()
    assert isinstance(found, Claimed)
    assert [m.id for m in found.messages] == [made.messages()[1].id]
    reason = "suppressed" if suppressed_only else "unsubscribed"
    assert [row.failure_reason for row in made.messages()] == [reason, None]


def _somebody_waits(database: WorkerDatabase) -> bool:
    with psycopg.connect(database.superuser_url) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return found.fetchone() is not None
