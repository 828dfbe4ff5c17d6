"""What Mitto's answers mean, against the real simulator and a provider that errs."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from astronote.integrations import mitto
from astronote.integrations.mitto import Receipt
from astronote.integrations.mitto_results import (
    Accepted,
    NotSent,
    Outgoing,
    Refused,
    Rejected,
    Throttled,
    Unknown,
)
from astronote.settings import settings
from tests.support.canned import Canned, canned_provider
from tests.support.ports import free_port
from tests.support.simulator import Simulator

TWO = [
    Outgoing("+306912345678", "Shop", "Καλημέρα", "ref-1"),
    Outgoing("+306987654321", "Shop", "Hello", "ref-2"),
]


@pytest.fixture(autouse=True)
def _fresh_client() -> Iterator[None]:
    mitto.close()
    yield
    mitto.close()


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> Iterator[Canned]:
    with canned_provider() as provider:
        monkeypatch.setenv("MITTO_API_BASE", provider.url)
        settings.cache_clear()
        yield provider
        monkeypatch.undo()
        settings.cache_clear()


def ids(*values: Any) -> bytes:
    return orjson.dumps({"bulkId": "b", "messages": [{"messageId": v} for v in values]})


def test_the_simulator_accepts_and_tells_what_became_of_it(simulator: Simulator) -> None:
    simulator.behave(receipts="off", receipt_delay_ms=0)
    result = mitto.send(TWO)
    assert isinstance(result, Accepted)
    kept = simulator.messages()
    assert [m["messageId"] for m in kept] == list(result.ids)
    assert [(m["destination"], m["sender"], m["text"], m["reference"]) for m in kept] == [
        (o.phone, o.sender, o.text, o.reference) for o in TWO
    ]
    told = mitto.look_up(result.ids[0])
    assert told is not None
    assert (told.status, told.reference) == ("delivered", "ref-1")
    assert mitto.look_up("nobody's") is None


def test_the_simulators_faults(simulator: Simulator) -> None:
    simulator.behave(receipts="off", reject_pattern="Hello")
    assert mitto.send(TWO) == Rejected({1: "The message was rejected by the operator"})
    simulator.behave(reject_pattern="", throttle_every=1)
    assert mitto.send(TWO) == Throttled(1.0)
    simulator.behave(throttle_every=0, short_reply_pct=100)
    assert isinstance(mitto.send(TWO), Unknown)
    simulator.behave(short_reply_pct=0, error_after_accept_pct=100)
    assert isinstance(mitto.send(TWO), Unknown)
    simulator.behave(error_after_accept_pct=0, drop_after_accept_pct=100)
    assert isinstance(mitto.send(TWO), Unknown)
    assert len(simulator.messages()) == 6


def test_a_connection_that_was_never_made(canned: Canned, monkeypatch: pytest.MonkeyPatch) -> None:
    for base in (f"http://127.0.0.1:{free_port()}", "http://nobody.invalid", "nonsense", ""):
        monkeypatch.setenv("MITTO_API_BASE", base or " ")
        settings.cache_clear()
        mitto.close()
        assert isinstance(mitto.send(TWO), NotSent), base


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, ids("a", "b"), Accepted(("a", "b"))),
        (201, ids(1, 2), Accepted(("1", "2"))),
        (200, ids("a"), Unknown),
        (200, ids("a", "b", "c"), Unknown),
        (200, ids("a", "a"), Unknown),
        (200, ids("a", ""), Unknown),
        (200, ids("a", None), Unknown),
        (200, b"not json", Unknown),
        (200, b"[]", Unknown),
        (200, b'{"messages": 2}', Unknown),
        (204, b"", Unknown),
        (302, b"", Unknown),
        (408, b"", Unknown),
        (500, ids("a", "b"), Unknown),
        (503, b"", Unknown),
        (401, b"", Refused),
        (403, b'{"message": "no"}', Refused),
        (400, b'{"message": "Bad sender"}', Refused("Bad sender", auth=False)),
        (400, b'{"errors": [{"index": 1, "code": "x"}]}', Rejected({1: "x"})),
        (400, b'{"errors": [{"index": 2, "message": "?"}], "title": "T"}', Refused("T", False)),
        (400, b'{"errors": [{"index": true}]}', Refused),
        (400, b'{"errors": [7]}', Refused),
        (404, b"", Refused),
        (413, b"", Refused),
        (422, b"<html>", Refused),
    ],
)
def test_what_an_answer_means(canned: Canned, status: int, body: bytes, meaning: Any) -> None:
    canned.status, canned.body = status, body
    result = mitto.send(TWO)
    if isinstance(meaning, type):
        assert isinstance(result, meaning)
    else:
        assert result == meaning
    assert not isinstance(result, Refused) or result.auth == (status in (401, 403))


def test_a_post_is_never_repeated(canned: Canned) -> None:
    canned.hang_up = True
    assert isinstance(mitto.send(TWO), Unknown)
    canned.hang_up, canned.status = False, 503
    mitto.send(TWO)
    assert len(canned.requests) == 2


def test_a_provider_that_does_not_answer_leaves_doubt(
    canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mitto, "READ_SECONDS", 0.2)
    canned.hold = threading.Event()
    assert isinstance(mitto.send(TWO), Unknown)
    canned.hold.set()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.1),
        ("-3", 0.1),
        ("99999", 600.0),
        ("nan", 1.0),
        ("soon", 1.0),
        ("", 1.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.1),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 600.0),
    ],
)
def test_when_to_come_back(canned: Canned, value: str, seconds: float) -> None:
    canned.status, canned.headers = 429, {"Retry-After": value}
    assert mitto.send(TWO) == Throttled(seconds)


def test_the_connection_is_kept(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator.behave(receipts="off")
    made: list[str] = []
    real = httpx.HTTPTransport.handle_request

    def watched(self: Any, request: httpx.Request) -> httpx.Response:
        answer = real(self, request)
        stream: Any = answer.extensions["network_stream"]
        made.append(str(stream.get_extra_info("client_addr")))
        return answer

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", watched)
    mitto.send(TWO)
    mitto.send(TWO)
    assert len(made) == 2
    assert len(set(made)) == 1


@pytest.mark.parametrize(
    ("item", "receipt"),
    [
        (
            {
                "messageId": "m",
                "deliveryStatus": "Delivered",
                "updatedAt": "2026-01-02T03:04:05Z",
                "description": "ok",
                "reference": "r",
            },
            Receipt("m", "r", "delivered", "ok", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ),
        (
            {"msgid": 7, "status": "UNDELIVERED", "timestamp": 1767323045, "errorcode": 34},
            Receipt("7", "", "failed", "34", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ),
        ({"ID": "m", "STATUS": "buffered"}, Receipt("m", "", "sent", "", None)),
        ({"id": "m", "status": "Unknown"}, Receipt("m", "", None, "", None)),
        ({"id": "m", "updatedAt": "yesterday"}, Receipt("m", "", None, "", None)),
        ({"status": "Delivered"}, None),
        ("m", None),
    ],
)
def test_receipts_are_read_in_every_spelling(item: Any, receipt: Receipt | None) -> None:
    assert mitto.read_receipt(item) == receipt
