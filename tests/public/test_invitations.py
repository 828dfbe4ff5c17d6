"""An invitation to a shop's team: who sees what, and who gets in."""

from collections.abc import Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import httpx
import pytest

from astronote import clock
from astronote.db import enter_shop, system_transaction
from astronote.models import UserAccount
from astronote.services import accounts, team
from astronote.services.team import Added
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.forms import first_form
from tests.support.mailbox import open_mailbox
from tests.support.shops import PASSWORD, ShopUnderTest

Shops = tuple[ShopUnderTest, ShopUnderTest]
MARIA = "maria@example.com"
ENGLISH = {"Accept-Language": "en"}


def invite(shop: ShopUnderTest, email: str = MARIA, role: str = "staff") -> Added:
    with system_transaction() as session:
        enter_shop(session, shop.id)
        return team.add(session, shop.id, shop.owner, email, role)


def path(added: Added) -> str:
    return urlsplit(added.invitation_url).path


def cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"astronote_session={token}"} | ENGLISH


def who(site: ApiClient, answer: httpx.Response) -> tuple[str, int, str]:
    """Whom an answer signs in: e-mail, shop, role. What comes after is another browser."""
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")
    session = SimpleCookie(answer.headers.get_list("set-cookie")[0])["astronote_session"].value
    site.forget()
    me = site.get("/api/auth/me", headers={"Authorization": f"Bearer {session}"}).json()
    return me["user"]["email"], me["shop"]["id"], me["user"]["role"]


def test_it_says_who_invites_and_the_first_password_signs_in(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    added = invite(shop, role="owner")
    page = site.get(path(added), headers=ENGLISH)
    for words in (f"{shop.name} invites you", MARIA, "Owner", "billing, settings and the team"):
        assert words in page.text
    action, fields = first_form(page)
    weak = site.post(action, data=fields | {"password": "short"}, headers=ENGLISH)
    assert weak.status_code == 422 and "at least 10 characters" in weak.text
    assert "set-cookie" not in weak.headers
    answer = site.post(action, data=fields | {"password": PASSWORD})
    assert who(site, answer) == (MARIA, shop.id, "owner")


def test_after_that_the_link_signs_nobody_in_without_the_password(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    there = path(invite(shop))
    assert who(site, site.post(there, data={"password": PASSWORD}))[0] == MARIA
    used = site.get(there, headers=ENGLISH)
    assert "accepted this invitation already" in used.text and MARIA in used.text
    refused = site.post(there, data={"password": "another long one"}, headers=ENGLISH)
    assert refused.status_code == 401 and "not right" in refused.text
    assert "set-cookie" not in refused.headers
    assert who(site, site.post(there, data={"password": PASSWORD}))[1:] == (shop.id, "staff")


def test_who_has_an_account_comes_with_his_own_password(site: ApiClient, two_shops: Shops) -> None:
    mine, other = two_shops
    added = invite(other, mine.email)
    assert not added.is_new_account
    page = site.get(path(added), headers=ENGLISH)
    assert f"{other.name} invites you" in page.text and "an account already" in page.text
    # What sets a first password elsewhere sets none here.
    for wrong in ("", "a wrong one 123", other.name):
        answer = site.post(path(added), data={"password": wrong}, headers=ENGLISH)
        assert answer.status_code == 401 and "set-cookie" not in answer.headers
    answer = site.post(path(added), data={"password": PASSWORD})
    assert who(site, answer) == (mine.email, other.id, "staff")


def test_who_is_signed_in_needs_one_press_and_leaves_the_other_shop(
    site: ApiClient, two_shops: Shops
) -> None:
    mine, other = two_shops
    there = path(invite(other, mine.email))
    page = site.get(there, headers=cookie(mine.token))
    assert f"Go to {other.name}" in page.text and "password" not in page.text
    foreign = cookie(mine.token) | {"Sec-Fetch-Site": "cross-site"}
    assert site.post(there, headers=foreign).status_code == 403
    answer = site.post(first_form(page)[0], headers=cookie(mine.token))
    assert who(site, answer) == (mine.email, other.id, "staff")
    assert site.get("/api/auth/me", headers=mine.headers).status_code == 401


def test_signed_in_as_somebody_else_is_said_and_ends(site: ApiClient, shop: ShopUnderTest) -> None:
    there = path(invite(shop))
    page = site.get(there, headers=cookie(shop.token))
    assert f"signed in as {shop.email}" in page.text and MARIA in page.text
    answer = site.post(there, data={"password": PASSWORD}, headers=cookie(shop.token))
    assert who(site, answer)[0] == MARIA
    assert site.get("/api/auth/me", headers=shop.headers).status_code == 401


def test_another_shops_invitation_does_not_open_an_account_that_waits(
    site: ApiClient, two_shops: Shops
) -> None:
    one, two = two_shops
    first, second = invite(one), invite(two)
    page = site.get(path(second), headers=ENGLISH)
    assert "still has no password" in page.text and "/forgot" in page.text
    assert one.name not in page.text
    refused = site.post(path(second), data={"password": PASSWORD}, headers=ENGLISH)
    assert refused.status_code == 409 and "set-cookie" not in refused.headers
    assert who(site, site.post(path(first), data={"password": PASSWORD}))[1] == one.id
    assert who(site, site.post(path(second), data={"password": PASSWORD}))[1] == two.id


def _over(shop: ShopUnderTest, added: Added) -> None:
    clock.shift(timedelta(days=7, minutes=1))


def _withdrawn(shop: ShopUnderTest, added: Added) -> None:
    with system_transaction() as session:
        enter_shop(session, shop.id)
        team.remove(session, shop.id, shop.owner, added.member.user_id)


def _password_elsewhere(shop: ShopUnderTest, added: Added) -> None:
    with system_transaction() as session:
        user = session.get_one(UserAccount, added.member.user_id)
        accounts.set_password(session, user, "set by a reset link")


@pytest.mark.parametrize(
    ("happens", "status", "said"),
    [
        (_over, 409, "has expired"),
        (_withdrawn, 409, "withdrawn"),
        (_password_elsewhere, 401, "accepted this invitation already"),
    ],
)
def test_one_that_is_good_no_longer_says_why_and_signs_nobody_in(
    site: ApiClient,
    shop: ShopUnderTest,
    happens: Callable[[ShopUnderTest, Added], None],
    status: int,
    said: str,
) -> None:
    added = invite(shop)
    happens(shop, added)
    page = site.get(path(added), headers=ENGLISH)
    assert said in page.text and shop.name in page.text
    assert "/login" in page.text or "/forgot" in page.text
    answer = site.post(path(added), data={"password": PASSWORD}, headers=ENGLISH)
    assert answer.status_code == status and "set-cookie" not in answer.headers
    assert said in answer.text


def test_a_newer_invitation_works_where_the_first_has_expired(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    added = invite(shop)
    clock.shift(timedelta(days=8))
    with system_transaction() as session:
        enter_shop(session, shop.id)
        again = team.invite_again(session, shop.id, shop.owner, added.member.user_id)
    assert "<form" not in site.get(path(added)).text
    assert who(site, site.post(path(again), data={"password": PASSWORD}))[0] == MARIA


def test_a_mistaken_link_says_so_and_a_reset_link_is_no_invitation(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    with system_transaction() as session:
        reset = accounts.reset_token(session, shop.email)
    whole = path(invite(shop))
    for wrong in (whole[:-3], "/invitation/v1.x", f"/invitation/{reset}"):
        for answer in (site.get(wrong, headers=ENGLISH), site.post(wrong, headers=ENGLISH)):
            assert answer.status_code == 400
            assert "may have been cut short" in answer.text and "/login" in answer.text


def test_who_has_an_account_gets_a_letter_too(
    shop_api: ApiClient,
    shop: ShopUnderTest,
    site: ApiClient,
    monkeypatch: pytest.MonkeyPatch,
    new_shop: Callable[[], ShopUnderTest],
) -> None:
    other = new_shop()
    with open_mailbox() as mailbox:
        monkeypatch.setenv("SMTP_URL", mailbox.url)
        settings.cache_clear()
        shop_api.post("/api/team", json={"email": other.email}).raise_for_status()
        monkeypatch.undo()
        settings.cache_clear()
    (letter,) = mailbox.letters
    assert letter["To"] == other.email and shop.name in letter["Subject"]
    there = urlsplit(letter.get_content().split("\n\n")[1].strip()).path
    assert who(site, site.post(there, data={"password": PASSWORD}))[:2] == (other.email, shop.id)
