"""The settings pages: the shop, its team and keys for owners alone; everybody's account."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from astronote import db
from astronote.pages import ROUTES
from astronote.services import accounts, api_keys, shops, team
from astronote.settings import settings
from astronote.state.account import AccountState
from astronote.state.api_keys import KeysState
from astronote.state.devices import device
from astronote.state.gate import LEAVE
from astronote.state.settings import SettingsState
from astronote.state.settings_form import shop_values
from astronote.state.shell import ShellState
from astronote.state.team import TeamState
from tests.support.api import ApiClient
from tests.support.events import Answer, Tab, browsing, handlers
from tests.support.mailbox import open_mailbox
from tests.support.shops import PASSWORD, ShopUnderTest
from tests.support.staff import add_member

SETTINGS, TEAM, KEYS, ACCOUNT = (
    state.get_full_name() for state in (SettingsState, TeamState, KeysState, AccountState)
)
MARIA = "maria@example.com"


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], path: str = "/app") -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = path
            return await doing(tab)

    return asyncio.run(run())


def send(shop: ShopUnderTest, name: str, payload: dict[str, Any] | None = None) -> Answer:
    async def doing(tab: Tab) -> Answer:
        return await tab.send(name, payload)

    answer: Answer = in_tab(shop, doing)
    return answer


def form_of(shop: ShopUnderTest, **changes: Any) -> dict[str, Any]:
    with db.transaction(shop.id) as session:
        values: dict[str, Any] = shop_values(shops.get(session, shop.id))
    return {**values, **changes}


# Who may ---------------------------------------------------------------------------------------


def test_staff_call_no_handler_of_settings_team_and_keys(shop: ShopUnderTest) -> None:
    staff = add_member(shop, MARIA)
    registered = RegistrationContext.get().event_handlers
    theirs = [n for n in handlers() if getattr(registered[n].states[0], "OWNER_ONLY", False)]
    assert {n.rpartition(".")[0] for n in theirs} >= {SETTINGS, TEAM, KEYS}

    async def all_of_them(tab: Tab) -> list[str]:
        answered = []
        for name in theirs:
            answer = await tab.send(name)
            if answer.delta or ("owner" not in answer.said and not name.endswith(".setvar")):
                answered.append(name)
        return answered

    assert in_tab(staff, all_of_them) == []


@pytest.mark.parametrize("path", [r.path for r in ROUTES if r.path.startswith("/app/settings")])
def test_staff_get_no_settings_page(shop: ShopUnderTest, path: str) -> None:
    staff = add_member(shop, MARIA)

    async def load(tab: Tab) -> Answer:
        return await tab.send(f"{ShellState.get_full_name()}.load")

    answer = in_tab(staff, load, path)
    assert "owner" in answer.said
    assert not answer.delta


def test_staff_have_an_account_of_their_own(shop: ShopUnderTest) -> None:
    staff = add_member(shop, MARIA)
    answer = send(staff, f"{ACCOUNT}.load")
    assert answer.var("email", AccountState) == MARIA
    # Signed in where the invitation was accepted; nothing of the owner's is there.
    assert [line.is_current for line in answer.var("sessions", AccountState)] == [True]


# The shop --------------------------------------------------------------------------------------


def test_everything_on_the_form_is_kept(shop: ShopUnderTest) -> None:
    form = form_of(
        shop,
        name="Kava",
        senderName="Kava",
        legalName="Kava SA",
        privacyUrl="https://kava.example/privacy",
        quiet="on",
        quietStart="22:15",
        quietEnd="08:00",
        requireKnownAge="on",
    )
    answer = send(shop, f"{SETTINGS}.save", {"form": form})
    assert answer.var("errors", SettingsState) == {}
    assert "Settings saved." in answer.said
    with db.transaction(shop.id) as session:
        found = shops.get(session, shop.id)
    assert (found.name, found.sender_name) == ("Kava", "Kava")
    assert found.quiet_hours is not None
    assert f"{found.quiet_hours.start:%H:%M}-{found.quiet_hours.end:%H:%M}" == "22:15-08:00"
    assert found.require_known_age


def test_rules_of_joining_are_not_on_the_form_and_stay(shop: ShopUnderTest) -> None:
    rules = {"double_opt_in": True, "allow_public_redeem": True}
    with db.transaction(shop.id) as session:
        shops.change(session, shop.id, shop.owner, rules)
    answer = send(shop, f"{SETTINGS}.save", {"form": form_of(shop, name="Kava")})
    assert "Settings saved." in answer.said
    with db.transaction(shop.id) as session:
        found = shops.get(session, shop.id)
    assert (found.name, found.double_opt_in, found.allow_public_redeem) == ("Kava", True, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("senderName", "ΚΑΒΑ"),
        ("offerLabel", "https://evil.example"),
        ("privacyUrl", "javascript:alert(1)"),
        ("quietStart", "midnight"),
        ("quietEnd", "21:00"),
        ("timezone", "Athens"),
        ("country", "Greece"),
    ],
)
def test_what_is_refused_stands_beside_its_field(
    shop: ShopUnderTest, field: str, value: str
) -> None:
    form = form_of(shop, quiet="on", **{"quietStart": "21:00", field: value})
    answer = send(shop, f"{SETTINGS}.save", {"form": form})
    assert list(answer.var("errors", SettingsState)) == [field]
    assert form_of(shop) == form_of(shop, name=shop.name)


def test_labels_are_shown_as_they_will_end_a_message(shop: ShopUnderTest) -> None:
    async def doing(tab: Tab) -> tuple[Answer, Answer]:
        await tab.send(f"{SETTINGS}.load")
        plain = {"name": "offerLabel", "text": "Get it:"}
        accented = {"name": "offerLabel", "text": "Δείτε:"}
        return (
            await tab.send(f"{SETTINGS}.typed_label", plain),
            await tab.send(f"{SETTINGS}.typed_label", accented),
        )

    plain, accented = in_tab(shop, doing)
    first, second = plain.var("lines", SettingsState).split("\n")
    assert first.startswith("Get it: http")
    assert "/s/" in second
    assert accented.var("lines_forced", SettingsState) == "ε ί τ"


def test_default_labels_follow_the_language_and_own_words_stay(shop: ShopUnderTest) -> None:
    with db.transaction(shop.id) as session:
        shops.change(session, shop.id, shop.owner, {"unsubscribe_label": "ΤΕΛΟΣ:"})
        changed = shops.change(session, shop.id, shop.owner, {"locale": "en"})
    assert (changed.offer_label, changed.unsubscribe_label) == ("Claim Offer:", "ΤΕΛΟΣ:")


def test_a_sender_name_waits_for_approval_where_that_is_asked(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_SENDER_APPROVAL", "1")
    settings.cache_clear()
    try:
        assert send(shop, f"{SETTINGS}.load").var("sender", SettingsState) == "none"
        saved = send(shop, f"{SETTINGS}.save", {"form": form_of(shop, senderName="Kava")})
        assert saved.var("sender", SettingsState) == "waiting"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


# The team --------------------------------------------------------------------------------------


def test_an_invitation_is_shown_once_and_can_be_made_again(
    shop: ShopUnderTest, api: ApiClient
) -> None:
    async def doing(tab: Tab) -> tuple[str, str, list[bool]]:
        await tab.send(f"{TEAM}.load")
        added = await tab.send(f"{TEAM}.add", {"form": {"email": MARIA, "role": "staff"}})
        first = added.var("link", TeamState)
        maria = added.var("members", TeamState)[1]
        await tab.send(f"{TEAM}.close")
        again = await tab.send(f"{TEAM}.invite_again", {"user_id": maria.id})
        reloaded = await tab.send(f"{TEAM}.load")
        seen = [line.is_invited for line in reloaded.var("members", TeamState)]
        return first, again.var("link", TeamState), seen

    first, second, invited = in_tab(shop, doing)
    assert "/reset/" in first
    assert invited == [False, True]
    with db.system_transaction() as session:
        accounts.reset_password(session, second.rpartition("/")[2], PASSWORD)
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
    answer = send(two, f"{TEAM}.add", {"form": {"email": MARIA}})
    assert "/reset/" not in f"{answer.delta} {answer.said}"
    user = {"user_id": waiting.member.user_id}
    refused = send(two, f"{TEAM}.invite_again", user)
    assert "/reset/" not in f"{refused.delta} {refused.said}"
    assert "account already" in refused.said


def test_an_invitation_goes_by_mail_where_there_is_mail(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def doing(tab: Tab) -> Answer:
        await tab.send(f"{TEAM}.load")
        return await tab.send(f"{TEAM}.add", {"form": {"email": MARIA}})

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
    assert "/reset/" in letter.get_content()
    assert "/reset/" not in f"{answer.delta} {answer.said}"


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
            removed = await mine.send(f"{TEAM}.remove")
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
        made = await tab.send(f"{KEYS}.create", {"form": {"name": "Till"}})
        token = made.var("fresh", KeysState)
        [key] = made.var("keys", KeysState)
        again = await tab.send(f"{KEYS}.load")
        status = await asyncio.to_thread(_contacts_with, api, token)
        await tab.send(f"{KEYS}.ask_end", {"key_id": key.id})
        return token, again, status, await tab.send(f"{KEYS}.end")

    token, again, status, ended = in_tab(shop, doing)
    assert token.startswith("ast_")
    assert status == 200
    assert token not in str(again.delta)
    assert ended.var("keys", KeysState) == []
    assert _contacts_with(api, token) == 401


def _contacts_with(api: ApiClient, token: str) -> int:
    return api.get("/api/contacts", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_key_without_a_name_is_refused_beside_its_field(shop: ShopUnderTest) -> None:
    answer = send(shop, f"{KEYS}.create", {"form": {"name": "  "}})
    assert list(answer.var("errors", KeysState)) == ["name"]
    with db.transaction(shop.id) as session:
        assert api_keys.listing(session, shop.id) == []


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
