"""Clicks on the shop's links: by day, by campaign, by link, people apart from programs."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Final

import reflex as rx
from babel.dates import format_date
from pydantic import Field

from astronote.errors import Invalid
from astronote.services import link_stats
from astronote.services.link_stats import DayClicks, LinkClicks
from astronote.state.address import keep_in_address
from astronote.state.base import Sent, answers, call, checked
from astronote.state.loaded import Loaded
from astronote.state.words import language, number, percent, tr, trn

PATH: Final = "/app/links"
PERIODS: Final = ("7", "30", "90")
_Choice = Annotated[str, Field(max_length=20, pattern=r"^[0-9]*$")]
_MOST_PAGES: Final = 200


@dataclasses.dataclass(frozen=True)
class LinkLine:
    """One link; ``kind`` names its words and icon, ``url`` a free link's address."""

    key: str
    kind: str
    url: str
    campaign: str
    campaign_id: int
    people: str
    programs: str
    share: str


@dataclasses.dataclass(frozen=True)
class DayLine:
    """One day of the chart, for its table."""

    day: str
    people: str
    programs: str


class LinksState(Loaded, rx.State):
    """Loaded with the links page."""

    days: str = "30"
    campaign: str = ""
    campaigns: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    people: str = "0"
    programs: str = "0"
    compared: str = ""
    chart: rx.Field[list[dict[str, Any]]] = rx.field(default_factory=list)
    points: rx.Field[list[DayLine]] = rx.field(default_factory=list)
    rows: rx.Field[list[LinkLine]] = rx.field(default_factory=list)
    shown: str = ""
    has_next: bool = False
    has_previous: bool = False
    _page: int = 0

    @rx.event
    @answers
    async def load(self) -> None:
        """Show what the address asks for."""
        given = self.router.url.query_parameters
        days, campaign = given.get("days", ""), given.get("campaign", "")
        self.days = days if days in PERIODS else "30"
        self.campaign = campaign if _is_id(campaign) else ""
        self._page = 0
        await self._show_page()

    @rx.event
    @answers
    async def reload(self) -> None:
        """Show the same again, as it is now."""
        await self._show_page()

    @rx.event
    @answers
    async def set_days(self, days: str) -> AsyncIterator[Sent]:
        """Look at another stretch of time."""
        if checked(_Choice, days) not in PERIODS:
            raise Invalid("There is no such period.")
        self.days = days
        async for sent in self._again():
            yield sent

    @rx.event
    @answers
    async def set_campaign(self, campaign: str) -> AsyncIterator[Sent]:
        """Look at one campaign's links, or at all."""
        wanted = checked(_Choice, campaign)
        if wanted and not _is_id(wanted):
            raise Invalid("There is no such campaign.")
        self.campaign = wanted
        async for sent in self._again():
            yield sent

    @rx.event
    @answers
    async def next_page(self) -> None:
        """Less clicked links."""
        if self.has_next and self._page < _MOST_PAGES:
            self._page += 1
            await self._show_page()

    @rx.event
    @answers
    async def previous_page(self) -> None:
        """More clicked links."""
        if self._page:
            self._page -= 1
            await self._show_page()

    async def _again(self) -> AsyncIterator[Sent]:
        self._page = 0
        await self._show_page()
        yield keep_in_address(PATH, {"days": self.days, "campaign": self.campaign})

    async def _read(self) -> None:
        days = int(self.days)
        found = await call(
            link_stats.overview,
            days=days,
            campaign_id=int(self.campaign) if self.campaign else None,
            page=self._page,
        )
        campaigns = await call(link_stats.clicked_campaigns, days=days)
        self.campaigns = [(str(key), name) for key, name in campaigns]
        self.people, self.programs = number(found.people), number(found.programs)
        self.compared = _compared(found.people, found.before, days)
        self.chart = [_bar(day) for day in found.days] if found.people + found.programs else []
        self.points = [_point(day) for day in reversed(found.days)]
        self.rows = [_line(row, found.people) for row in found.links]
        self.shown = trn("{n} link", "{n} links", found.total)
        self.has_previous = self._page > 0
        self.has_next = (self._page + 1) * link_stats.PAGE < found.total


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 19 and text[0] != "0"


def _compared(people: int, before: int, days: int) -> str:
    if not before:
        return trn("none in the {n} day before", "none in the {n} days before", days)
    change = people - before
    sign = "+" if change >= 0 else "−"
    return tr(
        "{change} against the {n} days before",
        change=f"{sign}{percent(abs(change), before)}",
        n=days,
    )


def _day_name(day: date) -> str:
    """ "3 Nov"."""
    return str(format_date(day, "d MMM", locale=language()))


def _bar(day: DayClicks) -> dict[str, Any]:
    return {"day": _day_name(day.day), "people": day.people, "programs": day.programs}


def _point(day: DayClicks) -> DayLine:
    return DayLine(_day_name(day.day), number(day.people), number(day.programs))


def _line(row: LinkClicks, all_people: int) -> LinkLine:
    return LinkLine(
        key=f"{row.campaign_id or 0}-{row.link}-{row.url}",
        kind=row.link,
        url=row.url,
        campaign=row.campaign,
        campaign_id=row.campaign_id or 0,
        people=number(row.people),
        programs=number(row.programs),
        share=percent(row.people, all_people),
    )
