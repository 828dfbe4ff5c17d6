"""What came of a campaign, and the log of its messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import transaction
from astronote.errors import Invalid, NotFound
from astronote.models import LinkClick, MessageEvent, OfferViewEvent, Redemption
from astronote.services import campaigns, consent, launching, message_log, stats, wallet
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest

NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon() -> None:
    clock.shift(NOON - clock.now())


@pytest.fixture
def run(shop: ShopUnderTest) -> tuple[int, list[int]]:
    """A campaign of eight, one in each status, in the order of their contacts."""
    for number in range(8):
        add_contact(shop.id, first_name=f"N{number}")
    with transaction(shop.id) as session:
        made = campaigns.create(
            session, shop.id, {"name": "June", "message_text": "Hi {{first_name}}"}
        )
        launching.enqueue(session, shop.id, made.id)
        ids = list(session.execute(sa.text("SELECT id FROM message ORDER BY id")).scalars())
        statuses = (
            "queued", "sending", "sent", "delivered", "failed", "failed", "expired", "unknown",
        )  # fmt: skip
        for message_id, status in zip(ids, statuses, strict=True):
            accepted = status in ("sent", "delivered") or message_id == ids[4]
            settle(session, message_id, status, accepted)
        release_and_commit(session, shop.id, made.id)
    return made.id, ids


def settle(session: Any, message_id: int, status: str, accepted: bool) -> None:
    session.execute(
        sa.text("""
            UPDATE message m SET status = s.status,
                dispatched_at = CASE WHEN s.status <> 'queued' THEN created_at END,
                sent_at = CASE WHEN :accepted THEN created_at + interval '1 minute' END,
                delivered_at = CASE WHEN s.status = 'delivered'
                                    THEN created_at + interval '2 minutes' END,
                ended_at = CASE WHEN s.status IN ('failed', 'expired')
                                THEN created_at + interval '3 minutes' END,
                failure_reason = CASE WHEN s.status = 'failed' THEN 'No such number' END,
                billing_status = CASE WHEN :accepted THEN 'committed'
                    WHEN s.status IN ('failed', 'expired') THEN 'released' ELSE 'reserved' END
            FROM (SELECT CAST(:status AS text) AS status) s
            WHERE id = :id
        """),
        {"id": message_id, "status": status, "accepted": accepted},
    )


def release_and_commit(session: Any, shop_id: int, campaign_id: int) -> None:
    wallet.settle(
        session, shop_id, campaign_id=campaign_id, commit=3, release=2, settles="test", count=3
    )


def test_every_message_counts_once(shop: ShopUnderTest, run: tuple[int, list[int]]) -> None:
    campaign_id, _ = run
    with transaction(shop.id) as session:
        progress = stats.progress(session, shop.id, campaign_id)
        found = stats.stats(session, shop.id, campaign_id)
    counts = progress.counts
    assert counts.total == 8 and counts.failed == 3
    assert sum(vars(counts).values()) == 16
    assert progress.progress == 0.75
    assert (found.sent, found.delivered, found.failed, found.unknown) == (3, 1, 3, 1)
    assert found.delivery_rate == 0.3333
    assert [(f.reason, f.count) for f in found.failures] == [("No such number", 2), ("expired", 1)]


def test_acts_of_people_count_and_those_of_programs_do_not(
    shop: ShopUnderTest, run: tuple[int, list[int]]
) -> None:
    campaign_id, ids = run
    with transaction(shop.id) as session:
        of = {"shop_id": shop.id, "message_id": ids[3], "campaign_id": campaign_id}
        for is_bot in (False, True):
            session.add(OfferViewEvent(**of, is_bot=is_bot))
            session.add(LinkClick(**of, link="offer", is_bot=is_bot))
        session.add(Redemption(**of, by="staff"))
        contact_id = session.execute(
            sa.text("SELECT contact_id FROM message WHERE id = :id"), {"id": ids[3]}
        ).scalar_one()
        consent.unsubscribe(
            session,
            shop.id,
            contact_id,
            source="unsubscribe_link",
            actor="person",
            proof=consent.Evidence(message_id=ids[3]),
        )
    with transaction(shop.id) as session:
        found = stats.stats(session, shop.id, campaign_id)
    assert (found.offer_views, found.clicks, found.conversions, found.unsubscribes) == (1, 1, 1, 1)
    assert found.conversion_rate == found.unsubscribe_rate == 0.3333
    assert sum(point.sent for point in found.timeline) == 3
    assert sum(point.delivered for point in found.timeline) == 1
    assert sum(point.conversions for point in found.timeline) == 1
    assert [p.at for p in found.timeline] == sorted(p.at for p in found.timeline)


def test_the_log_pages_and_filters(shop: ShopUnderTest, run: tuple[int, list[int]]) -> None:
    campaign_id, ids = run
    with transaction(shop.id) as session:
        first = message_log.listing(session, shop.id, campaign_id=campaign_id, limit=5)
        rest = message_log.listing(
            session, shop.id, campaign_id=campaign_id, limit=5, cursor=first.next_cursor
        )
        assert [row.id for row in (*first.items, *rest.items)] == ids[::-1]
        assert first.total == 8 and rest.next_cursor is None
        failed = message_log.listing(session, shop.id, status="failed")
        assert [row.id for row in failed.items] == [ids[5], ids[4]]
        assert message_log.listing(session, shop.id, kind="welcome").items == []
        exported = message_log.export(session, shop.id, campaign_id=campaign_id)
        assert [row.id for row in exported] == ids[::-1]
        for strange in ({"status": "nonsense"}, {"kind": "nonsense"}):
            with pytest.raises(Invalid):
                message_log.listing(session, shop.id, **strange)


def test_a_phone_is_found_whole_in_any_spelling_and_in_part(
    shop: ShopUnderTest, run: tuple[int, list[int]]
) -> None:
    _, ids = run
    with transaction(shop.id) as session:
        phone = message_log.get(session, shop.id, ids[2]).phone
        for asked in (phone, phone[3:], f"0030 {phone[3:6]} {phone[6:]}", phone[5:]):
            found = message_log.listing(session, shop.id, phone=asked)
            assert [row.id for row in found.items] == [ids[2]], asked
        assert message_log.listing(session, shop.id, phone="abc").items == []


def test_a_message_tells_its_history(shop: ShopUnderTest, run: tuple[int, list[int]]) -> None:
    _, ids = run
    with transaction(shop.id) as session:
        created = message_log.get(session, shop.id, ids[3]).created_at
        session.add(
            MessageEvent(
                shop_id=shop.id,
                message_id=ids[3],
                event="unknown",
                at=created + timedelta(seconds=30),
            )
        )
    with transaction(shop.id) as session:
        row = message_log.get(session, shop.id, ids[3])
        steps = [(step.status, (step.at - created).total_seconds()) for step in row.history]
    assert steps == [
        ("queued", 0), ("sending", 0), ("unknown", 30), ("sent", 60), ("delivered", 120)
    ]  # fmt: skip


def test_another_shops_messages_do_not_exist(
    shop: ShopUnderTest, run: tuple[int, list[int]], new_shop: Any
) -> None:
    campaign_id, ids = run
    other = new_shop()
    with transaction(other.id) as session:
        assert message_log.listing(session, other.id).items == []
        with pytest.raises(NotFound):
            message_log.get(session, other.id, ids[0])
        with pytest.raises(NotFound):
            message_log.listing(session, other.id, campaign_id=campaign_id)
        with pytest.raises(NotFound):
            stats.stats(session, other.id, campaign_id)
