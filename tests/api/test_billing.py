"""Billing over the API: figures, ledger, paying, and Stripe's signed events."""

import json
import time
from typing import Any

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.models import Membership
from astronote.services import wallet
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.shops import ShopUnderTest
from tests.support.till import Till, deliver, sign

EVENT = {
    "id": "evt_1",
    "type": "invoice.paid",
    "created": 1,
    "data": {"object": {"id": "in_1", "status": "paid", "lines": {"data": []}}},
}
ROUTES = [
    ("GET", "/api/billing/summary"),
    ("GET", "/api/billing/ledger"),
    ("GET", "/api/billing/ledger?format=csv"),
    ("GET", "/api/billing/payments"),
    ("GET", "/api/billing/payments?format=csv"),
    ("POST", "/api/billing/checkout"),
    ("POST", "/api/billing/portal"),
]


def stored() -> int:
    with system_transaction() as session:
        return int(session.execute(sa.text("SELECT count(*) FROM webhook_event")).scalar_one())


def test_summary(shop_api: ApiClient) -> None:
    answer = shop_api.get("/api/billing/summary").json()
    assert answer["credits"] == {"balance": 1000, "reserved": 0, "available": 1000}
    assert answer["subscription"]["status"] == "active"
    assert (answer["canSend"], answer["blockedReason"]) == (True, None)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_staff_are_kept_out(
    api: ApiClient, shop: ShopUnderTest, till: Till, method: str, path: str
) -> None:
    with system_transaction() as session:
        membership = session.execute(
            sa.select(Membership).where(sa.column("user_id") == shop.owner.user_id)
        ).scalar_one()
        membership.role = "staff"
    body = {"kind": "credits", "credits": 500} if path.endswith("checkout") else None
    answer = api.request(method, path, headers=shop.headers, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert till.events() == []


def test_the_ledger_by_kind_and_as_a_file(shop_api: ApiClient, shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        wallet.grant(session, shop.id, 7, kind="adjustment", settles="a", note="=cmd|' /C calc'!A0")
    both = shop_api.get("/api/billing/ledger").json()
    assert [line["kind"] for line in both["items"]] == ["adjustment", "grant"]
    one = shop_api.get("/api/billing/ledger?kind=adjustment").json()
    assert [line["amount"] for line in one["items"]] == [7]
    assert shop_api.get("/api/billing/ledger?kind=nonsense").status_code == 422
    text = shop_api.get("/api/billing/ledger?format=csv&kind=adjustment").text
    assert text.startswith("\ufeffat,kind,amount")
    assert "'=cmd" in text
    assert len(text.splitlines()) == 2


def test_paying_leads_to_a_page_and_then_to_an_invoice(
    shop_api: ApiClient, shop: ShopUnderTest, till: Till
) -> None:
    answer = shop_api.post("/api/billing/checkout", json={"kind": "credits", "credits": 2500})
    assert answer.status_code == 200
    deliver(shop_api, *till.pay(answer.json()["url"]))
    (payment,) = shop_api.get("/api/billing/payments").json()["items"]
    assert payment["totalCents"] == payment["netCents"] + payment["vatCents"] == 13_950
    assert payment["status"] == "paid"
    text = shop_api.get("/api/billing/payments?format=csv").text
    assert "112.50,27.00,139.50,EUR,24,paid" in text
    assert "/stripe/portal/" in shop_api.post("/api/billing/portal").json()["url"]


def test_a_repeated_key_opens_one_page(shop_api: ApiClient, till: Till) -> None:
    key = {"Idempotency-Key": "one"}
    body = {"kind": "subscription", "plan": "monthly"}
    first = shop_api.post("/api/billing/checkout", json=body, headers=key)
    second = shop_api.post("/api/billing/checkout", json=body, headers=key)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "credits", "credits": 5}, 422, "invalid"),
        ({"kind": "credits", "credits": 2**70}, 422, "invalid"),
        ({"kind": "credits"}, 422, "invalid"),
        ({"kind": "subscription"}, 422, "invalid"),
        ({"kind": "subscription", "plan": "weekly"}, 422, None),
        ({"kind": "credits", "credits": 500, "price": 0}, 422, None),
    ],
)
def test_what_cannot_be_bought(
    shop_api: ApiClient, till: Till, body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = shop_api.post("/api/billing/checkout", json=body)
    assert answer.status_code == status
    assert code in (None, answer.json()["code"])


def test_without_stripe(shop_api: ApiClient) -> None:
    answer = shop_api.post("/api/billing/checkout", json={"kind": "credits", "credits": 500})
    assert (answer.status_code, answer.json()["code"]) == (503, "payments_unavailable")
    assert shop_api.post("/api/billing/portal").json()["code"] == "no_customer"


def test_a_signed_event_is_stored_once(api: ApiClient, database: object) -> None:
    body = json.dumps(EVENT).encode()
    first = api.post("/webhooks/stripe", content=body, headers=sign(body))
    again = api.post("/webhooks/stripe", content=body, headers=sign(body, at=time.time() - 60))
    assert (first.status_code, first.json(), again.json()) == (200, {"new": True}, {"new": False})
    assert stored() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "nonsense"},
        {"Stripe-Signature": "t=1,v1=ab"},
        {"Stripe-Signature": "t=,v1="},
        {"Stripe-Signature": "t=9" + "9" * 400 + ",v1=00"},
        sign(json.dumps(EVENT).encode(), secret="whsec_of_somebody_else"),
        sign(json.dumps(EVENT).encode(), at=time.time() - 301, secret="stripe_webhook_secret-x"),
        sign(b"{}", secret="stripe_webhook_secret-of-the-tests-0123456789"),
    ],
)
def test_what_is_not_signed_by_stripe_is_refused(api: ApiClient, headers: dict[str, str]) -> None:
    answer = api.post("/webhooks/stripe", content=json.dumps(EVENT).encode(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert stored() == 0


def test_a_signature_that_is_too_old(api: ApiClient) -> None:
    body = json.dumps(EVENT).encode()
    old = api.post("/webhooks/stripe", content=body, headers=sign(body, at=time.time() - 400))
    assert (old.status_code, old.json()["code"]) == (400, "invalid_signature")
    assert stored() == 0


def test_the_older_secret_is_good_while_it_is_named(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps(EVENT).encode()
    signed = sign(body)
    known = settings().stripe_webhook_secret.get_secret_value()
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", f"whsec_new, {known}")
    settings.cache_clear()
    assert api.post("/webhooks/stripe", content=body, headers=signed).status_code == 200
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"id": "x"}', b'{"id":"","type":"a","data":{"object":{}}}'],
)
def test_signed_nonsense_is_refused_and_kept_nowhere(api: ApiClient, body: bytes) -> None:
    answer = api.post("/webhooks/stripe", content=body, headers=sign(body))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert stored() == 0


def test_a_body_without_end_is_cut_off(api: ApiClient) -> None:
    body = b'{"id": "' + b"x" * 1_100_000 + b'"}'
    answer = api.post("/webhooks/stripe", content=body, headers=sign(body))
    assert answer.status_code == 413
