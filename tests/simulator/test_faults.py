"""Every fault of the behaviour."""

import time
from typing import Any

import httpx
import pytest

from astronote.simulator import Behaviour, BehaviourError
from tests.simulator.calls import BULK, SEND, ids_of, message, send_bulk
from tests.support.simulator import Simulator
from tests.support.waiting import wait_until


def test_latency_delays_the_answer(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(latency_ms=300)
    started = time.monotonic()
    send_bulk(mitto, 2).raise_for_status()
    assert time.monotonic() - started >= 0.3


def test_a_client_that_gives_up_waiting_has_sent(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(latency_ms=3000)
    with pytest.raises(httpx.ReadTimeout):
        mitto.post(SEND, json=message(), timeout=httpx.Timeout(30, read=0.5))
    wait_until(lambda: len(provider.messages()) == 1)


def test_every_nth_call_is_throttled(mitto: httpx.Client, provider: Simulator) -> None:
    provider.forget()
    provider.behave(throttle_every=3)
    answers = [send_bulk(mitto, 1) for _ in range(6)]
    assert [a.status_code for a in answers] == [200, 200, 429, 200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1
    assert len(provider.messages()) == 4


def test_accepted_but_answered_with_an_error(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(error_after_accept_pct=100)
    assert send_bulk(mitto, 3).status_code == 500
    assert mitto.post(SEND, json=message()).status_code == 500
    assert len(provider.messages()) == 4


def test_accepted_but_hung_up(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(drop_after_accept_pct=100)
    for _ in range(3):
        with pytest.raises(httpx.RemoteProtocolError):
            send_bulk(mitto, 3)
    provider.behave(drop_after_accept_pct=0)
    assert len(ids_of(send_bulk(mitto, 3))) == 3
    assert len(provider.messages()) == 12


def test_one_id_too_few(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(short_reply_pct=100)
    assert len(ids_of(send_bulk(mitto, 5))) == 4
    assert ids_of(mitto.post(SEND, json=message())) == []
    assert len(provider.messages()) == 6


def test_a_pattern_rejects_by_number_or_text(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(reject_pattern="0002$|casino")
    messages = [message(1), message(2), message(3, text="Win at the casino")]
    answer = mitto.post(BULK, json={"messages": messages})
    assert answer.status_code == 400
    assert [e["index"] for e in answer.json()["errors"]] == [1, 2]
    assert provider.messages() == []
    assert len(ids_of(send_bulk(mitto, 2))) == 2


def test_chances_come_out_as_often_as_asked(mitto: httpx.Client, provider: Simulator) -> None:
    provider.behave(error_after_accept_pct=30, failed_pct=20, silent_pct=10)
    answers = [mitto.post(SEND, json=message(n)).status_code for n in range(300)]
    assert 50 < answers.count(500) < 140
    provider.behave(error_after_accept_pct=0)
    send_bulk(mitto, 1000)
    statuses = [m["status"] for m in provider.messages()]
    assert 150 < statuses.count("Failure") < 400
    assert 60 < statuses.count("Sent") < 220


@pytest.mark.parametrize(
    ("fields", "fates"),
    [
        ({"failed_pct": 100}, (0, 100, 0)),
        ({"silent_pct": 100}, (0, 0, 100)),
        ({"failed_pct": 30}, (70, 30, 0)),
        ({"delivered_pct": 0}, (0, 100, 0)),
        ({"delivered_pct": 80, "silent_pct": 5}, (80, 15, 5)),
        ({"delivered_pct": 90, "failed_pct": 5, "silent_pct": 0}, (90, 5, 5)),
    ],
)
def test_fates_always_add_up(fields: dict[str, Any], fates: tuple[float, ...]) -> None:
    changed = Behaviour().changed(fields)
    assert (changed.delivered_pct, changed.failed_pct, changed.silent_pct) == fates


@pytest.mark.parametrize(
    "fields",
    [
        {"latency_ms": -1},
        {"latency_ms": "5"},
        {"latency_ms": True},
        {"failed_pct": 101},
        {"delivered_pct": 60, "failed_pct": 60},
        {"receipts": "sometimes"},
        {"throttle_every": 1.5},
        {"reject_pattern": "("},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    provider: Simulator, fields: dict[str, Any]
) -> None:
    before = provider.behaviour()
    answer = httpx.put(provider.url + "/sim/behaviour", json={"receipts": "off"} | fields)
    assert answer.status_code == 400
    assert answer.json()["field"] in fields
    assert provider.behaviour() == before
    with pytest.raises(BehaviourError):
        Behaviour().changed(fields)


def test_what_is_read_can_be_put_back(provider: Simulator) -> None:
    provider.behave(failed_pct=33.3, silent_pct=33.3, reject_pattern="x", throttle_every=9)
    now = provider.behaviour()
    provider.behave(failed_pct=0, throttle_every=None, reject_pattern=None)
    assert (provider.behaviour()["throttle_every"], provider.behaviour()["reject_pattern"]) == (
        0,
        "",
    )
    provider.behave(**now)
    assert provider.behaviour() == now
