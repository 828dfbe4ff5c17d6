"""Automations in words: a card for each, and what is asked before one is switched on."""

import dataclasses
from typing import Any, Final

from sqlmodel import Session

from astronote.services import automation_stats, automations, birthdays, message_log, shops
from astronote.services.audience import EVERYBODY
from astronote.services.automation_stats import AutomationStats, Day
from astronote.services.automations import KINDS, WELCOME, AutomationRow
from astronote.services.message_log import MessageRow
from astronote.state.campaigns_preview import SampleView, Writing, show
from astronote.state.campaigns_words import plain_reason
from astronote.state.words import ago, exact, number, percent, tr, trn, written

LATEST: Final = 5


@dataclasses.dataclass(frozen=True)
class SendLine:
    """A message that an automation sent."""

    id: int
    phone: str
    status: str
    reason: str
    at: str
    at_exact: str


@dataclasses.dataclass(frozen=True)
class DayLine:
    """A day of the chart, for its table."""

    date: str
    sent: str
    conversions: str


@dataclasses.dataclass(frozen=True)
class CardView:
    """An automation as its card shows it."""

    type: str = ""
    is_active: bool = False
    timing: str = ""
    text: str = ""
    figures: dict[str, str] = dataclasses.field(default_factory=dict)
    shares: dict[str, str] = dataclasses.field(default_factory=dict)
    has_history: bool = False
    chart: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    days: list[DayLine] = dataclasses.field(default_factory=list)
    sends: list[SendLine] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Question:
    """What switching on will do, and the message as somebody will get it."""

    words: str
    text: str


def cards(session: Session, shop_id: int) -> tuple[CardView, CardView]:
    """The welcome's card and the birthday's."""
    zone = shops.get(session, shop_id).timezone
    welcome, birthday = (
        _card(session, shop_id, row, zone) for row in automations.listing(session, shop_id)
    )
    return welcome, birthday


def ask(session: Session, shop_id: int, kind: str) -> Question:
    """What to say before an automation is switched on, in numbers."""
    row = automations.get(session, shop_id, kind)
    sample = first_sample(session, shop_id, row)
    if kind == WELCOME:
        words = tr(
            "From now on, everybody who joins, or whom you add as a subscriber, gets this "
            "message once. People who are among your contacts already get nothing."
        )
    else:
        words = trn(
            "It goes out at {hour}, once a year to each. {n} person has a birthday in the next "
            "30 days.",
            "It goes out at {hour}, once a year to each. {n} people have a birthday in the next "
            "30 days.",
            birthdays.coming(session, shop_id),
            hour=f"{row.send_hour:02}:00",
        )
    cost = tr("A message like this costs {cost}.", cost=sample.cost)
    return Question(f"{words} {cost}", sample.text)


def first_sample(session: Session, shop_id: int, row: AutomationRow) -> SampleView:
    """The message as one real recipient would get it, or an invented one."""
    writing = Writing(row.message_body, row.encoding, row.offer.enabled, EVERYBODY)
    return show(session, shop_id, writing).samples[0]


def _card(session: Session, shop_id: int, row: AutomationRow, zone: str) -> CardView:
    found = automation_stats.stats(session, shop_id, row.type)
    sends = message_log.listing(session, shop_id, kind=KINDS[row.type], limit=LATEST).items
    return CardView(
        type=row.type,
        is_active=row.is_active,
        timing=_timing(row),
        text=first_sample(session, shop_id, row).text,
        figures=_figures(found),
        shares=_shares(found),
        has_history=any(day.sent or day.conversions for day in found.last30_days),
        chart=[_bar(day) for day in found.last30_days],
        days=[_day(day) for day in reversed(found.last30_days) if day.sent or day.conversions],
        sends=[_send(message, zone) for message in sends],
    )


def _timing(row: AutomationRow) -> str:
    if row.send_hour is None:
        return tr("Sent once to each person, as soon as they join.")
    return tr(
        "Sent once a year to each person, on their birthday at {hour}.",
        hour=f"{row.send_hour:02}:00",
    )


def _figures(found: AutomationStats) -> dict[str, str]:
    names = ("sent", "delivered", "conversions", "unsubscribes")
    return {name: number(getattr(found, name)) for name in names}


def _shares(found: AutomationStats) -> dict[str, str]:
    shares = {
        name: tr("{share} of sent", share=percent(getattr(found, name), found.sent))
        if found.sent
        else ""
        for name in ("delivered", "conversions", "unsubscribes")
    }
    month = sum(day.sent for day in found.last30_days)
    return {"sent": tr("{n} in 30 days", n=month), **shares}


def _bar(day: Day) -> dict[str, Any]:
    return {"at": written(day.date, "d MMM"), "sent": day.sent, "conversions": day.conversions}


def _day(day: Day) -> DayLine:
    return DayLine(written(day.date, "d MMM y"), number(day.sent), number(day.conversions))


def _send(message: MessageRow, zone: str) -> SendLine:
    last = message.history[-1].at if message.history else message.created_at
    return SendLine(
        id=message.id,
        phone=message.phone or tr("erased"),
        status=message.status,
        reason=plain_reason(message.failure_reason or ""),
        at=ago(last),
        at_exact=exact(last, zone),
    )
