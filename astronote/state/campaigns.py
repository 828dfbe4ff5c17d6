"""The list of campaigns: filter, search, pages, and running ones counted live."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal, cast

import reflex as rx
from pydantic import Field

from astronote.errors import Unavailable
from astronote.services import campaigns, shops
from astronote.services.campaigns import CampaignRow
from astronote.state import identity
from astronote.state.address import keep_in_address
from astronote.state.base import Id, Sent, answers, call, checked, done
from astronote.state.campaigns_words import outcome, progress, under_way
from astronote.state.keyset import Keyset
from astronote.state.loaded import Loaded
from astronote.state.words import ago, counted, exact, number, said, tr

PAGE: Final = 25
LIVE_SECONDS: Final = 1.0
"""Between two looks at running campaigns."""

QUIET_SECONDS: Final = 3.0
"""Between two looks where nothing runs; a time that was set may start something."""

STATUSES: Final = (
    ("all", "All"),
    ("draft", "Drafts"),
    ("scheduled", "Scheduled"),
    ("sending", "Sending"),
    ("paused", "Paused"),
    ("completed", "Completed"),
    ("failed", "Failed"),
    ("missed", "Missed"),
    ("cancelled", "Cancelled"),
)
"""The filter's values and words."""

_Status = Literal[
    "all", "draft", "scheduled", "sending", "paused", "completed", "failed", "missed", "cancelled"
]
_Query = Annotated[str, Field(max_length=200)]


@dataclasses.dataclass(frozen=True)
class CampaignLine:
    """A campaign in the list."""

    id: int
    name: str
    status: str
    reason: str
    at: str
    at_exact: str
    recipients: str
    is_running: bool
    progress: int
    result: str
    is_editable: bool


class CampaignsState(Loaded, Keyset, rx.State):
    """Loaded with the list."""

    status: str = "all"
    q: str = ""
    rows: rx.Field[list[CampaignLine]] = rx.field(default_factory=list)
    asked_id: int = 0
    asked_name: str = ""
    working: bool = False

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page with what its address asks for."""
        query = self.router.url.query_parameters
        wanted = query.get("status", "all")
        self.status = wanted if wanted in dict(STATUSES) else "all"
        self.q = query.get("q", "")[:200]
        self._from_start()
        self.asked_id = 0
        await self._show_page()

    @rx.event
    @answers
    async def filter_status(self, status: str | list[str]) -> Sent:
        """Show one status, or all."""
        self.status = checked(_Status, status)
        return await self._search()

    @rx.event
    @answers
    async def search(self, q: str) -> Sent:
        """Show what has ``q`` in its name."""
        self.q = checked(_Query, q)
        return await self._search()

    async def _search(self) -> Sent:
        self._from_start()
        await self._show_page()
        status = "" if self.status == "all" else self.status
        return keep_in_address("/app/campaigns", {"status": status, "q": self.q})

    @rx.event(background=True, supersedes=True)
    @answers
    async def watch(self) -> None:
        """Keep running campaigns up to date until the page is left.

        It never ends by itself: it may begin before :meth:`load` has told what runs.
        """
        while True:
            async with self:
                pause = LIVE_SECONDS if self._runs() else QUIET_SECONDS
                asked = self._asked()
            await asyncio.sleep(pause)
            try:
                found = await _look(asked)
            except Unavailable:
                continue
            async with self:
                if asked == self._asked():
                    self._show(*found)

    def _runs(self) -> bool:
        return any(row.is_running for row in self.rows)

    def _asked(self) -> dict[str, Any]:
        return {
            "status": None if self.status == "all" else self.status,
            "q": self.q or None,
            "cursor": self._cursors[-1],
        }

    async def _read(self) -> None:
        self._show(*await _look(self._asked()))

    def _show(self, rows: list[CampaignLine], after: str | None, of: str) -> None:
        if rows != list(self.rows):
            self.rows = rows
        self._turned(after)
        self.shown = of

    @rx.event
    @answers
    async def duplicate(self, campaign_id: int) -> Sent:
        """Open a copy in the wizard."""
        who = identity.current()
        copy = await call(campaigns.duplicate, checked(Id, campaign_id), created_by=who.user_id)
        return cast(Sent, rx.redirect(f"/app/campaigns/{copy.id}/edit"))

    @rx.event
    @answers
    async def ask_delete(self, campaign_id: int) -> None:
        """Ask before deleting."""
        found = await call(campaigns.get, checked(Id, campaign_id))
        self.asked_id, self.asked_name = found.id, found.name

    @rx.event
    async def never_mind(self) -> None:
        """Delete nothing."""
        self.asked_id = 0

    @rx.event
    @answers
    async def delete(self) -> AsyncIterator[Sent]:
        """Delete what was asked about."""
        self.working = True
        yield None
        try:
            await call(campaigns.delete, self.asked_id)
        finally:
            self.working, self.asked_id = False, 0
        await self._show_page()
        yield done(tr("Campaign deleted."))


async def _look(asked: dict[str, Any]) -> tuple[list[CampaignLine], str | None, str]:
    page = await call(campaigns.listing, limit=PAGE, **asked)
    zone = (await call(shops.get)).timezone
    of = counted(page.total, "campaign", "campaigns") + ("" if page.total_is_exact else " +")
    return [_line(row, zone) for row in page.items], page.next_cursor, of


def _line(row: CampaignRow, zone: str) -> CampaignLine:
    at = row.started_at or row.schedule.at or row.created_at
    is_running = row.status == "sending"
    return CampaignLine(
        id=row.id,
        name=row.name,
        status=row.status,
        reason=said(row.status_reason or ""),
        at=ago(at),
        at_exact=exact(at, zone),
        recipients=number(row.counts.total) if row.counts.total else "–",
        is_running=is_running,
        progress=progress(row.counts),
        result=under_way(row.counts) if is_running else outcome(row.counts),
        is_editable=row.is_editable,
    )
