"""Sign-in, identity and the gate of the API."""

import pytest

from astronote.errors import RateLimited
from astronote.services import rate_limits
from tests.support.shops import PASSWORD


def register(api, **changes):
    body = {"shopName": "Κάβα", "email": "a@shop.gr", "password": PASSWORD, **changes}
    return api.post("/api/auth/register", json=body)


def test_registering_signs_in(api):
    answer = register(api)
    assert answer.status_code == 201
    body = answer.json()
    assert body["tokenType"] == "bearer"
    assert body["expiresIn"] > 0
    assert body["user"]["role"] == "owner"
    assert body["shop"]["timezone"] == "Europe/Athens"
    headers = {"Authorization": f"Bearer {body['accessToken']}"}
    assert api.get("/api/auth/me", headers=headers).json()["user"]["email"] == "a@shop.gr"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"email": "nobody"}, 422, "invalid_email"),
        ({"password": "short"}, 422, "weak_password"),
        ({"timezone": "Mars/Olympus"}, 422, "invalid"),
        ({"country": "QQ"}, 422, "invalid"),
        ({"shopName": "  "}, 422, "invalid"),
        ({"shopName": "a\x00b"}, 422, "invalid"),
        ({"unknown": 1}, 422, "invalid"),
    ],
)
def test_bad_registrations_are_refused(api, changes, status, code):
    answer = register(api, **changes)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


def test_the_same_refusal_for_a_wrong_password_and_an_unknown_email(api, shop):
    answers = [
        api.post("/api/auth/login", json={"email": email, "password": "not the password"})
        for email in (shop.email, "who@shop.gr")
    ]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_thirty_sign_ins_a_minute_are_fine_and_a_hundred_are_not(api, shop):
    body = {"email": shop.email, "password": "not the password"}
    seen = {api.post("/api/auth/login", json=body).status_code for _ in range(30)}
    assert seen == {401}
    # The rest without the cost of hashing, so that they come within the minute.
    with pytest.raises(RateLimited):
        for _ in range(70):
            rate_limits.allow_sign_in(shop.email, "127.0.0.1")
    last = api.post("/api/auth/login", json=body)
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) >= 1


def test_a_stranger_is_refused_before_anything_else(api):
    for path in ("/api/shop", "/api/nothing", "/api/auth/me"):
        answer = api.put(path, content="{not json")
        assert answer.status_code == 401, path
        assert answer.json()["code"] == "unauthenticated"


def test_signing_out_ends_the_session(api, shop):
    assert api.post("/api/auth/logout", headers=shop.headers).status_code == 204
    assert api.get("/api/auth/me", headers=shop.headers).status_code == 401


def test_a_cookie_changes_things_only_from_our_own_pages(api, shop):
    cookie = {"Cookie": f"astronote_session={shop.token}"}
    assert api.get("/api/shop", headers=cookie).status_code == 200
    for origin in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = api.put("/api/shop", json={"name": "Hijacked"}, headers={**cookie, **origin})
        assert answer.status_code == 403
    own = {**cookie, "Origin": "http://testserver"}
    assert api.put("/api/shop", json={"name": "Mine"}, headers=own).status_code == 200


def test_every_answer_has_a_request_id(api):
    first, second = api.get("/healthz"), api.get("/api/shop")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
