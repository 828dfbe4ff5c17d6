"""Campaigns over HTTP: the whole way from a draft to its figures."""

from datetime import UTC, datetime, timedelta

import pytest

from astronote import clock
from astronote.db import transaction
from astronote.security import phone_hmac
from astronote.services import suppression
from tests.support.people import add_contact, add_contacts, new_phone

NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon_in_athens():
    clock.shift(NOON - clock.now())


def create(api, **fields):
    answer = api.post("/api/campaigns", json={"name": "June", "messageText": "Hello", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def code_of(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["code"]


def test_a_draft_answers_with_everything_it_has(shop_api):
    draft = create(
        shop_api, audience={"genders": ["female"], "ageMin": 25}, offer={"title": "-20%"}
    )
    assert draft["status"] == "draft" and draft["statusReason"] is None
    assert draft["audience"] == {"genders": ["female"], "ageMin": 25}
    assert draft["offer"] == {
        "enabled": True,
        "title": "-20%",
        "description": "",
        "code": None,
        "expiresAt": None,
        "maxRedemptions": 1,
        "maxTotal": None,
    }
    assert draft["schedule"] == {
        "mode": "now",
        "localTime": None,
        "timezone": "Europe/Athens",
        "at": None,
    }
    assert set(draft["counts"].values()) == {0}
    assert draft["encoding"] == "auto" and draft["createdAt"].endswith("Z")
    assert shop_api.get(f"/api/campaigns/{draft['id']}").json() == draft


def test_the_offer_is_on_where_it_is_left_out(shop_api):
    assert create(shop_api)["offer"]["enabled"] is True
    assert create(shop_api, offer={"enabled": False})["offer"]["enabled"] is False
    assert create(shop_api, offer={"validDays": 7})["offer"]["validDays"] == 7


@pytest.mark.parametrize(
    "bad",
    [
        {"surprise": 1},
        {"audience": {"surprise": 1}},
        {"offer": {"surprise": 1}},
        {"audience": {"genders": ["unicorn"]}},
        {"audience": {"ageMin": 50, "ageMax": 20}},
        {"audience": {"includeLists": [999999]}},
        {"audience": {"includeLists": ["no_such_list"]}},
        {"encoding": "morse"},
        {"name": "  "},
        {"message_text": "snake"},
        {"offer": {"maxRedemptions": 0}},
        {"offer": {"validDays": 0}},
        {"messageText": "x" * 5000},
        {"messageText": "see http://127.0.0.1/admin"},
        {"schedule": {"mode": "at", "localTime": "tomorrow"}},
    ],
)
def test_what_a_rule_refuses_is_422_and_makes_nothing(shop_api, bad):
    answer = shop_api.post("/api/campaigns", json={"name": "June", **bad})
    assert answer.status_code == 422
    assert answer.json()["errors"] or answer.json()["code"] != "invalid"
    assert shop_api.get("/api/campaigns").json()["total"] == 0


def test_an_unknown_token_is_named(shop_api):
    answer = shop_api.post("/api/campaigns", json={"name": "x", "messageText": "Hi {{firstname}}"})
    assert code_of(answer, 422) == "unknown_token"
    assert "{{firstname}}" in answer.json()["detail"]


def test_change_duplicate_delete(shop_api):
    made = create(shop_api)
    path = f"/api/campaigns/{made['id']}"
    changed = shop_api.put(path, json={"messageText": "Bye", "ignoreQuietHours": True}).json()
    assert changed["messageText"] == "Bye" and changed["name"] == "June"
    copied = shop_api.post(f"{path}/duplicate")
    assert copied.status_code == 201
    assert copied.json()["messageText"] == "Bye" and copied.json()["id"] != made["id"]
    assert shop_api.delete(path).status_code == 204
    assert code_of(shop_api.get(path), 404) == "not_found"


def test_the_list_filters_and_pages(shop_api):
    ids = [create(shop_api, name=f"Καλοκαίρι {n}")["id"] for n in range(3)]
    create(shop_api, name="Winter")
    found = shop_api.get("/api/campaigns?q=καλοκαιρι&limit=2").json()
    assert [item["id"] for item in found["items"]] == [ids[2], ids[1]]
    assert found["total"] == 3 and found["totalIsExact"] is True
    rest = shop_api.get(
        "/api/campaigns", params={"q": "ΚΑΛΟΚΑΊΡΙ", "limit": 2, "cursor": found["nextCursor"]}
    ).json()
    assert [item["id"] for item in rest["items"]] == [ids[0]] and rest["nextCursor"] is None
    assert shop_api.get("/api/campaigns?status=sending").json()["items"] == []
    assert shop_api.get("/api/campaigns?status=nonsense").status_code == 422


def test_the_preview_counts_people_reasons_parts_and_credits(shop, shop_api):
    add_contact(shop.id, first_name="Maria", gender="female")
    add_contact(shop.id, first_name="Ελένη", gender="female")
    add_contact(shop.id, gender="male")
    add_contact(shop.id, subscribed=False)
    body = {
        "audience": {"genders": ["female"]},
        "messageText": "{{first_name}} " + "x" * 60,
        "offer": {"enabled": False},
    }
    told = shop_api.post("/api/campaigns/preview-audience", json=body).json()
    assert told["count"] == 2
    assert told["excluded"] == {
        "unsubscribed": 1,
        "suppressed": 0,
        "under18": 0,
        "unknownAge": 0,
        "filteredOut": 1,
    }
    assert (told["parts"], told["credits"]) == (3, 2)
    silent = shop_api.post("/api/campaigns/preview-audience", json={"audience": {}}).json()
    assert silent["count"] == 3 and "parts" not in silent and "credits" not in silent


def test_the_preview_shows_the_text_as_it_will_be_sent(shop, shop_api):
    ids = [add_contact(shop.id, first_name=name) for name in ("Anna", "Bob")]
    made = create(shop_api, messageText="Hi {{first_name}}, https://example.com/a")
    samples = shop_api.get(f"/api/campaigns/{made['id']}/preview").json()["samples"]
    assert [s["contactId"] for s in samples] == ids
    shop_api.post(f"/api/campaigns/{made['id']}/enqueue")
    log = shop_api.get(f"/api/campaigns/{made['id']}/messages").json()["items"]
    # In whatever order they were written.
    written = {message["contactId"]: message for message in log}
    assert set(written) == set(ids)
    for sample in samples:
        sent = written[sample["contactId"]]
        assert len(sample["text"]) == len(sent["text"]) == sample["characters"]
        assert sample["parts"] == sent["parts"] and sample["encoding"] == "GSM-7"


def test_enqueue_follow_and_finish(shop, shop_api):
    add_contacts(shop.id, 3)
    made = create(shop_api)
    path = f"/api/campaigns/{made['id']}"
    started = shop_api.post(f"{path}/enqueue")
    assert started.status_code == 202
    assert started.json() == {
        "campaignId": made["id"],
        "status": "sending",
        "recipients": 3,
        "creditsReserved": 3,
        "heldUntil": None,
    }
    assert code_of(shop_api.post(f"{path}/enqueue"), 409) == "already_enqueued"
    assert code_of(shop_api.put(path, json={"name": "New"}), 409) == "invalid_state"
    assert code_of(shop_api.delete(path), 409) == "invalid_state"
    progress = shop_api.get(f"{path}/status").json()
    assert progress["status"] == "sending" and progress["progress"] == 0
    assert progress["counts"]["queued"] == progress["counts"]["total"] == 3
    assert shop_api.post(f"{path}/pause").json()["status"] == "paused"
    assert shop_api.post(f"{path}/resume").json()["status"] == "sending"
    assert shop_api.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert code_of(shop_api.post(f"{path}/cancel"), 409) == "invalid_state"
    figures = shop_api.get(f"{path}/stats").json()
    assert figures["recipients"] == figures["skipped"] == 3
    assert figures["sent"] == figures["deliveryRate"] == 0 and figures["timeline"] == []
    summary = shop_api.get("/api/billing/summary").json()
    assert summary["credits"] == {"balance": 1000, "reserved": 0, "available": 1000}


def test_a_repeated_key_starts_one_run(shop, shop_api):
    add_contacts(shop.id, 2)
    path = f"/api/campaigns/{create(shop_api)['id']}/enqueue"
    first = shop_api.post(path, headers={"Idempotency-Key": "once"})
    again = shop_api.post(path, headers={"Idempotency-Key": "once"})
    assert first.json() == again.json() and again.status_code == 202
    assert again.headers["Idempotency-Replayed"] == "true"


def test_refusals_say_what_is_missing(new_shop, api):
    poor = new_shop(credits=1)
    add_contacts(poor.id, 2)
    made = api.post(
        "/api/campaigns", json={"name": "x", "messageText": "Hi"}, headers=poor.headers
    ).json()
    answer = api.post(f"/api/campaigns/{made['id']}/enqueue", headers=poor.headers)
    assert code_of(answer, 402) == "insufficient_credits"
    assert (answer.json()["required"], answer.json()["available"]) == (2, 1)


def test_a_test_send_goes_to_one_phone_and_counts_nowhere(shop, shop_api):
    path = f"/api/campaigns/{create(shop_api)['id']}"
    sent = shop_api.post(f"{path}/test-send", json={"phone": "6912345678"})
    assert sent.status_code == 202
    logged = shop_api.get(f"/api/messages/{sent.json()['messageId']}").json()
    assert logged["kind"] == "test" and logged["phone"] == "+306912345678"
    assert logged["contactId"] is None and "/o/xxxxxxxxxx" in logged["text"]
    assert shop_api.get(f"{path}/stats").json()["recipients"] == 0
    refused = shop_api.post(f"{path}/test-send", json={"phone": "12"})
    assert code_of(refused, 422) == "invalid_phone"
    phone = new_phone()
    with transaction(shop.id) as session:
        suppression.suppress(session, shop.id, phone_hmac(phone), reason="keyword")
    assert code_of(shop_api.post(f"{path}/test-send", json={"phone": phone}), 409) == "suppressed"


def test_another_shops_campaign_answers_as_one_that_does_not_exist(two_shops, api):
    mine, theirs = two_shops
    made = api.post(
        "/api/campaigns", json={"name": "Secret", "messageText": "Hi"}, headers=theirs.headers
    ).json()
    path = f"/api/campaigns/{made['id']}"
    calls = [
        ("GET", "", None),
        ("PUT", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/preview", None),
        ("GET", "/status", None),
        ("GET", "/stats", None),
        ("GET", "/messages", None),
        ("GET", "/messages?format=csv", None),
        ("POST", "/enqueue", None),
        ("POST", "/schedule", {"localTime": "2027-07-01T10:00"}),
        ("POST", "/unschedule", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
        ("POST", "/cancel", None),
        ("POST", "/duplicate", None),
        ("POST", "/test-send", {"phone": "+306912345678"}),
    ]
    for method, end, body in calls:
        answer = api.request(method, path + end, json=body, headers=mine.headers)
        assert code_of(answer, 404) == "not_found", (method, end)
        assert "Secret" not in answer.text
    answer = api.post(
        "/api/campaigns/preview-audience",
        json={"audience": {}, "campaignId": made["id"]},
        headers=mine.headers,
    )
    assert code_of(answer, 404) == "not_found"
    assert api.get(path, headers=theirs.headers).json()["status"] == "draft"
    assert clock.now() - NOON < timedelta(minutes=5)
