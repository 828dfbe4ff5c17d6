"""One campaign's page: its status, its run live, and what may be done with it."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Literal, cast

import reflex as rx

from astronote import clock
from astronote.errors import Invalid, Refused, Unavailable
from astronote.services import campaigns, launching, lists, previewing, schedule, shops, stats
from astronote.services.campaigns import CampaignRow
from astronote.services.shops import ShopRow
from astronote.services.statuses import campaign_may
from astronote.state import identity
from astronote.state.base import Sent, answers, call, checked, done
from astronote.state.campaigns_messages import CampaignMessagesState
from astronote.state.campaigns_results import ResultsState
from astronote.state.campaigns_words import (
    audience_words,
    counts_shown,
    handled,
    hour_first,
    id_in,
    moment,
    planned_for,
    progress,
    reach_words,
    time_left,
    under_way,
)
from astronote.state.words import ago, exact, said, tr, trn

LIVE_SECONDS: Final = 1.0
QUIET_SECONDS: Final = 4.0
RESULTS_EVERY: Final = 5
"""Looks at a run between two looks at its figures, which cost more."""

_ENDED: Final = frozenset({"completed", "cancelled"})
_Question = Literal["cancel", "delete"]


class CampaignState(rx.State):
    """Loaded with the page; a background handler keeps it up to date."""

    loading: bool = True
    missing: str = ""
    # Not campaign_id: Reflex makes a var of that name from the route's argument.
    shown_id: int = 0
    name: str = ""
    status: str = ""
    when: str = ""
    when_exact: str = ""
    held: str = ""
    sender: str = ""
    sample: str = ""
    audience: rx.Field[list[str]] = rx.field(default_factory=list)
    offer: str = ""
    plan: str = ""
    reach: str = ""
    counts: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    has_run: bool = False
    is_running: bool = False
    percent: int = 0
    progress_words: str = ""
    time_left: str = ""
    may: rx.Field[dict[str, bool]] = rx.field(default_factory=dict)
    working: str = ""
    asked: str = ""
    asked_words: str = ""
    stopped: str = ""
    remains: str = ""

    @rx.event
    @answers
    async def load(self) -> AsyncIterator[Sent]:
        """Show the campaign that the address names."""
        wanted = id_in(self.router.url.path)
        if wanted != self.shown_id:
            self.loading, self.missing, self.shown_id, self.status = True, "", wanted, ""
            yield None
        self.asked = ""
        try:
            row = await call(campaigns.get, wanted)
        except Refused as error:
            self.missing, self.loading, self.status = said(error.detail), False, ""
            return
        shop = await call(shops.get)
        names = {item.key or str(item.id): item.name for item in await call(lists.everything)}
        self.missing, self.time_left = "", ""
        self.audience = audience_words(row.audience, names)
        self.offer = (row.offer.title or tr("On")) if row.offer.enabled else tr("None")
        self.plan = planned_for(row, shop)
        self.sender = shop.sender_name or shop.name
        await self._look_ahead(row)
        self._show(row, shop)
        results = await self.get_state(ResultsState)
        results._tell(await call(stats.stats, row.id), shop.timezone)
        self.loading = False

    async def _look_ahead(self, row: CampaignRow) -> None:
        """The first text, and whom it reaches; a list in the audience may be gone by now."""
        self.sample = row.message_text
        try:
            shown = await call(previewing.samples, row.id)
            self.sample = shown[0].text if shown else row.message_text
            if not row.counts.total:
                self.reach = reach_words(await call(previewing.reach, campaign_id=row.id))
        except Invalid as error:
            self.reach = said(error.detail)

    @rx.event(background=True, supersedes=True)
    @answers
    async def watch(self) -> None:
        """Follow the run, once a second while it sends, until the page is left.

        It never ends by itself: it may begin before :meth:`load` has told what to follow.
        """
        seen: deque[tuple[float, int]] = deque(maxlen=15)
        for look in itertools.count(1):
            async with self:
                rest = LIVE_SECONDS if self.is_running or look == 1 else QUIET_SECONDS
            await asyncio.sleep(rest)
            async with self:
                wanted, before, shown = self.shown_id, self.status, dict(self.counts)
            if not before:
                continue
            try:
                row, shop = await call(campaigns.get, wanted), await call(shops.get)
                # Once it has ended, receipts still come: figures and counts never disagree.
                is_late = row.status != "sending" and shown != counts_shown(row.counts)
                is_due = look % RESULTS_EVERY == 0 or before != row.status or is_late
                found = await call(stats.stats, wanted) if is_due else None
            except Unavailable:
                continue
            seen.append((time.monotonic(), handled(row.counts)))
            async with self:
                if wanted != self.shown_id:
                    seen.clear()
                    continue
                self._show(row, shop)
                self.time_left = time_left(row.counts, seen) if self.is_running else ""
                if found is not None:
                    (await self.get_state(ResultsState))._tell(found, shop.timezone)
                    await (await self.get_state(CampaignMessagesState))._again(wanted)

    def _show(self, row: CampaignRow, shop: ShopRow) -> None:
        zone = shop.timezone
        self.name, self.status = row.name, row.status
        self._say_when(row, zone)
        held = row.held_until if row.status == "sending" else None
        self.held = hour_first(held, zone) if held and held > clock.now() else ""
        self.counts = counts_shown(row.counts)
        self.has_run, self.is_running = row.counts.total > 0, row.status == "sending"
        self.percent, self.progress_words = progress(row.counts), under_way(row.counts)
        self.may = _may(row)
        self.stopped, self.remains = stopped(row)

    def _say_when(self, row: CampaignRow, zone: str) -> None:
        if row.status == "scheduled" and row.schedule.at:
            goes = row.held_until or row.schedule.at
            self.when, self.when_exact = (
                tr("Goes out on {time}", time=moment(goes, zone)),
                exact(goes, zone),
            )
        elif row.started_at:
            since = ago(row.started_at)
            under_way = row.status in ("sending", "paused")
            self.when = tr("Started {ago}", ago=since) if under_way else tr("Sent {ago}", ago=since)
            self.when_exact = exact(row.started_at, zone)
        else:
            self.when = tr("Last changed {ago}", ago=ago(row.updated_at))
            self.when_exact = exact(row.updated_at, zone)

    @rx.event(background=True)
    @answers
    async def pause(self) -> AsyncIterator[Sent]:
        """Stop sending for now."""
        async for sent in self._act("pause", launching.pause, tr("Paused.")):
            yield sent

    @rx.event(background=True)
    @answers
    async def resume(self) -> AsyncIterator[Sent]:
        """Go on sending."""
        async for sent in self._act("resume", launching.resume, tr("Going on.")):
            yield sent

    @rx.event(background=True)
    @answers
    async def unschedule(self) -> AsyncIterator[Sent]:
        """Make it a draft again."""
        said = tr("It is a draft again and will not go out by itself.")
        async for sent in self._act("unschedule", schedule.unschedule, said):
            yield sent

    async def _act(self, what: str, verb: Callable[..., Any], said: str) -> AsyncIterator[Sent]:
        """Do it beside the other events: with many messages it takes a while."""
        async with self:
            wanted, is_idle = self.shown_id, not self.working
            self.working = self.working or what
        if not is_idle:
            return
        try:
            await call(verb, wanted)
        finally:
            async with self:
                self.working, self.asked = "", ""
        yield done(said)
        # Loading the page anew also starts following the run anew.
        here = f"/app/campaigns/{wanted}"
        gone = what == "delete"
        yield cast(Sent, rx.redirect("/app/campaigns" if gone else here, replace=True))

    @rx.event
    @answers
    async def duplicate(self) -> Sent:
        """Open a copy in the wizard."""
        who = identity.current().user_id
        copy = await call(campaigns.duplicate, self.shown_id, created_by=who)
        return cast(Sent, rx.redirect(f"/app/campaigns/{copy.id}/edit"))

    @rx.event
    @answers
    async def ask(self, what: str) -> None:
        """Ask before cancelling or deleting, in numbers."""
        asked = checked(_Question, what)
        row = await call(campaigns.get, self.shown_id)
        self.asked = asked
        if asked == "delete":
            self.asked_words = tr(
                "“{name}” has not been sent. Its text and settings are removed for good.",
                name=row.name,
            )
            return
        waits = trn(
            "{n} message has not left yet and will not be sent; its credits are free again.",
            "{n} messages have not left yet and will not be sent; their credits are free again.",
            row.counts.queued,
        )
        gone = trn("{n} has left already.", "{n} have left already.", handled(row.counts))
        self.asked_words = f"{waits} {gone} {tr('This cannot be undone.')}"

    @rx.event
    async def never_mind(self) -> None:
        """Do nothing after all."""
        self.asked = ""

    @rx.event(background=True)
    @answers
    async def do_it(self) -> AsyncIterator[Sent]:
        """Do what was asked about."""
        async with self:
            asked = self.asked
        if asked == "cancel":
            async for sent in self._act("cancel", launching.cancel, tr("Cancelled.")):
                yield sent
        elif asked == "delete":
            async for sent in self._act("delete", campaigns.delete, tr("Campaign deleted.")):
                yield sent


def stopped(row: CampaignRow) -> tuple[str, str]:
    """Why a campaign stands still, and what is left and how it goes on; '' where it does not."""
    reason = said(row.status_reason or "")
    waits = row.counts.queued
    if row.status == "paused":
        left = trn(
            "{n} message has not left; its credits stay reserved. Resume goes on with it.",
            "{n} messages have not left; their credits stay reserved. Resume goes on with them.",
            waits,
        )
        return reason or tr("You paused this campaign."), left
    if row.status == "failed":
        return reason, tr("Nothing was sent. Put that right, then send it or choose a new time.")
    if row.status == "missed":
        return reason, tr("Nothing was sent. Send it now, or choose a new time.")
    return "", ""


def _may(row: CampaignRow) -> dict[str, bool]:
    """What may be done in this state, asked of the one table of states."""
    status = row.status
    return {
        "edit": row.is_editable,
        "send": status != "paused" and campaign_may(status, "sending"),
        "unschedule": status == "scheduled",
        "pause": campaign_may(status, "paused"),
        "resume": status == "paused",
        "cancel": status in ("sending", "paused"),
        "test": bool(row.message_text.strip()) and status not in _ENDED,
    }
