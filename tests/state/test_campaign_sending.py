"""The wizard's end: the time, the review, what it asks and says before sending."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.models import Membership
from astronote.services import shops
from astronote.services.shops import QuietHours
from astronote.state.campaigns_review import ReviewState
from astronote.state.campaigns_schedule import ScheduleState
from astronote.state.campaigns_send import SendState
from tests.support.campaigns import make, read
from tests.support.events import Answer, Tab
from tests.support.people import add_contact, add_contacts
from tests.support.shops import ShopUnderTest
from tests.support.wizard import NOON, SEND, WIZARD, asked, editing, redirects, set_clock

SCHEDULE = ScheduleState.get_full_name()
NIGHT = datetime(2027, 6, 15, 20, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon() -> None:
    set_clock(NOON)


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
