"""The settings pages are the owners'; the shop's form: what it keeps and what it refuses."""

from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from astronote import db
from astronote.pages import ROUTES
from astronote.services import shops
from astronote.settings import settings
from astronote.state.account import AccountState
from astronote.state.settings import SettingsState
from astronote.state.settings_form import shop_values
from astronote.state.shell import ShellState
from tests.support.events import Answer, Tab, handlers
from tests.support.settings_pages import ACCOUNT, KEYS, MARIA, SETTINGS, TEAM, in_tab, send
from tests.support.shops import ShopUnderTest
from tests.support.staff import add_member


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
