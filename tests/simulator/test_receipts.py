"""Receipts on their way to the product."""

from collections import Counter
from pathlib import Path

import httpx

from tests.simulator.calls import SEND, ids_of, message, send_bulk
from tests.simulator.conftest import SECRET
from tests.simulator.receiver import Receiver, receiving
from tests.support.simulator import Simulator
from tests.support.waiting import wait_until


def _settled(provider: Simulator) -> bool:
    stats = httpx.get(provider.url + "/sim/stats").json()
    return bool(stats["accepted"]) and stats["receiptsWaiting"] == 0


def test_receipts_come_in_batches_with_the_secret(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    provider.behave(failed_pct=50)
    ids = ids_of(send_bulk(mitto, 1000))
    wait_until(lambda: len(receiver.receipts()) == 1000)
    assert len(receiver.requests) <= 6
    assert {(path, secret) for path, secret, _ in receiver.requests} == {
        ("/webhooks/mitto/dlr", SECRET)
    }
    by_id = {r["messageId"]: r for r in receiver.receipts()}
    assert set(by_id) == set(ids)
    assert [by_id[i]["reference"] for i in ids] == [f"ref-{n}" for n in range(1000)]
    assert {r["deliveryStatus"] for r in by_id.values()} == {"Delivered", "Failure"}
    assert all(r["description"] and r["updatedAt"].endswith("Z") for r in by_id.values())
    assert {r["messageParts"] for r in by_id.values()} == {1}
    for item in provider.messages():
        assert item["status"] == by_id[item["messageId"]]["deliveryStatus"]


def test_a_message_without_reference_has_a_receipt_without(
    mitto: httpx.Client, receiver: Receiver
) -> None:
    ids = ids_of(mitto.post(SEND, json=message(reference=None)))
    wait_until(receiver.receipts)
    assert [r["messageId"] for r in receiver.receipts()] == ids
    assert "reference" not in receiver.receipts()[0]


def test_receipts_wait_for_their_delay(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    provider.behave(receipt_delay_ms=1500)
    send_bulk(mitto, 1)
    provider.behave(receipt_delay_ms=0)
    send_bulk(mitto, 2)
    wait_until(lambda: len(receiver.receipts()) == 3)
    assert receiver.receipts()[-1]["messageId"] == provider.messages()[0]["messageId"]


def test_silent_messages_have_no_receipt(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    provider.behave(silent_pct=100)
    (silent,) = ids_of(mitto.post(SEND, json=message(1)))
    provider.behave(silent_pct=0)
    (heard,) = ids_of(mitto.post(SEND, json=message(2)))
    wait_until(lambda: _settled(provider))
    assert [r["messageId"] for r in receiver.receipts()] == [heard]
    assert mitto.get(f"/api/v1.1/Messages/{silent}").json()["deliveryStatus"] == "Sent"


def test_without_receipts_a_look_up_still_knows(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    provider.behave(receipts="off")
    (message_id,) = ids_of(mitto.post(SEND, json=message(1)))
    assert _settled(provider)
    assert mitto.get(f"/api/v1.1/Messages/{message_id}").json()["deliveryStatus"] == "Delivered"
    assert receiver.receipts() == []


def test_duplicated_receipts_come_twice(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    provider.behave(receipts="duplicated")
    ids = ids_of(send_bulk(mitto, 20))
    wait_until(lambda: _settled(provider))
    assert Counter(r["messageId"] for r in receiver.receipts()) == dict.fromkeys(ids, 2)


def test_shuffled_receipts_come_in_any_order_and_stale_ones_late(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    provider.behave(receipts="shuffled", receipt_delay_ms=200)
    ids = ids_of(send_bulk(mitto, 200))
    wait_until(lambda: _settled(provider))
    received = receiver.receipts()
    final = [r["messageId"] for r in received if r["deliveryStatus"] == "Delivered"]
    stale = [r["messageId"] for r in received if r["deliveryStatus"] == "Buffered"]
    assert sorted(final) == sorted(stale) == sorted(ids)
    assert final != ids
    last = {r["messageId"]: r["deliveryStatus"] for r in received}
    assert "Buffered" in last.values()


def test_receipts_outlast_an_outage_of_the_product(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    receiver.answers += [503, 502, 401, 404]
    ids = ids_of(send_bulk(mitto, 3))
    wait_until(lambda: len(receiver.receipts()) == 3)
    assert [r["messageId"] for r in receiver.receipts()] == ids


def test_receipts_reach_a_product_that_starts_later(tmp_path: Path) -> None:
    with receiving() as late:
        pass
    early = Simulator.start(tmp_path / "log", late.url)
    try:
        headers = {"X-Mitto-API-Key": "k"}
        early.behave(receipt_delay_ms=0)
        httpx.post(early.url + SEND, json=message(), headers=headers).raise_for_status()
        with receiving(port=int(late.url.rsplit(":", 1)[1])) as started:
            wait_until(started.receipts)
    finally:
        early.stop()


def test_a_refused_batch_is_counted_as_lost(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    receiver.answers += [400]
    send_bulk(mitto, 3)
    wait_until(lambda: _settled(provider))
    assert httpx.get(provider.url + "/sim/stats").json()["receiptsLost"] == 3


def test_long_references_make_smaller_batches(mitto: httpx.Client, receiver: Receiver) -> None:
    messages = [message(n, reference="🌸" * 250) for n in range(500)]
    mitto.post("/api/v1.1/Messages/sendmessagesbulk", json={"messages": messages})
    wait_until(lambda: len(receiver.receipts()) == 500)
    assert max(receiver.sizes) < 256_000
