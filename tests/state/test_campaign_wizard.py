"""The wizard's message and audience: what it keeps, what it refuses, what it counts."""

from datetime import UTC, datetime

import pytest

from astronote.db import transaction
from astronote.services import lists
from astronote.state.campaigns_audience import AudienceState
from astronote.state.campaigns_basics import BasicsState
from astronote.state.campaigns_draft import DraftState
from astronote.state.campaigns_wizard import WizardState
from tests.support.campaigns import TEXT, all_of, make, read
from tests.support.events import Answer, Tab
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest
from tests.support.wizard import NOON, WIZARD, asked, editing, new, redirects, set_clock, typed

BASICS = BasicsState.get_full_name()
AUDIENCE = AudienceState.get_full_name()


@pytest.fixture(autouse=True)
def _noon() -> None:
    set_clock(NOON)


def test_the_first_words_make_a_draft_that_a_reload_finds(shop: ShopUnderTest) -> None:
    async def write(tab: Tab) -> tuple[Answer, Answer, Answer]:
        first = await tab.send(f"{BASICS}.typed", typed("messageText", "Hello"))
        second = await tab.send(f"{BASICS}.typed", typed("name", "June"))
        tab.query = {"draft": str(all_of(shop)[0].id)}
        return first, second, await tab.send(f"{WIZARD}.load")

    first, second, reloaded = new(shop, write)
    (row,) = all_of(shop)
    assert (row.name, row.message_text) == ("June", "Hello")
    assert f"/app/campaigns/new?draft={row.id}" in first.scripts[0]
    assert second.scripts == []
    assert reloaded.var("values", BasicsState)["messageText"] == "Hello"


def test_nothing_is_made_of_nothing(shop: ShopUnderTest) -> None:
    async def leave(tab: Tab) -> Answer:
        await tab.send(f"{BASICS}.set_offer", {"on": False})
        return await tab.send(f"{WIZARD}.forward", {"form": {"name": " ", "messageText": ""}})

    answer = new(shop, leave)
    assert set(answer.var("errors", BasicsState)) == {"name", "messageText"}
    assert redirects(answer) == []
    assert all_of(shop) == []


def test_what_the_form_holds_is_kept_without_waiting(shop: ShopUnderTest) -> None:
    """Next may be pressed before the last keystrokes came to rest."""
    form = {"name": "June", "messageText": TEXT, "title": "20% off", "maxRedemptions": "2"}
    answer = new(shop, lambda tab: tab.send(f"{WIZARD}.forward", {"form": form}))
    (row,) = all_of(shop)
    assert (row.name, row.offer.title, row.offer.max_redemptions) == ("June", "20% off", 2)
    assert redirects(answer) == [f"/app/campaigns/{row.id}/edit?step=audience"]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("messageText", "Hi {{name}}", "{{name}} is not a token"),
        ("messageText", "Hi {{first_name", "is not a token"),
        ("maxRedemptions", "0", "1 or more"),
        ("maxTotal", "99999999999", "at most"),
        ("maxRedemptions", "two", "whole number"),
        ("expiresOn", "soon", "Write a date."),
        ("expiresOn", "2020-01-01", "has passed"),
    ],
)
def test_mistakes_are_told_beside_their_field(
    shop: ShopUnderTest, field: str, value: str, error: str
) -> None:
    form = {"name": "June", "messageText": "Hi", field: value}
    answer = new(shop, lambda tab: tab.send(f"{WIZARD}.forward", {"form": form}))
    assert error in answer.var("errors", BasicsState)[field]
    assert redirects(answer) == []


def test_an_offer_ends_with_its_day_in_the_shops_zone(shop: ShopUnderTest) -> None:
    made = make(shop)
    ends = typed("expiresOn", "2027-07-01")
    editing(shop, made, "basics", lambda tab: tab.send(f"{BASICS}.typed", ends))
    assert read(shop, made).offer.expires_at == datetime(2027, 7, 1, 20, 59, 59, tzinfo=UTC)
    assert editing(shop, made, "basics").var("values", BasicsState)["expiresOn"] == "2027-07-01"


def test_samples_are_real_people_one_after_the_other(shop: ShopUnderTest) -> None:
    add_contact(shop.id, first_name="Maria"), add_contact(shop.id, first_name="Γιώργος")

    async def turn(tab: Tab) -> list[tuple[str, str]]:
        shown = []
        for step in (1, 1):
            answer = await tab.send(f"{BASICS}.turn", {"step": step})
            sample = answer.var("sample", BasicsState)
            shown.append((sample.name, sample.text.splitlines()[0]))
        return shown

    found = editing(shop, make(shop), "basics", turn)
    assert found == [("Γιώργος", "Hello Γιώργος"), ("Maria", "Hello Maria")]


def test_the_character_that_costs_is_named_and_capitals_are_offered(shop: ShopUnderTest) -> None:
    add_contact(shop.id, first_name="Άννα")
    made = make(shop, text="Καλημέρα {{first_name}}! " + "Ώρα για κρασί. " * 5)
    before = editing(shop, made, "basics").var("sample", BasicsState)
    assert before.encoding == "UCS-2"
    assert before.forced_by.startswith("“Κ”")
    assert before.saving.startswith("saves ")
    answer = editing(shop, made, "basics", lambda tab: tab.send(f"{BASICS}.set_gsm", {"on": True}))
    after = answer.var("sample", BasicsState)
    assert after.encoding == "GSM-7" and after.parts < before.parts and not after.forced_by
    assert read(shop, made).encoding == "gsm"


def test_forced_characters_and_the_borders_of_parts_are_marked(shop: ShopUnderTest) -> None:
    add_contact(shop.id, first_name="Maria")
    made = make(shop, text="Hi ξ! " + "x" * 80, offer={"enabled": False})
    sample = editing(shop, made, "basics").var("sample", BasicsState)
    assert "".join(piece.text for piece in sample.pieces) == sample.text
    assert next(piece.text for piece in sample.pieces if piece.kind == "forced") == "ξ"
    borders = [piece.part for piece in sample.pieces if piece.kind == "border"]
    assert borders == [str(n) for n in range(2, sample.parts + 1)] != []


def test_a_text_is_added_up_over_everybody_with_what_capitals_save(shop: ShopUnderTest) -> None:
    for name in ("Άννα", "Maria", None):
        add_contact(shop.id, first_name=name)
    add_contact(shop.id, subscribed=False)
    made = make(shop, text="Καλημέρα {{first_name}}! " + "Ώρα για κρασί. " * 5)
    total = editing(shop, made, "basics").var("total", BasicsState)
    assert total.cost.startswith("All 3 recipients: ") and total.cost.endswith(", 3 credits")
    assert total.saving.startswith("Capitals that fit GSM-7 would save ")
    answer = editing(shop, made, "basics", lambda tab: tab.send(f"{BASICS}.set_gsm", {"on": True}))
    after = answer.var("total", BasicsState)
    assert after.cost < total.cost and after.saving.startswith("The capitals save ")
    blank = typed("messageText", " ")
    answer = editing(shop, made, "basics", lambda tab: tab.send(f"{BASICS}.typed", blank))
    assert answer.var("total", BasicsState).cost == ""


def test_an_audience_is_counted_with_its_reasons(shop: ShopUnderTest) -> None:
    add_contact(shop.id, gender="female"), add_contact(shop.id, gender="male")
    add_contact(shop.id, gender="female", subscribed=False)

    async def choose(tab: Tab) -> Answer:
        await tab.send(f"{AUDIENCE}.set_mode", {"mode": "some"})
        return await tab.send(f"{AUDIENCE}.toggle_gender", {"gender": "female"})

    made = make(shop)
    answer = editing(shop, made, "audience", choose)
    assert answer.var("count", AudienceState) == "1"
    left_out = {line.reason: line.count for line in answer.var("excluded", AudienceState)}
    assert left_out == {"unsubscribed": "1", "filtered_out": "1"}
    assert answer.var("cost", AudienceState) == "1 credit for 1 SMS part"
    assert read(shop, made).audience.genders == ("female",)


def test_lists_are_taken_in_or_left_out(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        regulars = lists.create(session, shop.id, "Regulars")
    made = make(shop)

    async def choose(tab: Tab) -> None:
        await tab.send(f"{AUDIENCE}.set_mode", {"mode": "some"})
        await tab.send(f"{AUDIENCE}.use_list", {"key": str(regulars.id), "use": "out"})

    editing(shop, made, "audience", choose)
    assert [str(k) for k in read(shop, made).audience.exclude_lists] == [str(regulars.id)]


@pytest.mark.parametrize(
    ("ages", "field"), [({"ageMin": "x"}, "ageMin"), ({"ageMin": "40", "ageMax": "20"}, "")]
)
def test_impossible_ages_are_told(shop: ShopUnderTest, ages: dict[str, str], field: str) -> None:
    async def leave(tab: Tab) -> Answer:
        await tab.send(f"{AUDIENCE}.set_mode", {"mode": "some"})
        return await tab.send(f"{WIZARD}.forward", {"form": ages})

    answer = editing(shop, make(shop), "audience", leave)
    assert field in answer.var("errors", AudienceState)
    assert redirects(answer) == []


def test_nobody_is_no_audience(shop: ShopUnderTest) -> None:
    answer = editing(
        shop, make(shop), "audience", lambda tab: tab.send(f"{WIZARD}.forward", {"form": {}})
    )
    assert "Nobody" in answer.var("errors", AudienceState)[""]


def test_a_step_is_not_shown_before_what_comes_before_it(shop: ShopUnderTest) -> None:
    assert editing(shop, make(shop, text=""), "review").var("step", WizardState) == "basics"


def test_another_shops_draft_is_not_there(two_shops: tuple[ShopUnderTest, ShopUnderTest]) -> None:
    mine, theirs = two_shops
    made = make(theirs)
    answer = editing(mine, made, "basics")
    assert answer.var("missing", WizardState) == "There is no such campaign."
    assert answer.var("draft_id", DraftState) == 0
    assert "no such campaign" in asked(mine, made, "now").said
