"""Everybody's account: the password, the sign-ins, the language."""

import asyncio

import pytest

from astronote.state.account import AccountState
from astronote.state.devices import device
from astronote.state.gate import LEAVE
from astronote.state.shell import ShellState
from tests.support.api import ApiClient
from tests.support.events import Answer, Tab, browsing
from tests.support.settings_pages import ACCOUNT, in_tab, send
from tests.support.shops import PASSWORD, ShopUnderTest

# The account -----------------------------------------------------------------------------------


def sign_in_again(api: ApiClient, shop: ShopUnderTest) -> ShopUnderTest:
    answer = api.post(
        "/api/auth/login",
        json={"email": shop.email, "password": PASSWORD},
        headers={"User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit/605 Safari/604"},
    )
    return ShopUnderTest(shop.name, shop.email, PASSWORD, shop.owner, answer.json()["accessToken"])


def test_a_password_change_ends_the_other_tabs(shop: ShopUnderTest, api: ApiClient) -> None:
    phone = sign_in_again(api, shop)

    async def doing() -> tuple[Answer, Answer, Answer, Answer]:
        async with browsing() as browser:
            here, there = browser.tab(shop.token), browser.tab(phone.token)
            before = await there.send(f"{ACCOUNT}.load")
            wrong = {"currentPassword": "wrong", "newPassword": "another horse 42"}
            refused = await here.send(f"{ACCOUNT}.change_password", {"form": wrong})
            right = {"currentPassword": PASSWORD, "newPassword": "another horse 42"}
            changed = await here.send(f"{ACCOUNT}.change_password", {"form": right})
            return before, refused, changed, await there.send(f"{ACCOUNT}.load")

    before, refused, changed, after = asyncio.run(doing())
    assert before.var("sessions", AccountState)[0].device == "Safari, iPhone"
    assert list(refused.var("errors", AccountState)) == ["currentPassword"]
    assert len(changed.var("sessions", AccountState)) == 1
    assert after.scripts == [LEAVE]


def test_one_sign_in_or_all_others_can_be_ended(shop: ShopUnderTest, api: ApiClient) -> None:
    for _ in range(3):
        sign_in_again(api, shop)

    async def doing(tab: Tab) -> tuple[int, int, int, str]:
        loaded = await tab.send(f"{ACCOUNT}.load")
        lines = loaded.var("sessions", AccountState)
        assert lines[0].is_current
        own = await tab.send(f"{ACCOUNT}.end", {"session_id": lines[0].id})
        one = await tab.send(f"{ACCOUNT}.end", {"session_id": lines[1].id})
        rest = await tab.send(f"{ACCOUNT}.end_others")
        left = [len(a.var("sessions", AccountState)) for a in (loaded, one, rest)]
        return left[0], left[1], left[2], own.said

    first, second, third, refused = in_tab(shop, doing)
    assert (first, second, third) == (4, 3, 1)
    assert "Sign out instead" in refused


def test_the_app_changes_its_language(shop: ShopUnderTest) -> None:
    answer = send(shop, f"{ACCOUNT}.set_language", {"locale": "el"})
    assert answer.scripts[0].endswith("location.reload()")
    shell = send(shop, f"{ShellState.get_full_name()}.load")
    assert shell.var("language", ShellState) == "el"
    refused = send(shop, f"{ACCOUNT}.set_language", {"locale": "fr"}).said
    assert "error" in refused


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140 Safari/537 Edg/140",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537 Chrome/140 Mobile", "Chrome, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox, Linux"),
        ("python-httpx/0.28", "python-httpx"),
        ("", ""),
    ],
)
def test_a_device_in_words(agent: str, words: str) -> None:
    assert device(agent) == words
