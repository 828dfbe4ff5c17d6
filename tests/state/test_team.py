"""The team's page, and the keys': what is shown once, who is in and who is out."""

import asyncio

import pytest

from astronote import db
from astronote.services import api_keys, invitations, team
from astronote.settings import settings
from astronote.state.account import AccountState
from astronote.state.api_keys import KeysState
from astronote.state.gate import LEAVE
from astronote.state.team import TeamState
from tests.support.api import ApiClient
from tests.support.events import Answer, Tab, browsing
from tests.support.mailbox import open_mailbox
from tests.support.settings_pages import ACCOUNT, KEYS, MARIA, TEAM, in_tab, send
from tests.support.shops import PASSWORD, ShopUnderTest
from tests.support.staff import add_member

# The team --------------------------------------------------------------------------------------


def test_an_invitation_is_shown_once_and_can_be_made_again(
    shop: ShopUnderTest, api: ApiClient
) -> None:
    async def doing(tab: Tab) -> tuple[str, str, list[bool]]:
        await tab.send(f"{TEAM}.load")
        added = await tab.send(f"{TEAM}.save", {"form": {"email": MARIA, "role": "staff"}})
        first = added.var("link", TeamState)
        maria = added.var("members", TeamState)[1]
        await tab.send(f"{TEAM}.close")
        again = await tab.send(f"{TEAM}.invite_again", {"user_id": maria.id})
        reloaded = await tab.send(f"{TEAM}.load")
        seen = [line.is_invited for line in reloaded.var("members", TeamState)]
        return first, again.var("link", TeamState), seen

    first, second, invited = in_tab(shop, doing)
    assert "/invitation/" in first
    assert invited == [False, True]
    with db.system_transaction() as session:
        token = second.rpartition("/")[2]
        invitations.set_first_password(session, token, PASSWORD, invitations.Visitor())
    with db.transaction(shop.id) as session:
        assert [one.is_invited for one in team.listing(session, shop.id)] == [False, False]
    signed_in = api.post("/api/auth/login", json={"email": MARIA, "password": PASSWORD})
    assert signed_in.json()["user"]["role"] == "staff"


def test_another_shop_makes_no_link_to_an_account_that_waits(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    one, two = two_shops
    with db.transaction(one.id) as session:
        waiting = team.add(session, one.id, one.owner, MARIA, "staff")
    answer = send(two, f"{TEAM}.save", {"form": {"email": MARIA}})
    link = answer.var("link", TeamState)
    with db.system_transaction() as session:
        shown = invitations.read(session, link.rpartition("/")[2])
    # The way to the shop, not to the account.
    assert shown.state == "elsewhere"
    user = {"user_id": waiting.member.user_id}
    refused = send(two, f"{TEAM}.invite_again", user)
    assert "/invitation/" not in f"{refused.delta} {refused.said}"
    assert "account already" in refused.said


def test_an_invitation_goes_by_mail_where_there_is_mail(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def doing(tab: Tab) -> Answer:
        await tab.send(f"{TEAM}.load")
        return await tab.send(f"{TEAM}.save", {"form": {"email": MARIA}})

    with open_mailbox() as mailbox:
        monkeypatch.setenv("SMTP_URL", mailbox.url)
        settings.cache_clear()
        try:
            answer = in_tab(shop, doing)
        finally:
            monkeypatch.undo()
            settings.cache_clear()
    [letter] = mailbox.letters
    assert letter["To"] == MARIA
    assert "/invitation/" in letter.get_content()
    assert "/invitation/" not in f"{answer.delta} {answer.said}"


def test_the_last_owner_stays_and_a_removed_member_is_out_at_once(shop: ShopUnderTest) -> None:
    staff = add_member(shop, MARIA)

    async def doing() -> tuple[Answer, Answer, Answer, Answer]:
        async with browsing() as browser:
            theirs, mine = browser.tab(staff.token), browser.tab(shop.token)
            let_in = await theirs.send(f"{ACCOUNT}.load")
            await mine.send(f"{TEAM}.load")
            demoted = {"user_id": shop.owner.user_id, "role": "staff"}
            last = await mine.send(f"{TEAM}.set_role", demoted)
            await mine.send(f"{TEAM}.ask_remove", {"user_id": staff.owner.user_id})
            removed = await mine.send(f"{TEAM}.go_on")
            return let_in, last, removed, await theirs.send(f"{ACCOUNT}.load")

    let_in, last, removed, after = asyncio.run(doing())
    assert let_in.var("email", AccountState) == MARIA
    assert "one owner at least" in last.said
    assert [line.role for line in removed.var("members", TeamState)] == ["owner"]
    assert after.scripts == [LEAVE]


# API keys --------------------------------------------------------------------------------------


def test_a_key_is_shown_once_works_and_ends(shop: ShopUnderTest, api: ApiClient) -> None:
    async def doing(tab: Tab) -> tuple[str, Answer, int, Answer]:
        await tab.send(f"{KEYS}.load")
        made = await tab.send(f"{KEYS}.save", {"form": {"name": "Till"}})
        token = made.var("fresh", KeysState)
        [key] = made.var("keys", KeysState)
        again = await tab.send(f"{KEYS}.load")
        status = await asyncio.to_thread(_contacts_with, api, token)
        await tab.send(f"{KEYS}.ask_end", {"key_id": key.id})
        return token, again, status, await tab.send(f"{KEYS}.go_on")

    token, again, status, ended = in_tab(shop, doing)
    assert token.startswith("ast_")
    assert status == 200
    assert token not in str(again.delta)
    assert ended.var("keys", KeysState) == []
    assert _contacts_with(api, token) == 401


def _contacts_with(api: ApiClient, token: str) -> int:
    return api.get("/api/contacts", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_key_without_a_name_is_refused_beside_its_field(shop: ShopUnderTest) -> None:
    answer = send(shop, f"{KEYS}.save", {"form": {"name": "  "}})
    assert list(answer.var("errors", KeysState)) == ["name"]
    with db.transaction(shop.id) as session:
        assert api_keys.listing(session, shop.id) == []
