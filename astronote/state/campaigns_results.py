"""What came of a campaign: its figures, their course, and why messages failed."""

import dataclasses
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from astronote.services.stats import Point, Stats
from astronote.state.campaigns_words import plain_reason
from astronote.state.words import exact, number, percent, tr, trn, written


@dataclasses.dataclass(frozen=True)
class FailureLine:
    """How many failed for one reason."""

    reason: str
    count: str
    share: str


@dataclasses.dataclass(frozen=True)
class PointLine:
    """One stretch of the chart, for its table."""

    at: str
    sent: str
    delivered: str
    conversions: str


class ResultsState(rx.State):
    """Filled by the campaign's page."""

    figures: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    rates: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    failures: rx.Field[list[FailureLine]] = rx.field(default_factory=list)
    chart: rx.Field[list[dict[str, Any]]] = rx.field(default_factory=list)
    points: rx.Field[list[PointLine]] = rx.field(default_factory=list)
    other_parts: str = ""

    def _tell(self, found: Stats, zone: str) -> None:
        self.figures, self.rates = _figures(found), _rates(found)
        self.failures = [
            FailureLine(plain_reason(f.reason), number(f.count), percent(f.count, found.failed))
            for f in found.failures
        ]
        self.other_parts = (
            trn(
                "Of {n} message the provider counted other SMS parts than we did. Its price stays.",
                "Of {n} messages the provider counted other SMS parts than we did. "
                "Their prices stay.",
                found.other_parts,
            )
            if found.other_parts
            else ""
        )
        bars = _bars(found.timeline, ZoneInfo(zone))
        if bars != list(self.chart):
            self.chart = bars
            self.points = [_line(point, zone) for point in found.timeline]


def _bars(timeline: list[Point], zone: ZoneInfo) -> list[dict[str, Any]]:
    """The chart's rows: hours of one day by their time, else with the day."""
    times = [point.at.astimezone(zone) for point in timeline]
    shape = _shape(times)
    return [
        {
            "at": written(at, shape),
            "sent": point.sent,
            "delivered": point.delivered,
            "conversions": point.conversions,
        }
        for at, point in zip(times, timeline, strict=True)
    ]


def _shape(times: list[datetime]) -> str:
    if len({at.date() for at in times}) < 2:
        return "HH:mm"
    return "d MMM" if all(at.hour == at.minute == 0 for at in times) else "d MMM HH:mm"


def _line(point: Point, zone: str) -> PointLine:
    return PointLine(
        at=exact(point.at, zone),
        sent=number(point.sent),
        delivered=number(point.delivered),
        conversions=number(point.conversions),
    )


def _figures(found: Stats) -> dict[str, str]:
    names = (
        "recipients",
        "sent",
        "delivered",
        "failed",
        "offer_views",
        "clicks",
        "conversions",
        "unsubscribes",
    )
    return {name: number(getattr(found, name)) for name in names}


def _rates(found: Stats) -> dict[str, str]:
    """Shares of what the provider accepted, with one decimal."""
    return {
        "sent": tr("{share} of recipients", share=percent(found.sent, found.recipients)),
        **{
            name: tr("{share} of sent", share=percent(getattr(found, name), found.sent))
            for name in ("delivered", "conversions", "unsubscribes", "clicks", "offer_views")
        },
        "failed": tr("{share} of recipients", share=percent(found.failed, found.recipients)),
    }
