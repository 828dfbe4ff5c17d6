"""The API of contacts, as ``spec/api.md`` states it."""

import json
from typing import Any

import pytest

from astronote.db import transaction
from astronote.models import Message, MessageBatch
from astronote.security import phone_hmac
from astronote.services import consent
from tests.support.api import ApiClient
from tests.support.contacts_api import PHONE, create
from tests.support.shops import ShopUnderTest


def test_a_contact_travels_as_the_api_says(shop_api: ApiClient) -> None:
    made = create(
        shop_api,
        email="Maria@Shop.gr",
        firstName="Μαρία",
        lastName="Παππά",
        gender="female",
        birthday="1990-02-28",
        tags=["vip"],
        isSubscribed=True,
        consent={"source": "paper form", "text": "I agree"},
    )
    assert set(made) == {
        *("id", "phone", "email", "firstName", "lastName", "gender", "birthday", "tags"),
        *("isSubscribed", "unsubscribedAt", "gdprConsentAt", "gdprConsentSource"),
        *("gdprConsentVersion", "smsConsentStatus", "smsConsentAt", "smsConsentSource"),
        *("createdAt", "updatedAt"),
    }
    assert (made["phone"], made["email"]) == (PHONE, "maria@shop.gr")
    assert (made["birthday"], made["tags"], made["isSubscribed"]) == ("1990-02-28", ["vip"], True)
    assert made["gdprConsentSource"] == "paper form" and made["smsConsentStatus"] == "opted_in"
    assert made["createdAt"].endswith("Z")
    assert shop_api.get(f"/api/contacts/{made['id']}").json() == made
    (event,) = shop_api.get(f"/api/contacts/{made['id']}/consent").json()["items"]
    assert set(event) == {"at", "action", "source", "text", "actor", "ip", "messageId"}
    assert (event["action"], event["source"], event["text"]) == (
        "opted_in",
        "paper form",
        "I agree",
    )


def test_nobody_is_subscribed_by_default(shop_api: ApiClient) -> None:
    made = create(shop_api, consent={"source": "join", "text": ""})
    assert made["isSubscribed"] is False and made["smsConsentStatus"] == "unknown"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"phone": "123"}, "invalid_phone"),
        ({"phone": ""}, "invalid_phone"),
        ({"phone": PHONE, "email": "x@"}, "invalid_email"),
        ({"phone": PHONE, "birthday": "28/02/1990"}, "invalid_birthday"),
        ({"phone": PHONE, "birthday": "1990-02-30"}, "invalid_birthday"),
        ({"phone": PHONE, "gender": "?"}, "invalid"),
        ({"phone": PHONE, "isSubscribed": "perhaps"}, "invalid"),
        ({"phone": PHONE, "isSubscribed": "yes"}, "invalid"),
        ({"phone": PHONE, "surprise": 1}, "invalid"),
        ({"phone": PHONE, "first_name": "A"}, "invalid"),
        ({"phone": PHONE, "tags": "vip"}, "invalid"),
        ({"phone": PHONE, "firstName": "a\u0000b\ud800"}, "invalid"),
        ({"phone": None}, "invalid_phone"),
        ({"phone": 6971234567}, "invalid_phone"),
        ({"phone": PHONE, "birthday": 19900228}, "invalid_birthday"),
        ({"phone": None, "email": 1}, "invalid"),
        ({}, "invalid_phone"),
        ([], "invalid"),
    ],
)
def test_a_wrong_body_is_refused_with_its_code(shop_api: ApiClient, body: Any, code: str) -> None:
    sent = json.dumps(body).encode()
    answer = shop_api.post(
        "/api/contacts", content=sent, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert shop_api.get("/api/contacts").json()["total"] == 0


def test_a_phone_is_used_once(shop_api: ApiClient) -> None:
    create(shop_api)
    answer = shop_api.post("/api/contacts", json={"phone": "0030 691 2345678"})
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_phone")
    assert answer.json()["errors"][0]["field"] == "phone"


def test_put_changes_a_subset_and_null_clears(shop_api: ApiClient) -> None:
    made = create(shop_api, firstName="Maria", email="m@shop.gr", isSubscribed=True)
    path = f"/api/contacts/{made['id']}"
    changed = shop_api.put(path, json={"email": None, "isSubscribed": False}).json()
    assert (changed["email"], changed["firstName"]) == (None, "Maria")
    assert changed["isSubscribed"] is False and changed["unsubscribedAt"].endswith("Z")
    assert shop_api.put(path, json={"isSubscribed": True}).json()["unsubscribedAt"] is None
    assert shop_api.put(path, json={"isSubscribed": None}).status_code == 422
    assert shop_api.put(path, json={"id": 7}).status_code == 422


def test_a_persons_opt_out_is_not_the_merchants_to_undo(
    shop_api: ApiClient, shop: ShopUnderTest
) -> None:
    made = create(shop_api, isSubscribed=True)
    with transaction(shop.id) as session:
        consent.unsubscribe(session, shop.id, made["id"], source="unsubscribe_link", actor="person")
    path = f"/api/contacts/{made['id']}"
    body = {"isSubscribed": True, "firstName": "Changed", "consent": {"source": "join"}}
    answer = shop_api.put(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "opted_out_by_person")
    assert shop_api.get(path).json()["firstName"] is None
    assert shop_api.delete(path).status_code == 204
    again = shop_api.post("/api/contacts", json={"phone": PHONE, "isSubscribed": True})
    assert (again.status_code, again.json()["code"]) == (409, "opted_out_by_person")
    assert create(shop_api)["smsConsentStatus"] == "opted_out"


def test_filters_sorts_and_pages(shop_api: ApiClient) -> None:
    for n, name in enumerate(["Νίκος", "Άννα", "Μαρία"]):
        create(shop_api, n, lastName=name, gender="female" if n else "male", isSubscribed=n > 1)
    first = shop_api.get("/api/contacts?limit=2&sort=lastName").json()
    assert [c["lastName"] for c in first["items"]] == ["Άννα", "Μαρία"]
    assert (first["total"], first["totalIsExact"]) == (3, True)
    rest = shop_api.get(f"/api/contacts?limit=2&sort=lastName&cursor={first['nextCursor']}").json()
    assert [c["lastName"] for c in rest["items"]] == ["Νίκος"] and rest["nextCursor"] is None
    for query, expected in (
        ("q=μαρια", 1),
        ("q=690000", 3),
        ("list=female", 2),
        ("gender=male", 1),
        ("subscribed=true", 1),
        ("subscribed=false&gender=female", 1),
        ("tag=vip", 0),
        ("ageMin=18", 0),
    ):
        assert shop_api.get(f"/api/contacts?{query}").json()["total"] == expected, query


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("list=nonsense", 404),
        ("list=999999", 404),
        ("gender=x", 422),
        ("subscribed=perhaps", 422),
        ("ageMin=-1", 422),
        ("ageMin=30&ageMax=20", 422),
        ("sort=phone", 422),
        ("limit=0", 422),
        ("limit=201", 422),
        ("cursor=%F0%9F%98%80", 400),
        ("cursor=WyItY3JlYXRlZEF0IiwiMjAyNi0wMS0wMSIsMV0", 400),
        ("q=%00", 422),
        ("q=" + "x" * 101, 422),
    ],
)
def test_a_wrong_query_is_refused(shop_api: ApiClient, query: str, status: int) -> None:
    answer = shop_api.get(f"/api/contacts?{query}")
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status


def test_erasing_leaves_counts_and_a_hash(shop_api: ApiClient, shop: ShopUnderTest) -> None:
    made = create(shop_api, firstName="Maria", isSubscribed=True)
    with transaction(shop.id) as session:
        batch = MessageBatch(shop_id=shop.id, state="done")
        session.add(batch)
        session.flush()
        sent = Message(
            shop_id=shop.id,
            batch_id=batch.id or 0,
            kind="test",
            contact_id=made["id"],
            phone=PHONE,
            phone_hash=phone_hmac(PHONE),
            text="Hello Maria",
            encoding="GSM-7",
            parts=1,
            credits=0,
            status="delivered",
            billing_status="none",
            tracking_id="t",
            short_code="s",
        )
        session.add(sent)
    assert shop_api.post(f"/api/contacts/{made['id']}/erase").status_code == 204
    assert shop_api.get(f"/api/contacts/{made['id']}").status_code == 404
    assert shop_api.post(f"/api/contacts/{made['id']}/erase").status_code == 404
    with transaction(shop.id) as session:
        left = session.get_one(Message, sent.id)
        assert (left.phone, left.text, left.status, left.parts) == ("", "", "delivered", 1)
        assert left.phone_hash != phone_hmac(PHONE)
        assert consent.is_suppressed(session, shop.id, PHONE)


def test_another_shops_contacts_and_lists_do_not_exist(
    api: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    here, there = two_shops
    contact = api.post(
        "/api/contacts", json={"phone": PHONE, "firstName": "Maria"}, headers=here.headers
    ).json()
    own = api.post("/api/lists", json={"name": "Best"}, headers=here.headers).json()
    for method, path, body in (
        ("GET", f"/api/contacts/{contact['id']}", None),
        ("PUT", f"/api/contacts/{contact['id']}", {"firstName": "X"}),
        ("DELETE", f"/api/contacts/{contact['id']}", None),
        ("POST", f"/api/contacts/{contact['id']}/erase", None),
        ("GET", f"/api/contacts/{contact['id']}/consent", None),
        ("GET", f"/api/contacts?list={own['id']}", None),
        ("GET", f"/api/lists/{own['id']}", None),
        ("PUT", f"/api/lists/{own['id']}", {"name": "X"}),
        ("DELETE", f"/api/lists/{own['id']}", None),
        ("POST", f"/api/lists/{own['id']}/contacts", {"contactIds": [contact["id"]]}),
        ("DELETE", f"/api/lists/{own['id']}/contacts", {"contactIds": [contact["id"]]}),
    ):
        answer = api.request(method, path, json=body, headers=there.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
        assert api.request(method, path, json=body).status_code == 401
    mine = api.post("/api/lists", json={"name": "Mine"}, headers=there.headers).json()
    answer = api.post(
        f"/api/lists/{mine['id']}/contacts",
        json={"contactIds": [contact["id"]]},
        headers=there.headers,
    )
    assert answer.json() == {"changed": 0}
    again = api.get(f"/api/contacts/{contact['id']}", headers=here.headers)
    assert again.json() == contact
