"""What every part of the API has in common, as an integrator meets it."""

import csv
import io
from datetime import UTC, datetime

import pytest

from astronote.errors import RateLimited
from astronote.services import rate_limits
from tests.support.api import ApiClient
from tests.support.messages import add_message
from tests.support.people import add_contact
from tests.support.shops import PASSWORD, ShopUnderTest


def test_who_knocks_too_often_is_told_the_limit_and_when_to_come_back(
    api: ApiClient, shop: ShopUnderTest
) -> None:
    # Every two seconds one more is let in; a process's first request may take as long.
    api.get("/login")
    for path in ("/api/auth/login", "/login"):
        with pytest.raises(RateLimited):
            for _ in range(100):
                rate_limits.allow_sign_in(shop.email, "127.0.0.1")
        body = {"email": shop.email, "password": PASSWORD}
        sent = {"json": body} if path.startswith("/api") else {"data": body}
        refused = api.post(path, headers={"Accept": "text/html"}, **sent)
        assert refused.status_code == 429
        told = {name: int(refused.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining")}
        assert told == {"limit": rate_limits.SIGN_IN.burst, "remaining": 0}
        assert refused.headers["ratelimit-reset"] == refused.headers["retry-after"] >= "1"


def test_registering_is_not_counted_as_signing_in(api: ApiClient, shop: ShopUnderTest) -> None:
    for _ in range(rate_limits.SIGN_IN.burst):
        rate_limits.take(rate_limits.SIGN_IN, "127.0.0.1")
    body = {"shopName": "Κάβα", "email": "new@shop.gr", "password": PASSWORD}
    assert api.post("/api/auth/register", json=body).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "/api/shop", {"requireKnownAge": None}, "requireKnownAge"),
        ("PUT", "/api/shop", {"supportContact": None}, "supportContact"),
        ("PUT", "/api/shop", {"doubleOptIn": "yes"}, "doubleOptIn"),
        (
            "POST",
            "/api/auth/register",
            {"shopName": " ", "email": "a@shop.gr", "password": PASSWORD},
            "shopName",
        ),
        ("POST", "/api/campaigns", {"name": "June", "offer": {"enabled": "yes"}}, "offer.enabled"),
        ("PUT", "/api/automations/welcome_message", {"isActive": "on"}, "isActive"),
    ],
)
def test_a_refused_field_has_the_name_that_it_was_sent_under(
    shop_api: ApiClient, method: str, path: str, body: object, field: str
) -> None:
    refused = shop_api.request(method, path, json=body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


@pytest.mark.parametrize("path", ["/api/join-links", "/api/api-keys", "/api/team", "/api/sessions"])
def test_short_lists_are_read_in_pages_too(
    shop_api: ApiClient, shop: ShopUnderTest, path: str
) -> None:
    for number in range(3):
        if path == "/api/sessions":
            shop_api.post("/api/auth/login", json={"email": shop.email, "password": PASSWORD})
        else:
            email = f"staff{number}@shop.gr"
            one = {"email": email} if path == "/api/team" else {"name": f"Number {number}"}
            assert shop_api.post(path, json=one).status_code == 201
    whole = shop_api.get(path).json()
    seen, cursor = [], ""
    while cursor is not None:
        page = shop_api.get(f"{path}?limit=2{cursor}").json()
        assert (page["total"], page["totalIsExact"]) == (whole["total"], True)
        seen += page["items"]
        cursor = page["nextCursor"] and f"&cursor={page['nextCursor']}"
    assert seen == whole["items"] and len(seen) in (3, 4) and whole["nextCursor"] is None
    for wrong, status in (("limit=0", 422), ("limit=201", 422), ("cursor=nobody", 400)):
        assert shop_api.get(f"{path}?{wrong}").status_code == status


def test_a_schedule_can_be_sent_back_as_it_came(shop_api: ApiClient) -> None:
    wanted = {"mode": "at", "localTime": "2036-05-01T10:30", "timezone": "Europe/Athens"}
    draft = {"name": "June", "messageText": "Hello", "schedule": wanted}
    address = f"/api/campaigns/{shop_api.post('/api/campaigns', json=draft).json()['id']}"
    shop_api.post(f"{address}/schedule", json={"localTime": wanted["localTime"]})
    planned = shop_api.get(address).json()
    assert planned["schedule"] == {**wanted, "at": "2036-05-01T07:30:00.000Z"}
    kept = ("name", "messageText", "audience", "offer", "schedule", "encoding")
    again = shop_api.put(address, json={name: planned[name] for name in kept})
    assert (again.status_code, again.json()["schedule"]) == (200, planned["schedule"])
    alone = shop_api.put(address, json={"schedule": {"mode": "at", "at": "2036-05-02T07:30:00Z"}})
    assert alone.status_code == 422
    assert alone.json()["errors"][0]["field"] == "schedule.localTime"


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("/api/messages?format=csv", "created at"),
        ("/api/billing/ledger?format=csv", "at"),
        ("/api/contacts/export?format=csv", "Created at"),
    ],
)
def test_times_in_files_are_written_as_in_answers(
    shop_api: ApiClient, shop: ShopUnderTest, path: str, column: str
) -> None:
    add_message(shop)
    add_contact(shop.id)
    rows = list(csv.DictReader(io.StringIO(shop_api.get(path).text.removeprefix("\ufeff"))))
    assert rows and all(row[column].endswith("Z") for row in rows)
    assert all(datetime.fromisoformat(row[column]).tzinfo == UTC for row in rows)


def test_an_offer_s_answer_says_what_it_depends_on(api: ApiClient, shop: ShopUnderTest) -> None:
    tracking_id = add_message(shop).tracking_id
    for path in (f"/tracking/offer/{tracking_id}", f"/tracking/redeem/{tracking_id}"):
        assert "Accept" in api.get(path).headers["vary"]


def test_health_can_be_asked_by_head(api: ApiClient, shop: ShopUnderTest) -> None:
    for path in ("/healthz", "/readyz"):
        assert api.request("HEAD", path).status_code == 200


def test_the_description_knows_every_way_to_call(api: ApiClient) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    for hook in ("dlr", "inbound"):
        for path in (f"/webhooks/mitto/{hook}", f"/webhooks/mitto/{hook}/{{secret}}"):
            assert set(paths[path]) == {"get", "post"}


def test_the_description_says_how_it_refuses_and_who_may_call(api: ApiClient) -> None:
    told = api.get("/openapi.json").json()
    for path, operations in told["paths"].items():
        for operation in operations.values():
            assert "422" not in operation["responses"]
            refusal = operation["responses"]["default"]["content"]["application/problem+json"]
            assert refusal["schema"] == {"$ref": "#/components/schemas/Problem"}
            stranger = api.request(next(iter(operations)).upper(), path, headers={"Accept": "*/*"})
            assert ("security" in operation) == (stranger.status_code == 401) or (
                path.startswith(("/webhooks/", "/tracking/redeem"))
            ), path
    refused = api.get("/api/shop").json()
    assert set(told["components"]["schemas"]["Problem"]["required"]) == set(refused)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/shop", "GET, PUT"),
        ("OPTIONS", "/api/contacts/1", "DELETE, GET, PUT"),
        ("GET", "/webhooks/stripe", "POST"),
    ],
)
def test_a_method_that_is_not_there_is_told_which_are(
    shop_api: ApiClient, method: str, path: str, allowed: str
) -> None:
    refused = shop_api.request(method, path)
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == allowed
