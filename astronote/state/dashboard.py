"""The dashboard's figures, as words ready to show."""

import dataclasses
from typing import Any

import reflex as rx

from astronote.services import dashboard, shops
from astronote.services.attention import Attention
from astronote.services.growth import Change, GrowthDay
from astronote.state.base import answers, call
from astronote.state.loaded import Loaded
from astronote.state.words import ago, exact, language, number, percent, tr, trn, written
from astronote.words import translate


@dataclasses.dataclass(frozen=True)
class CampaignView:
    """A campaign on the dashboard."""

    id: int
    name: str
    status: str
    at: str
    at_exact: str
    total: str
    delivered: str
    delivered_share: str


@dataclasses.dataclass(frozen=True)
class AttentionView:
    """A sentence and where it leads."""

    code: str
    sentence: str
    reason: str
    href: str


@dataclasses.dataclass(frozen=True)
class DayView:
    """A day of the charts, for their table."""

    date: str
    contacts: str
    new_contacts: str
    sent: str
    conversions: str


class DashboardState(Loaded, rx.State):
    """Loaded with the dashboard."""

    values: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    notes: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    chart: rx.Field[list[dict[str, Any]]] = rx.field(default_factory=list)
    days: rx.Field[list[DayView]] = rx.field(default_factory=list)
    has_sent: bool = False
    next_name: str = ""
    next_href: str = ""
    next_when: str = ""
    next_exact: str = ""
    recent: rx.Field[list[CampaignView]] = rx.field(default_factory=list)
    attention: rx.Field[list[AttentionView]] = rx.field(default_factory=list)
    steps: rx.Field[dict[str, bool]] = rx.field(default_factory=dict)
    is_new: bool = False

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        await self._show_page()

    async def _read(self) -> None:
        found = await call(dashboard.figures)
        zone = (await call(shops.get)).timezone
        self.values, self.notes = _values(found), _notes(found)
        self.chart = [_point(day) for day in found.growth.days]
        self.days = [_day(day) for day in reversed(found.growth.days)]
        self.has_sent = bool(found.growth.sent.now or found.growth.conversions.now)
        self._show_next(found.next_scheduled, zone)
        self.recent = [_view(line, zone) for line in found.recent]
        self.attention = [_attention(one) for one in found.attention]
        self.steps = dict(zip(dashboard.STEPS, found.steps, strict=True))
        self.is_new = not all(found.steps)

    def _show_next(self, coming: dashboard.CampaignLine | None, zone: str) -> None:
        self.next_name = coming.name if coming else ""
        self.next_href = f"/app/campaigns/{coming.id}" if coming else ""
        self.next_when = ago(coming.at) if coming else ""
        self.next_exact = exact(coming.at, zone) if coming else ""


def _values(found: dashboard.Figures) -> dict[str, str]:
    return {
        "contacts": number(found.contacts),
        "sent": number(found.growth.sent.now),
        "conversions": number(found.growth.conversions.now),
        "credits": number(found.credits_available),
    }


def _notes(found: dashboard.Figures) -> dict[str, str]:
    """What stands beneath each figure: a share or a unit, and the time before."""
    grown = found.growth
    return {
        "contacts": tr("{share} subscribed", share=percent(found.subscribed, found.contacts)),
        "contacts_change": trn(
            "{n} new in 30 days, {change}",
            "{n} new in 30 days, {change}",
            grown.new_contacts.now,
            change=_change(grown.new_contacts),
        ),
        "sent": tr("In the last 30 days"),
        "sent_change": _change(grown.sent),
        "conversions": tr(
            "{share} of the messages", share=percent(grown.conversions.now, grown.sent.now)
        ),
        "conversions_change": _change(grown.conversions),
        "credits": trn("One message each", "One message each", found.credits_available),
        "credits_change": tr("{n} reserved", n=number(found.credits_reserved)),
    }


def _change(change: Change) -> str:
    """A figure beside that of the time before."""
    if not change.before:
        return tr("none in the 30 days before")
    if change.now == change.before:
        return tr("as in the 30 days before")
    share = percent(abs(change.now - change.before), change.before)
    if change.now > change.before:
        return tr("{share} more than before", share=share)
    return tr("{share} less than before", share=share)


def _point(day: GrowthDay) -> dict[str, Any]:
    return {
        "at": written(day.date, "d MMM"),
        "contacts": day.contacts,
        "sent": day.sent,
        "conversions": day.conversions,
    }


def _day(day: GrowthDay) -> DayView:
    return DayView(
        written(day.date, "d MMM y"),
        number(day.contacts),
        number(day.new_contacts),
        number(day.sent),
        number(day.conversions),
    )


def _attention(found: Attention) -> AttentionView:
    speaks = language()
    return AttentionView(
        found.code,
        translate(found.sentence, speaks),
        translate(found.reason, speaks),
        found.href,
    )


def _view(line: dashboard.CampaignLine, zone: str) -> CampaignView:
    return CampaignView(
        id=line.id,
        name=line.name,
        status=line.status,
        at=ago(line.at),
        at_exact=exact(line.at, zone),
        total=number(line.total),
        delivered=number(line.delivered),
        delivered_share=percent(line.delivered, line.total),
    )
