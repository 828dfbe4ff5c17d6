"""The provider's webhooks: every form, every refusal, nothing lost and nothing twice."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction
from astronote.settings import settings
from tests.support.api import ApiClient

DLR, INBOUND = "/webhooks/mitto/dlr", "/webhooks/mitto/inbound"
RECEIPT = {"messageId": "m-1", "deliveryStatus": "Delivered", "updatedAt": "2026-01-02T03:04:05Z"}


def secret() -> str:
    return settings().webhook_secret.get_secret_value()


def proof() -> dict[str, str]:
    return {"X-Webhook-Secret": secret()}


def stored() -> list[dict[str, Any]]:
    with system_transaction() as session:
        return list(
            session.execute(sa.text("SELECT body FROM webhook_event ORDER BY id")).scalars()
        )


def test_a_receipt_is_stored_once(api: ApiClient) -> None:
    first = api.post(DLR, json=RECEIPT, headers=proof())
    again = api.post(DLR, json=RECEIPT, headers=proof())
    assert (first.status_code, first.json()) == (200, {"accepted": 1, "duplicates": 0})
    assert again.json() == {"accepted": 0, "duplicates": 1}
    assert stored() == [RECEIPT]


def test_every_form_is_read(api: ApiClient) -> None:
    form = {"msgid": "m-2", "status": "DELIVRD"}
    answers = [
        api.post(DLR, json=[RECEIPT, RECEIPT | {"messageId": "m-3"}], headers=proof()),
        api.post(DLR, data=form, headers=proof()),
        api.post(DLR, files={"id": (None, "m-4"), "status": (None, "sent")}, headers=proof()),
        api.get(DLR, params={"id": "m-5", "status": "Delivered", "secret": secret()}),
        api.post(f"{DLR}/{secret()}?messageId=m-6&status=Failed"),
        api.get(f"{DLR}/{secret()}?messageId=m-7&status=Failed"),
        api.post(
            DLR, content=b'\xef\xbb\xbf {"messageId": 8}', headers={**proof(), "content-type": ""}
        ),
    ]
    assert [a.status_code for a in answers] == [200] * 7
    assert [a.json()["accepted"] for a in answers] == [2, 1, 1, 1, 1, 1, 1]
    assert all("secret" not in body for body in stored())


@pytest.mark.parametrize("path", [DLR, INBOUND])
@pytest.mark.parametrize("given", [None, "", "wrong", "wrong,also", "ü"])
def test_without_the_secret_nothing_is_stored(api: ApiClient, path: str, given: str | None) -> None:
    headers = {} if given is None else {"X-Webhook-Secret": given.encode()}
    refused = [
        api.post(path, json=RECEIPT, headers=headers),
        api.get(path, params={**RECEIPT, "secret": given or ""}),
        api.post(f"{path}/{given or 'none'}", json=RECEIPT),
    ]
    assert [r.status_code for r in refused] == [401] * 3
    assert stored() == []


def test_any_of_several_secrets_is_taken(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "old one, new-one")
    settings.cache_clear()
    for given in ("old one", "new-one"):
        assert api.post(DLR, json=RECEIPT, headers={"X-Webhook-Secret": given}).status_code == 200
    both = api.post(DLR, json=RECEIPT, headers={"X-Webhook-Secret": "old one, new-one"})
    assert both.status_code == 401
    monkeypatch.undo()
    settings.cache_clear()


def test_a_large_body_is_refused(api: ApiClient) -> None:
    body = b"[" + b" " * (256 * 1024) + b"]"
    assert api.post(DLR, content=body, headers=proof()).status_code == 413


def test_a_bad_item_harms_no_other(api: ApiClient) -> None:
    body = b'[null, {"messageId": "\\ud800"}, 7, {"messageId": "m-9", "x": "a\\u0000b"}, {}, [[1]]]'
    answer = api.post(DLR, content=body, headers=proof())
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    assert {"messageId": "m-9", "x": "ab"} in stored()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b"[{}]",
        b"null",
        b"12",
        b'"text"',
        b"NaN",
        b'{"messageId": NaN}',
        b"\x00\xff\xfe",
        b"a=b&c",
        b"&" * 1000,
        b"[" * 20_000,
        b'{"a":' * 5_000,
        b'{"deliveryStatus": "Delivered"}',
        b'{"messageId": null}',
        b'{"messageId": {"a": 1}}',
        b'{"messageId": true}',
        '{"messageId": "é'.encode("utf-16"),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "", "multipart/form-data", "text/x"])
def test_malformed_bodies_are_the_callers_fault(
    api: ApiClient, body: bytes, content_type: str
) -> None:
    answer = api.post(DLR, content=body, headers={**proof(), "content-type": content_type})
    assert 400 <= answer.status_code < 500
    assert stored() == []


@pytest.mark.parametrize(
    "item",
    [
        {"messageId": "x" * 5000},
        {"messageId": 10**18},
        {"messageId": "a", "updatedAt": "9" * 400, "description": "\udcff"},
        {"messageId": "a", "updatedAt": "0001-01-01T00:00:00+14:00"},
        {"messageId": "a", "deliveryStatus": ["Delivered"], "n": 1e308},
        {"messageId": "a", "deep": [[[[[[[[[[[[["end"]]]]]]]]]]]]]},
    ],
)
def test_odd_items_are_kept(api: ApiClient, item: dict[str, Any]) -> None:
    answer = api.post(DLR, content=json.dumps(item).encode(), headers=proof())
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert len(stored()) == 1


def test_inbound_without_an_id_counts_once_until_something_else_was_said(api: ApiClient) -> None:
    def say(text: str, **more: str) -> int:
        said = {"from": "306912345678", "to": "Shop", "text": text, **more}
        answer = api.post(INBOUND, json=said, headers=proof())
        accepted: int = answer.json()["accepted"]
        return accepted

    assert [say("STOP"), say("STOP"), say("START"), say("STOP"), say("STOP")] == [1, 0, 1, 1, 0]
    assert [say("STOP", id="1"), say("STOP", id="1"), say("STOP", id="2")] == [1, 0, 1]
    assert say("STOP") == 1


def test_requests_that_come_together_are_each_told_their_own(api: ApiClient) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def tell(number: int) -> tuple[int, int]:
        answer = api.post(DLR, json=[{"id": number % 40}, {"id": 100 + number}], headers=proof())
        return answer.json()["accepted"], answer.json()["duplicates"]

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(tell, range(80)))
    assert sorted(told) == [(1, 1)] * 40 + [(2, 0)] * 40
    assert len(stored()) == 120
