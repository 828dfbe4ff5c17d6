"""Automations over HTTP."""

from datetime import UTC, datetime

import pytest

from astronote import clock
from workers import automations as actors

NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon_in_athens():
    clock.shift(NOON - clock.now())


def test_both_are_there_from_the_start(shop_api):
    items = shop_api.get("/api/automations").json()["items"]
    assert [item["type"] for item in items] == ["welcome_message", "birthday_message"]
    welcome, birthday = items
    assert set(welcome) == {
        "type",
        "isActive",
        "messageBody",
        "encoding",
        "offer",
        "sendHour",
        "updatedAt",
    }
    assert (welcome["isActive"], welcome["sendHour"], welcome["updatedAt"]) == (False, None, None)
    assert (birthday["sendHour"], birthday["offer"]["enabled"]) == (10, True)
    assert shop_api.get("/api/automations/birthday_message").json() == birthday


def test_any_subset_is_changed(shop_api):
    path = "/api/automations/birthday_message"
    before = shop_api.get(path).json()
    changed = shop_api.put(path, json={"isActive": True, "sendHour": 18})
    assert changed.status_code == 200
    assert changed.json() | {"updatedAt": None} == before | {"isActive": True, "sendHour": 18}
    assert changed.json()["updatedAt"].endswith("Z")
    offer = {"title": "Cake", "expiresAt": "2027-07-01T00:00:00Z"}
    changed = shop_api.put(path, json={"messageBody": "Hi {{first_name|you}}", "offer": offer})
    assert changed.json()["offer"]["title"] == "Cake"
    assert changed.json()["offer"]["expiresAt"] == "2027-07-01T00:00:00.000Z"
    assert shop_api.get(path).json() == changed.json()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"messageBody": "Hi {{name}}"}, "unknown_token", "messageBody"),
        ({"messageBody": ""}, "empty_message", "messageBody"),
        ({"sendHour": 23}, "quiet_hours", "sendHour"),
        ({"sendHour": 2**70}, "invalid", "sendHour"),
        ({"sendHour": None}, "invalid", "sendHour"),
        ({"offer": {"maxRedemptions": 0}}, "invalid", "offer.maxRedemptions"),
        ({"shopId": 2}, "invalid", "shopId"),
    ],
)
def test_refusals_name_the_field(shop_api, body, code, field):
    answer = shop_api.put("/api/automations/birthday_message", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_other_types_do_not_exist(shop_api):
    for method, path in (("GET", ""), ("PUT", ""), ("GET", "/stats")):
        answer = shop_api.request(method, f"/api/automations/abandoned_cart{path}", json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_contact_made_over_http_is_welcomed_and_counted(shop_api, shop):
    path = "/api/automations/welcome_message"
    shop_api.put(path, json={"isActive": True, "messageBody": "Hi {{first_name}}"})
    person = {"phone": "6912345678", "firstName": "Nick", "isSubscribed": True}
    made = shop_api.post("/api/contacts", json=person).json()
    actors.send_welcome(shop.id, made["id"])
    actors.send_welcome(shop.id, made["id"])
    listed = shop_api.get("/api/messages?kind=welcome").json()["items"]
    assert [item["contactId"] for item in listed] == [made["id"]]
    assert listed[0]["text"].startswith("Hi Nick\n")
    figures = shop_api.get(f"{path}/stats").json()
    days = figures.pop("last30Days")
    assert figures == {
        "sent": 0,
        "delivered": 0,
        "failed": 0,
        "conversions": 0,
        "unsubscribes": 0,
        "conversionRate": 0.0,
    }
    assert len(days) == 30 and days[-1] == {"date": "2027-06-15", "sent": 0, "conversions": 0}
