"""Mitto's calls, and what they refuse."""

import subprocess
import sys

import httpx
import pytest

from astronote.simulator.sms import parts_of
from tests.simulator.calls import BULK, SEND, ids_of, message, send_bulk
from tests.support.ports import free_port
from tests.support.simulator import Simulator
from tests.support.waiting import wait_until


def test_a_single_send_answers_one_id(mitto: httpx.Client, provider: Simulator) -> None:
    response = mitto.post(SEND, json=message(7, text="Γεια σου 🌸"))
    (message_id,) = ids_of(response)
    assert set(response.json()) == {"messages"}
    (kept,) = provider.messages()
    assert kept["messageId"] == message_id
    assert kept["destination"] == "+306900000007"
    assert (kept["sender"], kept["text"]) == ("Bloom", "Γεια σου 🌸")
    assert kept["reference"] == "ref-7"


def test_a_bulk_send_answers_ids_in_the_order_sent(
    mitto: httpx.Client, provider: Simulator
) -> None:
    response = send_bulk(mitto, 1000)
    ids = ids_of(response)
    assert response.json()["bulkId"]
    assert len(set(ids)) == 1000
    kept = provider.messages()
    assert [m["messageId"] for m in kept] == ids
    assert [m["destination"] for m in kept] == [message(n)["destination"] for n in range(1000)]


def test_a_call_without_key_is_refused(provider: Simulator) -> None:
    for method, path in (("POST", SEND), ("POST", BULK), ("GET", "/api/v1.1/Messages/x")):
        assert httpx.request(method, provider.url + path, json={}).status_code == 401
    assert provider.messages() == []


def test_only_the_configured_key_is_accepted() -> None:
    port = free_port()
    command = [sys.executable, "-m", "astronote.simulator", "--port", str(port)]
    command += ["--api-key", "right", "--latency-ms", "1"]
    process = subprocess.Popen(command)
    keyed = Simulator(f"http://127.0.0.1:{port}")
    try:
        wait_until(keyed.is_alive)
        for key, status in (("wrong", 401), ("", 401), ("right", 200)):
            headers = {"X-Mitto-API-Key": key}
            answer = httpx.post(keyed.url + SEND, json=message(), headers=headers)
            assert answer.status_code == status
        assert keyed.behaviour()["latency_ms"] == 1
    finally:
        keyed.stop()
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (message(destination="306900000000"), "invalid_destination"),
        (message(destination="+0690000000"), "invalid_destination"),
        (message(destination="+30690000000٣"), "invalid_destination"),
        (message(destination=None), "invalid_destination"),
        (message(sms=None), "invalid_sms"),
        (message(text="  "), "empty_text"),
        (message(text="x" * 1601), "text_too_long"),
        (message(sender=""), "invalid_sender"),
        (message(sender="ThisIsTooLong"), "invalid_sender"),
        (message(reference=5), "invalid_reference"),
        ("no object", "invalid_message"),
    ],
)
def test_a_bad_message_is_named_and_nothing_is_accepted(
    mitto: httpx.Client, provider: Simulator, bad: object, code: str
) -> None:
    answer = mitto.post(BULK, json={"messages": [message(1), bad, message(2)]})
    assert answer.status_code == 400
    assert [(e["index"], e["code"]) for e in answer.json()["errors"]] == [(1, code)]
    assert answer.json()["errors"][0]["message"]
    assert provider.messages() == []


def test_a_bad_single_message_is_index_zero(mitto: httpx.Client) -> None:
    answer = mitto.post(SEND, json=message(destination="nobody"))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["index"] == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"messages": []}', b'{"messages": {}}', b"\xff\xfe"],
)
def test_a_broken_body_names_no_message(mitto: httpx.Client, body: bytes) -> None:
    answer = mitto.post(BULK, content=body)
    assert answer.status_code == 400
    assert "errors" not in answer.json()


def test_more_than_a_thousand_messages_are_refused(
    mitto: httpx.Client, provider: Simulator
) -> None:
    assert send_bulk(mitto, 1001).status_code == 400
    assert mitto.post(BULK, content=b" " * 8_000_001).status_code == 413
    assert provider.messages() == []


def test_a_look_up_tells_the_delivery(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(receipt_delay_ms=3_600_000)
    (waiting,) = ids_of(mitto.post(SEND, json=message(1)))
    provider.behave(receipt_delay_ms=0)
    (settled,) = ids_of(mitto.post(SEND, json=message(2, text="α" * 71)))
    found = mitto.get(f"/api/v1.1/Messages/{waiting}").json()
    assert (found["messageId"], found["deliveryStatus"]) == (waiting, "Sent")
    found = mitto.get(f"/api/v1.1/Messages/{settled}").json()
    assert (found["deliveryStatus"], found["messageParts"]) == ("Delivered", 2)
    assert found["reference"] == "ref-2"
    assert found["description"]
    assert found["updatedAt"].endswith("Z")
    for unknown in ("x", waiting[:24] + "f" * 12, "f" * 24 + waiting[24:], "0" * 36):
        assert mitto.get(f"/api/v1.1/Messages/{unknown}").status_code == 404


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("Γεια " * 14, 1),
        ("ά" * 71, 2),
        ("🌸" * 35, 1),
        ("🌸" * 36, 2),
        ("ΓΔΘΛΞΠΣΦΨΩ" * 16, 1),
    ],
)
def test_parts_are_counted_as_networks_do(text: str, parts: int) -> None:
    assert parts_of(text) == parts
