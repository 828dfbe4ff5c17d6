"""Leaving and coming back, by pages and as JSON."""

import base64
from datetime import timedelta

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.security import phone_hmac, sign
from astronote.services import consent, unsubscribe_tokens, unsubscribing
from tests.support.api import ApiClient
from tests.support.forms import first_form, press
from tests.support.messages import SentMessage, add_message, rows
from tests.support.shops import ShopUnderTest


def token_for(message: SentMessage) -> str:
    return unsubscribe_tokens.make(
        message.shop_id,
        contact_id=message.contact_id,
        campaign_id=message.campaign_id,
        message_id=message.id,
    )


def subscribed(shop: ShopUnderTest) -> bool:
    (contact,) = rows(shop, "contact")
    return bool(contact["is_subscribed"])


@pytest.mark.parametrize(
    "address", ["/unsubscribe/{}", "/retail/unsubscribe/{}", "/unsubscribe?token={}"]
)
def test_the_first_form_unsubscribes_and_opening_the_page_does_not(
    site: ApiClient, shop: ShopUnderTest, address: str
) -> None:
    message = add_message(shop)
    page = site.get(address.format(token_for(message)))
    assert page.status_code == 200
    assert shop.name in page.text
    assert message.phone not in page.text
    assert message.phone[-3:] in page.text
    assert "Μαρία" not in page.text
    assert subscribed(shop)
    done = press(site, page)
    assert done.status_code == 200
    assert not subscribed(shop)
    (event,) = rows(shop, "consent_event")
    assert (event["action"], event["source"]) == ("opted_out", "unsubscribe_link")
    assert event["message_id"] == message.id
    assert event["ip"] == "127.0.0.1"
    assert "Pixel" in event["user_agent"]


def test_who_is_unsubscribed_is_told_so_and_can_come_back(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    token = token_for(add_message(shop))
    press(site, site.get(f"/unsubscribe/{token}"))
    again = site.get(f"/unsubscribe/{token}", headers={"Accept-Language": "en"})
    assert "already unsubscribed" in again.text
    assert first_form(again)[0] == "/resubscribe"
    assert press(site, again).status_code == 200
    assert subscribed(shop)
    event = rows(shop, "consent_event")[-1]
    assert (event["action"], event["source"]) == ("opted_in", "resubscribe_link")
    assert shop.name in event["text"]


def test_the_page_to_come_back_asks_first(site: ApiClient, shop: ShopUnderTest) -> None:
    token = token_for(add_message(shop, subscribed=False))
    page = site.get(f"/resubscribe?token={token}")
    assert not subscribed(shop)
    press(site, page)
    assert subscribed(shop)
    assert first_form(site.get(f"/resubscribe?token={token}"))[0] == "/unsubscribe"


@pytest.mark.parametrize("prefix", ["/api/unsubscribe", "/api/contacts/unsubscribe"])
@pytest.mark.parametrize("in_path", [True, False])
def test_unsubscribing_by_json(
    program: ApiClient, shop: ShopUnderTest, prefix: str, in_path: bool
) -> None:
    token = token_for(add_message(shop))
    path, body = (f"{prefix}/{token}", None) if in_path else (prefix, {"token": token})
    answer = program.post(path, json=body)
    assert answer.status_code == 200
    assert answer.json() == {"status": "unsubscribed", "shopName": shop.name}
    assert program.post(path, json=body).json()["status"] == "already_unsubscribed"


def test_what_the_page_shows_by_json(program: ApiClient, shop: ShopUnderTest) -> None:
    token = token_for(add_message(shop))
    shown = program.get(f"/api/unsubscribe/{token}").json()
    assert shown == {
        "shopName": shop.name,
        "phoneMasked": "+30 ••• ••• 678",
        "isSubscribed": True,
    }
    page_token = unsubscribing.preferences_token(unsubscribe_tokens.read(token))
    assert program.get(f"/api/contacts/preferences/{page_token}").json() == shown | {
        "supportContact": ""
    }
    back = program.post("/api/contacts/resubscribe", json={"token": token})
    assert back.json()["status"] == "already_subscribed"
    program.post("/api/unsubscribe", json={"token": token})
    back = program.post("/api/contacts/resubscribe", json={"token": token})
    assert back.json()["status"] == "resubscribed"


def test_an_expired_token_is_refused_and_the_page_names_the_other_ways(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop)
    payload = {
        "storeId": shop.id,
        "contact": message.contact_id,
        "campaign": None,
        "message": None,
        "exp": int((clock.now() - timedelta(seconds=5)).timestamp()),
    }
    token = sign("unsubscribe", payload)
    refused = program.post("/api/unsubscribe", json={"token": token})
    assert (refused.status_code, refused.json()["code"]) == (400, "expired_token")
    page = site.get(f"/unsubscribe/{token}")
    assert page.status_code == 400
    assert shop.name in page.text and "STOP" in page.text
    assert subscribed(shop)


def test_a_token_for_another_purpose_opens_nothing(program: ApiClient, shop: ShopUnderTest) -> None:
    token = token_for(add_message(shop))
    page_token = unsubscribing.preferences_token(unsubscribe_tokens.read(token))
    for path in (f"/api/unsubscribe/{page_token}", f"/api/contacts/preferences/{token}"):
        refused = program.get(path)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_token")


def test_a_token_of_another_shop_changes_nothing(
    program: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    mine, other = two_shops
    message = add_message(mine)
    token = unsubscribe_tokens.make(other.id, contact_id=message.contact_id)
    refused = program.post("/api/unsubscribe", json={"token": token})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_token")
    assert subscribed(mine)


def test_a_changed_payload_with_the_old_signature_is_refused(shop: ShopUnderTest) -> None:
    head, key, body, mac = token_for(add_message(shop)).split(".")
    payload = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    forged = payload.replace(b'"storeId":', b'"storeId":9')
    changed = base64.urlsafe_b64encode(forged).decode().rstrip("=")
    assert not _opens(f"{head}.{key}.{changed}.{mac}")


def test_a_deleted_contact_is_still_let_go(program: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    token = token_for(message)
    with transaction(shop.id) as session:
        session.execute(sa.text("DELETE FROM contact"))
    assert program.get(f"/api/unsubscribe/{token}").json()["isSubscribed"] is True
    assert program.post(f"/api/unsubscribe/{token}").json()["status"] == "unsubscribed"
    with transaction(shop.id) as session:
        assert consent.is_suppressed(session, shop.id, phone_hmac(message.phone))
    assert program.get(f"/api/unsubscribe/{token}").json()["isSubscribed"] is False
    assert program.post(f"/api/unsubscribe/{token}").json()["status"] == "already_unsubscribed"
    back = program.post("/api/contacts/resubscribe", json={"token": token})
    assert (back.status_code, back.json()["code"]) == (410, "contact_deleted")


def test_a_form_of_another_site_is_refused(site: ApiClient, shop: ShopUnderTest) -> None:
    page = site.get(f"/unsubscribe/{token_for(add_message(shop))}")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert press(site, page, **headers).status_code == 403
    assert subscribed(shop)
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert press(site, page, **own).status_code == 200


def test_leaving_works_while_redis_is_away(
    site: ApiClient, shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from astronote.services import rate_limits
    from astronote.settings import settings

    message = add_message(shop)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()
    rate_limits.client.cache_clear()
    try:
        page = site.get(site.get(f"/s/{message.code}").headers["location"])
        assert press(site, page).status_code == 200
        refused = site.post("/login", data={"email": shop.email, "password": shop.password})
        assert refused.status_code == 503
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        rate_limits.client.cache_clear()
    assert not subscribed(shop)


def _opens(token: str) -> bool:
    from astronote.errors import BadRequest

    try:
        unsubscribe_tokens.read(token)
    except BadRequest:
        return False
    return True


def test_the_erased_are_forgotten(program: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    token = unsubscribe_tokens.make(shop.id, contact_id=message.contact_id)
    with system_transaction() as session:
        session.execute(sa.text("DELETE FROM contact"))
    refused = program.get(f"/api/unsubscribe/{token}")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_token")
