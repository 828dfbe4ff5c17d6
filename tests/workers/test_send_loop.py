"""One batch's way to the provider, and what every answer of the provider makes of it."""

from datetime import timedelta

import pytest
import redis

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.integrations import mitto
from astronote.services import claiming, send_rate, stale_claims, wallet
from astronote.services.claiming import Claimed
from astronote.settings import settings
from tests.support import outbox
from tests.support.canned import canned_provider
from tests.support.ports import free_port
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from workers import campaigns, send_loop
from workers.send_loop import After


def claim(at_most: int = 1000) -> Claimed:
    with system_transaction() as session:
        found = claiming.claim(session, at_most=at_most)
    assert isinstance(found, Claimed)
    return found


def test_a_campaign_is_sent_once_paid_and_completed(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 5, batch=2)

    ended = send_loop.run(seconds=60)

    assert (ended.why, ended.batches) == (After.NOTHING_WAITS, 3)
    accepted = provider.messages()
    rows = made.messages()
    assert sorted(m["destination"] for m in accepted) == [r.phone for r in rows]
    assert {m["reference"] for m in accepted} == {r.tracking_id for r in rows}
    assert {m["messageId"] for m in accepted} == {r.provider_message_id for r in rows}
    assert made.statuses() == ["sent"] * 5
    assert all(r.sent_at and r.dispatched_at and r.claimed_at for r in rows)
    assert made.campaign().status == "completed"
    assert made.credits() == wallet.Balance(995, 0, 995)
    assert [b.unresolved for b in made.batches()] == [2, 2, 1]
    assert send_loop.run(seconds=60).batches == 0
    assert len(provider.messages()) == 5


@pytest.mark.parametrize(
    "fault",
    [{"drop_after_accept_pct": 100}, {"error_after_accept_pct": 100}, {"short_reply_pct": 100}],
)
def test_an_answer_that_cannot_be_trusted_leaves_doubt_and_is_never_repeated(
    shop: ShopUnderTest, provider: Simulator, fault: dict[str, int]
) -> None:
    made = outbox.campaign(shop.id, 3)
    provider.behave(**fault)
    send_loop.run(seconds=60)
    send_loop.run(seconds=60)
    assert made.statuses() == ["unknown"] * 3
    assert len(provider.messages()) == 3
    assert made.credits() == wallet.Balance(1000, 3, 997)
    assert made.events() == ["unknown"] * 3
    assert made.campaign().status == "completed"


def test_without_a_connection_nothing_is_lost(
    shop: ShopUnderTest,
    provider: Simulator,
    valkey: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = outbox.campaign(shop.id, 3)
    monkeypatch.setenv("MITTO_API_BASE", f"http://127.0.0.1:{free_port()}")
    settings.cache_clear()
    mitto.close()
    ended = send_loop.run(seconds=60)
    assert ended.batches <= 2
    assert made.statuses() == ["queued"] * 3
    batch = made.batches()[0]
    assert batch.state == "waiting" and batch.not_before > clock.now() - timedelta(seconds=2)

    monkeypatch.setenv("MITTO_API_BASE", provider.url)
    settings.cache_clear()
    mitto.close()
    valkey.flushdb()
    clock.shift(timedelta(minutes=2))
    send_loop.run(seconds=60)
    assert made.statuses() == ["sent"] * 3
    assert made.messages()[0].attempt_id is not None


def test_a_provider_that_is_too_busy_is_obeyed(shop: ShopUnderTest, provider: Simulator) -> None:
    made = outbox.campaign(shop.id, 3)
    provider.behave(throttle_every=1)
    before = clock.now()
    send_loop.run(seconds=0.2)
    after = clock.now()
    assert made.statuses() == ["queued"] * 3
    (batch,) = made.batches()
    assert batch.attempts == 1
    assert batch.not_before - before >= timedelta(seconds=1)
    assert batch.not_before - after < timedelta(seconds=3)
    provider.behave(throttle_every=0)
    clock.shift(timedelta(seconds=5))
    send_loop.run(seconds=60)
    assert made.statuses() == ["sent"] * 3
    assert made.credits() == wallet.Balance(997, 0, 997)


def test_messages_rejected_by_name_fail_and_the_others_go(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 4)
    provider.behave(reject_pattern="Hello [24]")
    send_loop.run(seconds=60)
    assert made.statuses() == ["sent", "failed", "sent", "failed"]
    assert made.messages()[1].failure_reason == "The message was rejected by the operator"
    assert made.credits() == wallet.Balance(998, 0, 998)
    assert made.campaign().status == "completed"


def test_a_key_that_is_not_taken_pauses_the_campaign(
    shop: ShopUnderTest, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outbox.campaign(shop.id, 3)
    with canned_provider() as strict:
        strict.status = 401
        monkeypatch.setenv("MITTO_API_BASE", strict.url)
        settings.cache_clear()
        mitto.close()
        send_loop.run(seconds=60)
        assert made.statuses() == ["queued"] * 3
        assert made.campaign().status == "paused"
        assert "key" in str(made.campaign().status_reason)
        assert len(strict.requests) == 1


def test_a_single_message_fails_when_the_key_is_not_taken_for_long(
    shop: ShopUnderTest,
    provider: Simulator,
    valkey: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = outbox.single(shop.id)
    with canned_provider() as strict:
        strict.status = 403
        monkeypatch.setenv("MITTO_API_BASE", strict.url)
        settings.cache_clear()
        mitto.close()
        for minutes in range(5):
            assert made.statuses() == ["queued"]
            clock.shift(timedelta(minutes=5 * minutes))
            send_loop.run(seconds=0.1)
            valkey.flushdb()
    assert made.statuses() == ["failed"]
    assert made.credits() == wallet.Balance(1000, 0, 1000)


def test_an_id_that_was_given_before_is_not_believed(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 2, batch=1)
    first, second = claim(), claim()
    send_loop.send(first)
    known = str(made.messages()[0].provider_message_id)
    send_loop.record(second, mitto.Accepted((known,)))
    assert made.statuses() == ["sent", "unknown"]


def test_shops_take_turns(
    two_shops: tuple[ShopUnderTest, ShopUnderTest], provider: Simulator
) -> None:
    for shop in two_shops:
        outbox.campaign(shop.id, 6, batch=2)
    served = []
    for _ in range(6):
        with system_transaction() as session:
            found = claiming.claim(session, after_shop=served[-1] if served else 0, at_most=9)
        assert isinstance(found, Claimed)
        served.append(found.shop_id)
    one, two = (shop.id for shop in two_shops)
    assert served == [one, two] * 3


def test_a_single_message_passes_its_own_shops_campaign(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    outbox.campaign(shop.id, 6, batch=2)
    claim()
    welcome = outbox.single(shop.id)
    assert claim().batch_id == welcome.batch_ids[0]


def test_a_batch_is_sent_in_calls_no_larger_than_allowed(
    shop: ShopUnderTest, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outbox.campaign(shop.id, 5, batch=5)
    monkeypatch.setenv("SMS_BATCH_SIZE", "2")
    settings.cache_clear()
    assert send_loop.run(seconds=60).batches == 3
    assert made.statuses() == ["sent"] * 5


def test_the_rate_holds_over_all_calls(
    shop: ShopUnderTest, provider: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.campaign(shop.id, 8, batch=4)
    monkeypatch.setenv("QUEUE_RATE_MAX", "8")
    monkeypatch.setenv("QUEUE_RATE_DURATION_MS", "40000")
    settings.cache_clear()
    ended = send_loop.run(seconds=60)
    assert (ended.why, ended.batches) == (After.MUST_WAIT, 1)
    assert 5 < ended.wait <= 10
    assert len(provider.messages()) == 2


@pytest.mark.parametrize(
    ("limit", "batch", "at_once"), [(0, 200, 200), (300, 200, 75), (10, 200, 2), (5000, 200, 200),
                                    (500, 200, 125), (900, 200, 180), (1, 200, 1)]
)  # fmt: skip
def test_no_window_holds_more_than_its_calls(
    monkeypatch: pytest.MonkeyPatch, limit: int, batch: int, at_once: int
) -> None:
    monkeypatch.setenv("QUEUE_RATE_MAX", str(limit))
    monkeypatch.setenv("SMS_BATCH_SIZE", str(batch))
    settings.cache_clear()
    assert send_rate.most_at_once() == at_once
    monkeypatch.undo()
    settings.cache_clear()


def test_a_claim_that_was_never_dispatched_is_sent_by_another(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 3)
    slow = claim()
    clock.shift(timedelta(minutes=3))
    campaigns.settle_stale_claims()
    assert made.statuses() == ["queued"] * 3
    send_loop.run(seconds=60)
    # The first worker wakes up: its claim is not its own any more.
    send_loop.send(slow)
    assert made.statuses() == ["sent"] * 3
    assert len(provider.messages()) == 3


def test_a_claim_that_was_dispatched_is_in_doubt_until_its_worker_wakes_up(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 3)
    slow = claim()
    with transaction(shop.id) as session:
        assert send_loop.sending.dispatch(session, slow)
    clock.shift(timedelta(minutes=3))
    campaigns.sweep_due()
    assert made.statuses() == ["unknown"] * 3
    assert made.batches()[0].unresolved == 3
    send_loop.record(slow, mitto.send(send_loop.sending.outgoing(slow)))
    assert made.statuses() == ["sent"] * 3
    assert made.events() == ["unknown"] * 3 + ["resolved"] * 3
    assert made.batches()[0].unresolved == 3
    assert made.credits() == wallet.Balance(997, 0, 997)


def test_a_young_claim_is_left_alone(shop: ShopUnderTest, provider: Simulator) -> None:
    outbox.campaign(shop.id, 3)
    claim()
    clock.shift(timedelta(seconds=110))
    with system_transaction() as session:
        assert stale_claims.find(session) == []
