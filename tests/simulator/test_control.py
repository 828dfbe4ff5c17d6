"""Listing, forgetting, memory, starting and stopping."""

import subprocess
import sys
from datetime import datetime, timedelta

import httpx

from astronote.simulator.store import DELIVERED, Item, Reply, Store
from tests.simulator.calls import ids_of, message, send_bulk
from tests.support.simulator import Simulator


def test_since_a_time_includes_that_time(mitto: httpx.Client, provider: Simulator) -> None:
    send_bulk(mitto, 2)
    second = ids_of(send_bulk(mitto, 3))
    at = provider.messages()[2]["at"]
    assert [m["messageId"] for m in provider.messages(since=at)] == second
    moment = datetime.fromisoformat(at)
    assert len(provider.messages(since=(moment + timedelta(microseconds=1)).isoformat())) == 0
    unescaped = moment.astimezone().isoformat().replace("+", " ")
    assert len(provider.messages(since=unescaped)) == 3


def test_since_an_id_starts_after_it(mitto: httpx.Client, provider: Simulator) -> None:
    ids = ids_of(send_bulk(mitto, 5))
    assert [m["messageId"] for m in provider.messages(since=ids[1])] == ids[2:]
    other_run = "0b9c8a5e-0000-4000-8000-000000000001"
    assert len(provider.messages(since=other_run)) == 5


def test_since_nonsense_is_refused(provider: Simulator) -> None:
    answer = httpx.get(provider.url + "/sim/messages", params={"since": "yesterday"})
    assert answer.status_code == 400


def test_listing_many_is_one_document(mitto: httpx.Client, provider: Simulator) -> None:
    for _ in range(3):
        send_bulk(mitto, 1000)
    assert len(provider.messages()) == 3000


def test_forgetting_starts_afresh_but_never_reuses_an_id(
    mitto: httpx.Client, provider: Simulator
) -> None:
    before = ids_of(send_bulk(mitto, 3))
    provider.forget()
    assert provider.messages() == []
    assert httpx.get(provider.url + "/sim/stats").json()["accepted"] == 0
    assert mitto.get(f"/api/v1.1/Messages/{before[0]}").status_code == 404
    after = ids_of(send_bulk(mitto, 3))
    assert not set(before) & set(after)


def test_pages_of_other_sites_cannot_steer_it(provider: Simulator) -> None:
    headers = {"Origin": "https://evil.example"}
    for method, path in (
        ("PUT", "/sim/behaviour"),
        ("DELETE", "/sim/messages"),
        ("POST", "/behaviour"),
        ("POST", "/reset"),
        ("POST", "/phones/306900000001/reply"),
    ):
        answer = httpx.request(method, provider.url + path, headers=headers)
        assert answer.status_code == 403, path


def test_the_oldest_are_forgotten_first() -> None:
    store = Store(limit=100)
    for n in range(250):
        store.add([Item(f"+30690{n % 50:07d}", "Bloom", f"text {n}", None)], [DELIVERED], n, 0)
    kept = store.since(0)
    assert 100 <= len(kept) <= 105
    assert kept[-1].text == "text 249"
    bubbles = [bubble for phone in store.phones() for bubble in phone.bubbles]
    assert len(bubbles) == len(kept)
    assert store.get(store.message_id(kept[0])) is kept[0]


def test_a_phone_without_messages_left_is_gone() -> None:
    store = Store(limit=10)
    store.add([Item("+306900000001", "Bloom", "old", None)], [DELIVERED], 1, 0)
    store.add_reply(Reply("+306900000001", "Bloom", "hi", 2))
    store.add([Item("+306900000002", "Bloom", "new", None)] * 11, [DELIVERED] * 11, 3, 0)
    assert [phone.number for phone in store.phones()] == ["+306900000002"]


def test_a_taken_port_is_said_plainly(provider: Simulator) -> None:
    port = provider.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "astronote.simulator", "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 1
    assert "Cannot listen on" in second.stderr


def test_a_bad_fault_at_start_is_said_plainly() -> None:
    command = [sys.executable, "-m", "astronote.simulator", "--failed-pct", "101"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert refused.returncode == 2
    assert "failed_pct" in refused.stderr


def test_a_message_is_listed_as_the_specification_says(
    mitto: httpx.Client, provider: Simulator
) -> None:
    mitto.post("/api/v1.1/Messages/send", json=message(1))
    assert set(provider.messages()[0]) == {
        "messageId",
        "destination",
        "sender",
        "text",
        "reference",
        "status",
        "at",
    }
