"""The team, API keys, sessions and the password."""

from datetime import timedelta
from threading import Thread

import pytest

from astronote import clock
from astronote.db import system_transaction
from astronote.services import invitations
from astronote.settings import settings
from tests.support.mailbox import open_mailbox
from tests.support.messages import rows

NEW = "maria@example.com"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def sign_in(client, email, password):
    answer = client.post("/api/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return answer.json()


def add(shop_api, email=NEW, role="staff"):
    answer = shop_api.post("/api/team", json={"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    return answer.json()


def join_team(api, shop_api, role="staff"):
    """Somebody who was added and has set a password; his id and bearer."""
    made = add(shop_api, role=role)
    with system_transaction() as session:
        token = made["invitationUrl"].rpartition("/")[2]
        invitations.set_first_password(session, token, "a new horse 9", invitations.Visitor())
    return made["userId"], bearer(sign_in(api, NEW, "a new horse 9")["accessToken"])


# Team -------------------------------------------------------------------------------------------


def test_a_new_person_is_invited_and_signs_in_as_staff(api, shop_api, shop):
    _, staff = join_team(api, shop_api)
    me = api.get("/api/auth/me", headers=staff).json()
    assert (me["user"]["role"], me["shop"]["id"]) == ("staff", shop.id)
    members = shop_api.get("/api/team").json()["items"]
    assert [(m["email"], m["role"]) for m in members] == [(shop.email, "owner"), (NEW, "staff")]
    again = shop_api.post("/api/team", json={"email": NEW.upper()})
    assert (again.status_code, again.json()["code"]) == (409, "already_member")


def test_somebody_with_an_account_becomes_a_member_and_no_link_is_made(shop_api, new_shop):
    other = new_shop()
    added = add(shop_api, other.email, "owner")
    assert (added["userId"], added["invitationUrl"]) == (other.owner.user_id, None)
    assert shop_api.delete(f"/api/team/{added['userId']}").status_code == 204


def test_an_invitation_by_mail_is_not_shown(shop_api, monkeypatch):
    with open_mailbox() as mailbox:
        monkeypatch.setenv("SMTP_URL", mailbox.url)
        settings.cache_clear()
        try:
            assert add(shop_api)["invitationUrl"] is None
        finally:
            monkeypatch.undo()
            settings.cache_clear()
    (letter,) = mailbox.letters
    assert letter["To"] == NEW
    assert "/invitation/" in letter.get_content()


def test_staff_touch_no_team_keys_and_settings_of_consent(api, shop_api):
    _, staff = join_team(api, shop_api)
    for method, path in (
        ("GET", "/api/team"),
        ("POST", "/api/team"),
        ("PUT", "/api/team/1"),
        ("DELETE", "/api/team/1"),
        ("GET", "/api/api-keys"),
        ("POST", "/api/api-keys"),
        ("DELETE", "/api/api-keys/1"),
        ("PUT", "/api/consent-wording"),
    ):
        body = {"email": NEW, "role": "owner", "name": "x", "text": "x"}
        fields = {"/api/team": ("email",), "/api/api-keys": ("name",)}.get(path, ("role",))
        if path.endswith("wording"):
            fields = ("text",)
        sent = None if method in ("GET", "DELETE") else {f: body[f] for f in fields}
        assert api.request(method, path, headers=staff, json=sent).status_code == 403, path


def test_a_role_holds_from_the_next_request_and_a_removed_member_is_out(api, shop_api, shop):
    user_id, staff = join_team(api, shop_api)
    path = f"/api/team/{user_id}"
    assert shop_api.put(path, json={"role": "owner"}).json()["role"] == "owner"
    key = api.post("/api/api-keys", headers=staff, json={"name": "Till"}).json()["key"]
    assert api.get("/api/contacts", headers=bearer(key)).status_code == 200
    assert shop_api.put(path, json={"role": "boss"}).status_code == 422
    assert shop_api.delete(path).status_code == 204
    assert api.get("/api/auth/me", headers=staff).status_code == 401
    assert api.get("/api/contacts", headers=bearer(key)).status_code == 401
    assert shop_api.get("/api/api-keys").json()["items"] == []
    assert shop_api.delete(path).status_code == 404


def test_a_shop_keeps_an_owner_even_when_two_demote_each_other(api, shop_api, shop):
    own = f"/api/team/{shop.owner.user_id}"
    for refused in (shop_api.delete(own), shop_api.put(own, json={"role": "staff"})):
        assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    user_id, second = join_team(api, shop_api, "owner")
    demotions = [
        Thread(target=api.put, args=(f"/api/team/{target}",), kwargs=options)
        for target, options in (
            (user_id, {"headers": shop.headers, "json": {"role": "staff"}}),
            (shop.owner.user_id, {"headers": second, "json": {"role": "staff"}}),
        )
    ]
    for demotion in demotions:
        demotion.start()
    for demotion in demotions:
        demotion.join()
    assert [m["role"] for m in rows(shop, "membership")].count("owner") == 1


# API keys ---------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_acts_as_staff_of_its_shop(api, shop_api, shop):
    made = shop_api.post("/api/api-keys", json={"name": "Web shop"}).json()
    assert made["key"].startswith(made["prefix"])
    listed = shop_api.get("/api/api-keys")
    assert made["key"] not in listed.text
    assert listed.json()["items"][0]["lastUsedAt"] is None
    key = bearer(made["key"])
    contact = api.post("/api/contacts", headers=key, json={"phone": "+306912345678"})
    assert contact.status_code == 201
    assert api.get("/api/auth/me", headers=key).json()["user"]["role"] == "staff"
    assert [c["id"] for c in shop_api.get("/api/contacts").json()["items"]] == [
        contact.json()["id"]
    ]
    for path in ("/api/team", "/api/api-keys", "/api/sessions"):
        assert api.get(path, headers=key).status_code == 403
    refused = api.put(
        "/api/auth/password",
        headers=key,
        json={"currentPassword": shop.password, "newPassword": "a new horse 9"},
    )
    assert refused.status_code == 403
    assert made["key"].encode() not in bytes(rows(shop, "api_key")[0]["token_hash"])


def test_a_key_is_no_session_cookie_and_ends_when_deleted(api, shop_api):
    made = shop_api.post("/api/api-keys", json={"name": "Web shop"}).json()
    cookie = {"Cookie": f"astronote_session={made['key']}"}
    assert api.get("/api/contacts", headers=cookie).status_code == 401
    for wrong in (made["key"][:-1], made["key"] + "A", made["prefix"]):
        assert api.get("/api/contacts", headers=bearer(wrong)).status_code == 401
    assert shop_api.delete(f"/api/api-keys/{made['id']}").status_code == 204
    assert api.get("/api/contacts", headers=bearer(made["key"])).status_code == 401


def test_the_last_use_is_noted_at_most_once_a_minute(api, shop_api):
    key = bearer(shop_api.post("/api/api-keys", json={"name": "Web shop"}).json()["key"])
    seen = []
    for seconds in (0, 20, 70):
        clock.shift(timedelta(seconds=seconds))
        assert api.get("/api/lists", headers=key).status_code == 200
        seen.append(shop_api.get("/api/api-keys").json()["items"][0]["lastUsedAt"])
    assert seen[0] == seen[1] < seen[2]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_key_needs_a_name(shop_api, name):
    assert shop_api.post("/api/api-keys", json={"name": name}).status_code == 422


# Sessions and the password ----------------------------------------------------------------------


def test_one_sees_and_ends_ones_own_sessions(api, shop_api, shop, new_shop):
    other = new_shop()
    token = sign_in(api, shop.email, shop.password)["accessToken"]
    listed = shop_api.get("/api/sessions").json()["items"]
    assert [s["isCurrent"] for s in listed] == [False, True]
    assert shop_api.delete(f"/api/sessions/{listed[0]['id']}").status_code == 204
    assert api.get("/api/auth/me", headers=bearer(token)).status_code == 401
    assert shop_api.delete(f"/api/sessions/{listed[0]['id']}").status_code == 404
    assert shop_api.delete(f"/api/sessions/{other.owner.session_id}").status_code == 404
    assert api.get("/api/auth/me", headers=other.headers).status_code == 200


def test_a_new_password_ends_the_other_sessions(api, shop_api, shop):
    token = sign_in(api, shop.email, shop.password)["accessToken"]
    for current, new, code in (
        ("wrong", "another horse 42", "bad_credentials"),
        (shop.password, "short", "weak_password"),
    ):
        body = {"currentPassword": current, "newPassword": new}
        refused = shop_api.put("/api/auth/password", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert refused.json()["errors"][0]["field"].endswith("Password")
    body = {"currentPassword": shop.password, "newPassword": "another horse 42"}
    assert shop_api.put("/api/auth/password", json=body).status_code == 204
    assert shop_api.get("/api/auth/me").status_code == 200
    assert api.get("/api/auth/me", headers=bearer(token)).status_code == 401
    sign_in(api, shop.email, "another horse 42")
