"""The joining page: links, wording, rules."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astronote.db import transaction
from astronote.services import join_links, shops
from astronote.state.joining import JoiningState
from astronote.state.joining_rules import JoiningRulesState
from tests.support.api import ApiClient
from tests.support.events import Answer, Tab, browsing
from tests.support.joining import link
from tests.support.messages import rows
from tests.support.people import new_phone
from tests.support.shops import ShopUnderTest

LINKS = JoiningState.get_full_name()
RULES = JoiningRulesState.get_full_name()


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path = "/nowhere"
            return await doing(tab)

    return asyncio.run(run())


def after(shop: ShopUnderTest, state: str, *events: Any) -> Answer:
    """Load the page, send ``events`` (names, or pairs with a payload); the last answer."""

    async def doing(tab: Tab) -> Answer:
        answer = await tab.send(f"{state}.load")
        for event in events:
            name, payload = event if isinstance(event, tuple) else (event, {})
            answer = await tab.send(f"{state}.{name}", payload)
        return answer

    found: Answer = in_tab(shop, doing)
    return found


def live(shop: ShopUnderTest) -> list[join_links.JoinLink]:
    with transaction(shop.id) as session:
        return join_links.listing(session, shop.id)


def test_a_link_is_made_and_renamed(shop: ShopUnderTest) -> None:
    made = after(shop, LINKS, "add", ("save", {"form": {"name": "Door", "kind": "nfc"}}))
    assert "Link created" in made.said
    (line,) = made.var("links", JoiningState)
    assert (line.name, line.kind, line.signups) == ("Door", "nfc", "0")
    after(shop, LINKS, ("edit", {"link_id": line.id}), ("save", {"form": {"name": "Window"}}))
    assert [(one.name, one.token) for one in live(shop)] == [
        ("Window", line.url.rpartition("/")[2])
    ]


@pytest.mark.parametrize("form", [{"name": ""}, {"name": "x" * 81}, {"name": "a", "kind": "sms"}])
def test_what_cannot_be_is_refused_beside_its_field(
    shop: ShopUnderTest, form: dict[str, str]
) -> None:
    answer = after(shop, LINKS, "add", ("save", {"form": form}))
    assert answer.var("errors", JoiningState)
    assert live(shop) == []


def test_replacing_and_revoking_ask_with_numbers(api: ApiClient, shop: ShopUnderTest) -> None:
    from tests.support.pages import origin

    with ApiClient(origin()) as site:
        token = link(shop)
        body = {"phone": new_phone(), "consent": True}
        assert site.post(f"/public/join/{token}", json=body).status_code == 201
        (made,) = live(shop)
        asked = after(shop, LINKS, ("ask_replace", {"link_id": made.id}))
        assert asked.var("asked_words", JoiningState) == "1 sign-up"
        assert live(shop) == [made]
        after(shop, LINKS, ("ask_replace", {"link_id": made.id}), "go_on")
        (replaced,) = live(shop)
        assert replaced.token != token
        assert site.get(f"/join/{token}").status_code == 404
        assert site.get(f"/join/{replaced.token}").status_code == 200
        after(shop, LINKS, ("ask_revoke", {"link_id": made.id}), "go_on")
        assert live(shop) == []
        assert site.get(f"/join/{replaced.token}").status_code == 404
        assert len(rows(shop, "public_signup_event")) == 1


def test_a_wording_is_saved_as_a_version(shop: ShopUnderTest) -> None:
    assert after(shop, RULES).var("is_default", JoiningRulesState) is True
    for text in ("First.", "Second."):
        answer = after(shop, RULES, ("save_wording", {"form": {"text": text}}))
    assert answer.var("version", JoiningRulesState) == "2"
    versions = answer.var("versions", JoiningRulesState)
    assert [(one.version, one.text) for one in versions] == [("2", "Second."), ("1", "First.")]
    refused = after(shop, RULES, ("save_wording", {"form": {"text": " "}}))
    assert "text" in refused.var("errors", JoiningRulesState)


def test_rules_are_switched(shop: ShopUnderTest) -> None:
    for name in ("double_opt_in", "allow_public_redeem"):
        answer = after(shop, RULES, ("set_rule", {"name": name, "holds": True}))
        assert answer.var("rules", JoiningRulesState)[name] is True
    with transaction(shop.id) as session:
        kept = shops.get(session, shop.id)
    assert kept.double_opt_in and kept.allow_public_redeem
    wrong = after(shop, RULES, ("set_rule", {"name": "is_demo", "holds": True}))
    assert "no such rule" in wrong.said
    odd = after(shop, RULES, ("set_rule", {"name": "double_opt_in", "holds": "no"}))
    assert "not acceptable" in odd.said


def test_what_the_browser_says_of_an_upload_is_only_a_hint(shop: ShopUnderTest) -> None:
    answer = after(shop, RULES, ("logo_sent", {"result": {"status": 200, "body": {"x": 1}}}))
    assert answer.delta[RULES].get("logo_rx_state_", "") == ""
    refused = {"status": 415, "body": {"detail": "This is not a picture."}}
    answer = after(shop, RULES, ("logo_sent", {"result": refused}))
    assert answer.var("problem", JoiningRulesState) == "This is not a picture."


def test_another_shops_link_does_not_exist(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    link(other)
    (theirs,) = live(other)
    for name in ("edit", "ask_replace", "ask_revoke"):
        assert "no such link" in after(mine, LINKS, (name, {"link_id": theirs.id})).said
    assert live(other) == [theirs]
