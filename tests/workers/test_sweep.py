"""What the sweep and the jobs beside it find and put right."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.services import launching, wallet
from astronote.settings import settings
from tests.support import outbox
from tests.support.receipts import store
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from workers import campaigns, delivery, maintenance, run, send_loop
from workers import wallet as wallet_jobs


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("QUEUE_DISABLED", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def count(query: str) -> int:
    with system_transaction() as session:
        return int(session.execute(sa.text(query)).scalar_one())


def test_without_a_queue_everything_is_drained(shop: ShopUnderTest, provider: Simulator) -> None:
    made = outbox.campaign(shop.id, 3, batch=1)
    rounds = 1
    while run.drain():
        rounds += 1
    assert rounds < 5
    assert made.statuses() == ["sent"] * 3
    row: Any = made.messages()[0]
    store([{"id": row.provider_message_id, "status": "Delivered"}])
    run.drain()
    assert made.statuses() == ["delivered", "sent", "sent"]


def test_draining_keeps_to_the_rate_and_still_drains(
    shop: ShopUnderTest, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUEUE_RATE_MAX", "4")
    monkeypatch.setenv("QUEUE_RATE_DURATION_MS", "4800")
    settings.cache_clear()
    made = outbox.campaign(shop.id, 3, batch=1)
    while run.drain():
        pass
    assert made.statuses() == ["sent"] * 3


def test_a_campaign_whose_worker_died_before_completing_it_is_completed(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 2)
    send_loop.run(seconds=60)
    made.change("UPDATE campaign SET status = 'sending', finished_at = NULL")
    campaigns.sweep_due()
    assert made.campaign().status == "completed"


def test_what_a_worker_gives_back_to_a_cancelled_campaign_is_skipped(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 4, batch=2)
    with system_transaction() as session:
        send_loop.claiming.claim(session, at_most=10)
    with transaction(shop.id) as session:
        launching.cancel(session, shop.id, made.campaign_id or 0)
    assert made.statuses() == ["sending", "sending", "skipped", "skipped"]
    clock.shift(timedelta(minutes=3))
    campaigns.sweep_due()
    campaigns.sweep_due()
    assert made.statuses() == ["skipped"] * 4
    assert made.credits() == wallet.Balance(1000, 0, 1000)


def test_silent_messages_are_asked_about(shop: ShopUnderTest, provider: Simulator) -> None:
    made = outbox.campaign(shop.id, 3)
    provider.behave(receipt_delay_ms=0)
    send_loop.run(seconds=60)
    delivery.refresh_pending()
    assert made.statuses() == ["sent"] * 3
    clock.shift(timedelta(minutes=6))
    delivery.refresh_pending()
    assert made.statuses() == ["delivered"] * 3
    assert made.batches()[0].unresolved == 0


def test_a_silent_message_is_asked_about_less_and_less(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    provider.behave(silent_pct=100)
    outbox.campaign(shop.id, 1)
    send_loop.run(seconds=60)
    asked = []
    for minutes in range(5, 72 * 60, 5):
        clock.shift(timedelta(minutes=minutes))
        with system_transaction() as session:
            if delivery.look_ups.pending(session):
                asked.append(minutes)
    assert asked[0] == 5 or asked[0] == 10
    assert 8 < len(asked) < 25


def test_what_stays_in_doubt_for_three_days_expires_and_is_not_paid(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 2)
    provider.behave(drop_after_accept_pct=100)
    send_loop.run(seconds=60)
    clock.shift(timedelta(hours=71))
    delivery.refresh_missing()
    assert made.statuses() == ["unknown"] * 2
    wallet_jobs.reconcile_reservations()
    assert made.credits() == wallet.Balance(1000, 2, 998)
    clock.shift(timedelta(hours=73))
    delivery.refresh_missing()
    assert made.statuses() == ["expired"] * 2
    assert made.credits() == wallet.Balance(1000, 0, 1000)
    row: Any = made.messages()[0]
    store([{"id": "late", "reference": row.tracking_id, "status": "Delivered"}])
    delivery.apply_webhook_events()
    assert made.statuses() == ["delivered", "expired"]
    assert made.credits() == wallet.Balance(1000, 0, 1000)


def test_the_cleaning_keeps_what_is_not_settled(shop: ShopUnderTest) -> None:
    store([{"id": "a", "status": "Unknown"}])
    delivery.apply_webhook_events()
    store([{"id": "b", "status": "Sent"}])
    sessions = count("SELECT count(*) FROM user_session")
    maintenance.clean_up()
    assert count("SELECT count(*) FROM webhook_event") == 2
    clock.shift(timedelta(days=30, hours=1))
    maintenance.clean_up()
    assert count("SELECT count(*) FROM webhook_event WHERE state = 'received'") == 1
    assert count("SELECT count(*) FROM webhook_event") == 1
    assert sessions == 1 and count("SELECT count(*) FROM user_session") == 1
    clock.shift(timedelta(days=32))
    maintenance.clean_up()
    assert count("SELECT count(*) FROM user_session") == 0


def test_what_is_in_doubt_expires_though_the_rest_of_its_batch_waits_for_ever(
    shop: ShopUnderTest, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outbox.campaign(shop.id, 4)
    monkeypatch.setenv("SMS_BATCH_SIZE", "2")
    settings.cache_clear()
    provider.behave(drop_after_accept_pct=100)
    with system_transaction() as session:
        claimed = send_loop.claiming.claim(session, at_most=2)
    assert isinstance(claimed, send_loop.Claimed)
    send_loop.send(claimed)
    with transaction(shop.id) as session:
        launching.pause(session, shop.id, made.campaign_id or 0)
    assert made.statuses() == ["unknown", "unknown", "queued", "queued"]
    clock.shift(timedelta(hours=73))
    delivery.refresh_missing()
    assert made.statuses() == ["expired", "expired", "queued", "queued"]
    assert made.credits() == wallet.Balance(1000, 2, 998)

    # Taken up again, and in doubt again: only the younger are young.
    with transaction(shop.id) as session:
        launching.resume(session, shop.id, made.campaign_id or 0)
    made.change("UPDATE campaign SET ignore_quiet_hours = true")
    send_loop.run(seconds=60)
    clock.shift(timedelta(hours=140))
    delivery.refresh_missing()
    assert made.statuses() == ["expired", "expired", "unknown", "unknown"]
    clock.shift(timedelta(hours=147))
    delivery.refresh_missing()
    assert made.statuses() == ["expired"] * 4
    assert made.credits() == wallet.Balance(1000, 0, 1000)
    assert [b.unresolved for b in made.batches()] == [0]


def test_what_cannot_be_done_for_one_campaign_is_done_for_the_others(
    two_shops: tuple[ShopUnderTest, ShopUnderTest], provider: Simulator
) -> None:
    broken, sound = (outbox.campaign(shop.id, 1, first=n) for n, shop in enumerate(two_shops))
    for made in (broken, sound):
        made.change("UPDATE campaign SET status = 'scheduled', scheduled_at = now()")
        made.change("DELETE FROM message")
        made.change("DELETE FROM campaign_count")
        made.change("DELETE FROM credit_reservation")
        made.change("UPDATE wallet SET reserved = 0")
    # What no version of ours would have written.
    broken.change(
        """UPDATE campaign SET offer = '{"enabled": [1], "expiresAt": {}}', audience = '[]'"""
    )
    campaigns.sweep_due()
    assert sound.campaign().status in ("sending", "completed")
    assert broken.campaign().status in ("scheduled", "failed")


def test_a_slow_provider_is_asked_for_a_while_only_and_its_answers_count(
    shop: ShopUnderTest, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outbox.campaign(shop.id, 6, batch=2)
    provider.behave(receipt_delay_ms=0)
    send_loop.run(seconds=60)
    monkeypatch.setattr(delivery, "AT_ONCE", 2)
    monkeypatch.setattr(delivery, "LONGEST_ASKING", 0.0)
    ticks = iter((0.0, 0.0, 1.0))
    monkeypatch.setattr(delivery, "monotonic", lambda: next(ticks))
    clock.shift(timedelta(minutes=6))
    delivery.refresh_pending()
    assert sorted(made.statuses()) == ["delivered"] * 2 + ["sent"] * 4
