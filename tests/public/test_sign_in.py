"""Signing in and out by plain forms."""

import re
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest

from astronote.db import system_transaction
from astronote.services import accounts
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.forms import first_form
from tests.support.mailbox import open_mailbox
from tests.support.messages import rows
from tests.support.shops import PASSWORD, ShopUnderTest

NEW = {
    "shopName": "Καφέ",
    "email": "maria@example.com",
    "password": "a long enough one",
    "country": "CY",
    "timezone": "",
}


def signed_in(site: ApiClient, answer: object) -> str:
    cookies: list[str] = answer.headers.get_list("set-cookie")  # type: ignore[attr-defined]
    session = SimpleCookie("; ".join(cookies[:1]))["astronote_session"]
    assert session["httponly"] and session["samesite"].lower() == "lax" and session["path"] == "/"
    token = session.value
    headers = {"Authorization": f"Bearer {token}"}
    assert site.get("/api/auth/me", headers=headers).status_code == 200
    return token


def test_signing_in_sets_the_cookie_and_goes_to_the_app(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    action, fields = first_form(site.get("/login?next=/app/campaigns"))
    sent = fields | {"email": shop.email.upper(), "password": PASSWORD}
    answer = site.post(action, data=sent)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/app/campaigns"
    token = signed_in(site, answer)
    assert token != shop.token
    assert "astronote_language=en;" in answer.headers["set-cookie"]
    cookie = {"Cookie": f"astronote_session={token}"}
    assert site.get("/login", headers=cookie).headers["location"] == "/app"


@pytest.mark.parametrize(("page", "account"), [("el-GR,el;q=0.9", "el"), ("en", "en")])
def test_a_new_account_has_the_language_of_the_page_it_was_made_on(
    site: ApiClient, page: str, account: str
) -> None:
    answer = site.post("/register", data=NEW, headers={"Accept-Language": page})
    assert f"astronote_language={account};" in answer.headers["set-cookie"]
    with system_transaction() as session:
        assert accounts.sign_in(session, NEW["email"], NEW["password"]).identity.locale == account


def test_a_wrong_password_keeps_the_e_mail_and_says_no_more(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    pages = [
        site.post("/login", data={"email": email, "password": "not this one"})
        for email in (shop.email, "nobody@example.com")
    ]
    assert [page.status_code for page in pages] == [401, 401]
    assert "set-cookie" not in pages[0].headers
    assert shop.email in pages[0].text
    one, other = (
        page.text.replace(shop.email, "").replace("nobody@example.com", "") for page in pages
    )
    assert one == other


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example/%2f..",
        "/%5cevil.example",
        "/%09/evil.example",
        "/.evil.example",
        "/..//evil.example",
        "/;@evil.example",
        "@evil.example",
        "evil.example",
        "./evil.example",
        "/app\\..\\..\\evil.example",
        "/app\r\nSet-Cookie: a=b",
        "/app\x00",
        "/app evil",
        "/appevil.example",
        "/application",
        "/app@evil.example",
        "/app:80",
        "/app.evil.example",
        "http://127.0.0.1",
        "//127.0.0.1",
        "//[::1]",
        "/〱evil.example",
        "//evil。example",
        "ftp://evil.example",
        "//google.com/%2e%2e",
        "/logout",
        "/s/abc",
        "/public/s/abc",
        "?next=//evil.example",
        "#//evil.example",
        "",
        " ",
        "/",
        "/app" + "x" * 3000,
        "%2f%2fevil.example",
        "/%2fevil.example",
        "////",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    site: ApiClient, shop: ShopUnderTest, wanted: str
) -> None:
    cookie = {"Cookie": f"astronote_session={shop.token}"}
    answer = site.get("/login", params={"next": wanted}, headers=cookie)
    assert answer.headers.get("location", "/app") == "/app"


@pytest.mark.parametrize(
    "wanted", ["/app", "/app/contacts?q=a%20b", "/tracking/redeem/Ab-1", "/till"]
)
def test_our_own_addresses_are_gone_to(site: ApiClient, shop: ShopUnderTest, wanted: str) -> None:
    cookie = {"Cookie": f"astronote_session={shop.token}"}
    answer = site.get("/login", params={"next": wanted}, headers=cookie)
    assert answer.headers["location"] == wanted


def test_a_form_of_another_site_signs_nobody_in(site: ApiClient, shop: ShopUnderTest) -> None:
    data = {"email": shop.email, "password": PASSWORD}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://testserver.evil.example"},
    ):
        answer = site.post("/login", data=data, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    own = {"Origin": "http://testserver"}
    assert site.post("/login", data=data, headers=own).status_code == 303


def test_thirty_sign_ins_a_minute_are_fine_and_a_hundred_are_not(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    answers = [
        site.post("/login", data={"email": "x@example.com", "password": "wrong"}) for _ in range(60)
    ]
    said = [answer.status_code for answer in answers]
    assert said[:30] == [401] * 30
    assert said[-1] == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_registering_makes_a_shop_and_signs_in(site: ApiClient) -> None:
    answer = site.post("/register", data=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")
    token = signed_in(site, answer)
    me = site.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert me["shop"]["name"] == "Καφέ"
    assert me["shop"]["timezone"] == "Asia/Nicosia"


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"email": "no address"},
        {"shopName": "  "},
        {"country": "ZZ"},
        {"timezone": "Moon/Base"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    site: ApiClient, change: dict[str, str]
) -> None:
    page = site.post("/register", data=NEW | change)
    assert page.status_code == 422
    assert 'class="error"' in page.text or 'role="alert"' in page.text
    assert (change | {"email": change.get("email", NEW["email"])})["email"] in page.text
    assert NEW["password"] not in page.text


def test_an_e_mail_is_taken_once(site: ApiClient, shop: ShopUnderTest) -> None:
    page = site.post("/register", data=NEW | {"email": shop.email})
    assert page.status_code == 422
    assert "already" in page.text


def test_signing_out_asks_and_then_ends_the_session(site: ApiClient, shop: ShopUnderTest) -> None:
    cookie = {"Cookie": f"astronote_session={shop.token}"}
    assert shop.email in site.get("/logout", headers=cookie).text
    assert site.get("/api/auth/me", headers=shop.headers).status_code == 200
    refused = site.post("/logout", headers=cookie | {"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    answer = site.post("/logout", headers=cookie)
    assert answer.headers["location"] == "/login"
    assert 'astronote_session=""' in answer.headers["set-cookie"]
    assert site.get("/api/auth/me", headers=shop.headers).status_code == 401


def test_a_reset_link_works_once_and_ends_every_session(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    with system_transaction() as session:
        token = accounts.reset_token(session, shop.email)
    assert first_form(site.get(f"/reset/{token}"))[0] == f"/reset/{token}"
    weak = site.post(f"/reset/{token}", data={"password": "short"})
    assert weak.status_code == 422 and "<form" in weak.text
    done = site.post(f"/reset/{token}", data={"password": "another long one"})
    assert done.headers["location"] == "/login?done=reset"
    assert site.get("/api/auth/me", headers=shop.headers).status_code == 401
    used = site.post(f"/reset/{token}", data={"password": "yet another one"})
    assert used.status_code == 422 and "/forgot" in used.text
    assert site.post("/reset/v1.x", data={"password": "a long enough one"}).status_code == 422
    login = {"email": shop.email, "password": "another long one"}
    assert site.post("/login", data=login).status_code == 303


def test_asking_for_a_link_says_the_same_to_everybody(site: ApiClient, shop: ShopUnderTest) -> None:
    known, unknown = (
        site.post("/forgot", data={"email": email}) for email in (shop.email, "nobody@example.com")
    )
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    assert rows(shop, "audit_event") == []


def test_the_link_arrives_by_e_mail_where_mail_is_set_up(
    site: ApiClient, shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "<form" not in site.get("/forgot").text
    with open_mailbox() as mailbox:
        monkeypatch.setenv("SMTP_URL", mailbox.url)
        settings.cache_clear()
        action, _ = first_form(site.get("/forgot"))
        for email in (shop.email, "nobody@example.com"):
            site.post(action, data={"email": email}, headers={"Accept-Language": "el"})
        monkeypatch.undo()
        settings.cache_clear()
    (letter,) = mailbox.letters
    assert letter["To"] == shop.email
    link = re.search(r"https?://\S+/reset/\S+", letter.get_content())
    assert link is not None
    answer = site.post(urlsplit(link[0]).path, data={"password": "another long one"})
    assert answer.headers["location"] == "/login?done=reset"
