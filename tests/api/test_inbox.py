"""The inbox over HTTP, from the provider's webhook to the answer."""

import pytest

from astronote.settings import settings
from tests.support.people import add_contact, new_phone
from workers import delivery


@pytest.fixture
def heard(shop, shop_api):
    """A contact of the shop has written to its number."""
    shop_api.put("/api/shop", json={"senderName": "54321"})
    phone = new_phone()
    contact_id = add_contact(shop.id, phone=phone, first_name="Maria")

    def say(text):
        answer = shop_api.post(
            "/webhooks/mitto/inbound",
            json={"from": phone, "to": "54321", "text": text, "messageId": f"in-{text}"},
            headers={"X-Webhook-Secret": settings().webhook_secret.get_secret_value()},
        )
        assert answer.status_code == 200
        delivery.apply_webhook_events()

    say("Are you open?")
    return contact_id, phone, say


def test_a_text_is_listed_read_and_answered(shop_api, heard):
    contact_id, phone, say = heard
    say("Please do not stop the olives today")
    listed = shop_api.get("/api/inbox").json()
    assert (listed["total"], listed["totalIsExact"], listed["nextCursor"]) == (1, True, None)
    assert (listed["unread"], listed["sender"], listed["canReceive"]) == (2, "54321", True)
    [one] = listed["items"]
    assert (one["contactId"], one["phone"], one["name"]) == (contact_id, phone, "Maria")
    assert (one["unread"], one["marked"], one["lastDirection"]) == (2, True, "in")
    thread = shop_api.get(f"/api/inbox/{contact_id}").json()
    assert [(item["text"], item["marked"]) for item in thread["items"]] == [
        ("Are you open?", False),
        ("Please do not stop the olives today", True),
    ]
    assert shop_api.get("/api/inbox").json()["unread"] == 2
    assert shop_api.post(f"/api/inbox/{contact_id}/read").status_code == 204
    assert shop_api.get("/api/inbox").json()["unread"] == 0
    sent = shop_api.post(f"/api/inbox/{contact_id}", json={"text": "Yes, {{first_name}}"})
    assert sent.status_code == 202
    assert sent.json()["text"] == "Yes, Maria" and sent.json()["credits"] == 1
    last = shop_api.get(f"/api/inbox/{contact_id}").json()["items"][-1]
    assert (last["direction"], last["kind"], last["status"]) == ("out", "direct", "queued")
    assert last["messageId"] == sent.json()["messageId"]
    assert last["at"].endswith("Z")


def test_the_same_answer_twice_is_sent_once(shop_api, heard):
    contact_id = heard[0]
    asked = {"json": {"text": "Yes"}, "headers": {"Idempotency-Key": "one"}}
    first, second = (shop_api.post(f"/api/inbox/{contact_id}", **asked) for _ in range(2))
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "true"
    assert shop_api.get("/api/messages?kind=direct").json()["total"] == 1


def test_refusals(shop_api, shop, heard):
    contact_id, _, say = heard
    path = f"/api/inbox/{contact_id}"
    assert shop_api.post(path, json={"text": " "}).json()["code"] == "empty_message"
    assert shop_api.post(path, json={"text": "{{x}}"}).json()["code"] == "unknown_token"
    assert shop_api.post(path, json={"text": "Hi", "to": "+30"}).status_code == 422
    for unknown in ("999999", "nonsense", str(2**70)):
        assert shop_api.get(f"/api/inbox/{unknown}").status_code == 404
    say("STOP")
    answer = shop_api.post(path, json={"text": "Hi"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_subscribed")


def test_without_a_subscription_nothing_is_answered(api, new_shop):
    lapsed = new_shop(active=False)
    contact_id = add_contact(lapsed.id)
    answer = api.post(f"/api/inbox/{contact_id}", json={"text": "Hi"}, headers=lapsed.headers)
    assert (answer.status_code, answer.json()["code"]) == (402, "subscription_inactive")
