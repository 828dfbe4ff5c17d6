"""The wizard: what it keeps, what it refuses, what it says before sending."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.models import Membership
from astronote.services import lists, shops
from astronote.services.shops import QuietHours
from astronote.state.campaigns_audience import AudienceState
from astronote.state.campaigns_basics import BasicsState
from astronote.state.campaigns_draft import DraftState
from astronote.state.campaigns_review import ReviewState
from astronote.state.campaigns_schedule import ScheduleState
from astronote.state.campaigns_send import SendState
from astronote.state.campaigns_wizard import WizardState
from tests.support.campaigns import TEXT, all_of, make, on_page, read
from tests.support.events import Answer, Tab
from tests.support.people import add_contact, add_contacts
from tests.support.shops import ShopUnderTest

WIZARD = WizardState.get_full_name()
BASICS = BasicsState.get_full_name()
AUDIENCE = AudienceState.get_full_name()
SCHEDULE = ScheduleState.get_full_name()
SEND = SendState.get_full_name()
NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)
NIGHT = datetime(2027, 6, 15, 20, 0, tzinfo=UTC)

Doing = Callable[[Tab], Awaitable[Any]]


@pytest.fixture(autouse=True)
def _noon() -> None:
    set_clock(NOON)


def set_clock(moment: datetime) -> None:
    clock.shift(timedelta())
    clock.shift(moment - clock.now())


def new(shop: ShopUnderTest, doing: Doing) -> Any:
    async def begin(tab: Tab) -> Any:
        await tab.send(f"{WIZARD}.load")
        return await doing(tab)

    return on_page(shop, "/app/campaigns/new", begin)


def editing(shop: ShopUnderTest, campaign_id: int, step: str, doing: Doing | None = None) -> Any:
    """Open a draft at a step; the answer of that, or of what is done then."""

    async def begin(tab: Tab) -> Any:
        loaded = await tab.send(f"{WIZARD}.load")
        return await doing(tab) if doing else loaded

    return on_page(shop, f"/app/campaigns/{campaign_id}", begin, step=step)


def typed(field: str, value: str) -> dict[str, str]:
    return {"field": field, "value": value}


def redirects(answer: Answer) -> list[str]:
    return [str(e.payload["path"]) for e in answer.events if e.name == "_redirect"]


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


@pytest.mark.parametrize(
    ("local", "said"),
    [
        ("2027-06-20T10:30", "Goes out on Sunday 20 June 2027 at 10:30 (EEST)."),
        ("2028-03-26T03:30", "so it moves to 04:30"),
        ("2027-10-31T03:30", "the first one is taken"),
        ("2027-06-20T22:00", "will go out at 09:00 on Monday 21 June 2027"),
    ],
)
def test_a_time_is_explained(shop: ShopUnderTest, local: str, said: str) -> None:
    async def choose(tab: Tab) -> Answer:
        await tab.send(f"{SCHEDULE}.set_mode", {"mode": "at"})
        return await tab.send(f"{SCHEDULE}.typed", {"value": local})

    made = make(shop)
    answer = editing(shop, made, "schedule", choose)
    assert said in " ".join(r.words for r in answer.var("remarks", ScheduleState))
    assert read(shop, made).schedule.local_time == local
    assert editing(shop, made, "schedule").var("local_time", ScheduleState) == local


def test_a_time_that_has_passed_is_refused(shop: ShopUnderTest) -> None:
    async def choose(tab: Tab) -> Answer:
        await tab.send(f"{SCHEDULE}.set_mode", {"mode": "at"})
        return await tab.send(f"{WIZARD}.forward", {"form": {"localTime": "2027-06-15T11:00"}})

    answer = editing(shop, make(shop), "schedule", choose)
    assert answer.var("errors", ScheduleState) == {"localTime": "This time has passed."}
    assert redirects(answer) == []


def test_an_offer_that_ends_too_early_is_told(shop: ShopUnderTest) -> None:
    made = make(shop, offer={"expiresAt": "2027-06-16T00:00:00Z"})

    async def choose(tab: Tab) -> Answer:
        await tab.send(f"{SCHEDULE}.set_mode", {"mode": "at"})
        return await tab.send(f"{SCHEDULE}.typed", {"value": "2027-06-20T10:30"})

    remarks = editing(shop, made, "schedule", choose).var("remarks", ScheduleState)
    assert remarks[-1].color == "red"


def test_staff_cannot_send_in_quiet_hours(shop: ShopUnderTest) -> None:
    made = make(shop)

    def ignore(tab: Tab) -> Awaitable[Answer]:
        return tab.send(f"{SCHEDULE}.set_ignore_quiet", {"on": True})

    with system_transaction() as session:
        session.execute(sa.update(Membership).values(role="staff"))
    assert "owner" in editing(shop, made, "schedule", ignore).said
    assert read(shop, made).ignore_quiet_hours is False


def test_the_review_adds_up(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 3)
    answer = editing(shop, make(shop), "review")
    assert answer.var("recipients", ReviewState) == "3"
    assert answer.var("credits", ReviewState) == "3"
    assert answer.var("available", ReviewState) == "1,000"
    assert answer.var("audience", ReviewState) == ["Everybody who may be messaged"]
    assert answer.var("ready", ReviewState) is True


@pytest.mark.parametrize(
    ("shop_has", "said"),
    [({"credits": 2}, "1 credit is missing."), ({"active": False}, "no subscription")],
)
def test_what_blocks_sending_is_told(new_shop: Any, shop_has: dict[str, Any], said: str) -> None:
    shop = new_shop(**shop_has)
    add_contacts(shop.id, 3)
    answer = editing(shop, make(shop), "review")
    assert said in answer.var("blocked", ReviewState)
    assert answer.var("ready", ReviewState) is False


def asked(shop: ShopUnderTest, campaign_id: int, how: str, *then: str) -> Answer:
    async def ask(tab: Tab) -> Answer:
        answer = await tab.send(f"{SEND}.ask", {"campaign_id": campaign_id, "how": how})
        for event in then:
            answer = await tab.send(f"{SEND}.{event}")
        return answer

    found: Answer = editing(shop, campaign_id, "review", ask)
    return found


def test_sending_asks_in_numbers_and_then_sends_once(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 2)
    made = make(shop)
    question = asked(shop, made, "now")
    assert question.var("title", SendState) == "Send to 2 people now?"
    assert "2 credits of the 1,000 available" in question.var("sentence", SendState)
    assert question.var("sample", SendState).startswith("Hello there\n")
    answer = asked(shop, made, "now", "confirm")
    assert redirects(answer) == [f"/app/campaigns/{made}"]
    assert "2 messages are on their way." in answer.said
    assert read(shop, made).counts.total == 2
    assert "sent already" in asked(shop, made, "now", "confirm").said or not redirects(
        asked(shop, made, "now", "confirm")
    )


def test_the_question_says_when_quiet_hours_end(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        night = QuietHours(datetime(1, 1, 1, 21).time(), datetime(1, 1, 1, 9).time())
        shops.change(session, shop.id, shop.owner, {"quiet_hours": night})
    add_contact(shop.id)
    set_clock(NIGHT)
    remarks = asked(shop, make(shop), "now").var("remarks", SendState)
    assert "will go out at 09:00" in remarks[0].words


def test_scheduling_asks_and_schedules(shop: ShopUnderTest) -> None:
    add_contact(shop.id)
    made = make(shop, schedule_mode="at", local_time="2027-06-20T10:30")
    answer = asked(shop, made, "at", "confirm")
    assert "Scheduled for Sunday 20 June 2027 at 10:30" in answer.said
    assert read(shop, made).status == "scheduled"


def test_nothing_is_sent_without_the_question(shop: ShopUnderTest) -> None:
    add_contact(shop.id)
    made = make(shop)
    editing(shop, made, "review", lambda tab: tab.send(f"{SEND}.confirm"))
    assert read(shop, made).status == "draft"


def test_a_step_is_not_shown_before_what_comes_before_it(shop: ShopUnderTest) -> None:
    assert editing(shop, make(shop, text=""), "review").var("step", WizardState) == "basics"


def test_another_shops_draft_is_not_there(two_shops: tuple[ShopUnderTest, ShopUnderTest]) -> None:
    mine, theirs = two_shops
    made = make(theirs)
    answer = editing(mine, made, "basics")
    assert answer.var("missing", WizardState) == "There is no such campaign."
    assert answer.var("draft_id", DraftState) == 0
    assert "no such campaign" in asked(mine, made, "now").said
