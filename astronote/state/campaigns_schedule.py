"""The wizard's third step: now, or at a time in the shop's zone."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import reflex as rx
from pydantic import Field

from astronote import clock
from astronote.errors import Forbidden, Refused
from astronote.services import schedule, shops
from astronote.services.campaigns import CampaignRow
from astronote.services.quiet_hours import quiet_until
from astronote.services.schedule import Moment
from astronote.services.shops import ShopRow
from astronote.state import identity
from astronote.state.base import Sent, answers, call, checked, field_messages
from astronote.state.campaigns_draft import current, keep
from astronote.state.campaigns_words import hour_first, moment
from astronote.state.words import tr
from astronote.words import say

_Local = Annotated[str, Field(max_length=20)]
_MINUTE: Final = timedelta(minutes=1)
_ADJUSTED: Final = {
    "skipped_hour": "The clocks go forward that night and skip this time, so it moves to {at}.",
    "repeated_hour": "The clocks go back that night and this time comes twice; "
    "the first one is taken.",
}


@dataclasses.dataclass(frozen=True)
class Remark:
    """What will happen, as a sentence; ``color`` iris tells, amber warns."""

    words: str
    color: str = "iris"


class ScheduleState(rx.State):
    """Loaded with the wizard's third step."""

    mode: str = "now"
    local_time: str = ""
    earliest: str = ""
    zone: str = ""
    zone_now: str = ""
    quiet: str = ""
    ignore_quiet: bool = False
    is_owner: bool = False
    remarks: rx.Field[list[Remark]] = rx.field(default_factory=list)
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    _typed: str = ""

    async def _fill(self, row: CampaignRow) -> None:
        shop = await call(shops.get)
        self.mode = row.schedule.mode
        self._typed = self.local_time = row.schedule.local_time or ""
        self.ignore_quiet = row.ignore_quiet_hours
        self.is_owner = identity.current().is_owner
        local = clock.now().astimezone(ZoneInfo(shop.timezone))
        self.zone, self.earliest = shop.timezone, f"{local:%Y-%m-%dT%H:%M}"
        self.zone_now = tr(
            "It is {hour} there now ({zone}).", hour=f"{local:%H:%M}", zone=local.tzname() or ""
        )
        quiet = shop.quiet_hours
        self.quiet = _hours(quiet) if quiet else ""
        self.errors = {}
        await self._explain(row)

    @rx.event
    @answers
    async def set_mode(self, mode: str) -> AsyncIterator[Sent]:
        """Now, or at a time."""
        self.mode = checked(Literal["now", "at"], mode)
        yield await self._save({"schedule_mode": self.mode})

    @rx.event
    @answers
    async def typed(self, value: str) -> AsyncIterator[Sent]:
        """Keep the local date and time."""
        text = checked(_Local, value)
        if text == self._typed:
            return
        self._typed = text
        yield await self._save({"local_time": text, "timezone": self.zone})

    @rx.event
    @answers
    async def set_ignore_quiet(self, on: bool) -> AsyncIterator[Sent]:
        """Send in quiet hours too; owners alone decide that."""
        wanted = checked(bool, on)
        if not identity.current().is_owner:
            raise Forbidden(say("Only the shop's owner can send in quiet hours."))
        self.ignore_quiet = wanted
        yield await self._save({"ignore_quiet_hours": wanted})

    async def _save(self, changes: dict[str, Any]) -> Sent:
        self.errors = {}
        try:
            sent = await keep(self, changes)
        except Refused as error:
            self.errors = field_messages(error)
            self.remarks = []
            return None
        await self._explain(await current(self))
        return sent

    async def _explain(self, row: CampaignRow) -> None:
        """Say what the choice means, or what is wrong with it."""
        shop = await call(shops.get)
        local, ends = row.schedule.local_time, row.offer.expires_at
        if self.mode == "at" and not local:
            self.remarks = []
            return
        if self.mode == "now":
            now = clock.now()
            held = None if self.ignore_quiet else quiet_until(shop.quiet_hours, shop.timezone, now)
            found, self.remarks = Moment(now, None, held), []
        else:
            found = schedule.planned(
                shop, local or "", shop.timezone, ignore_quiet_hours=self.ignore_quiet
            )
            if found.at + _MINUTE <= clock.now():
                self.errors, self.remarks = {"localTime": tr("This time has passed.")}, []
                return
            goes = found.held_until or found.at
            self.remarks = [Remark(tr("Goes out on {time}.", time=moment(goes, shop.timezone)))]
        self.remarks = [*self.remarks, *remarks(shop, found, ends if row.offer.enabled else None)]

    async def _leave(self, form: dict[str, Any], complete: bool) -> bool:
        """Keep everything; True where the step may be left. See ``BasicsState``."""
        held = form.get("localTime")
        if self.mode == "at" and isinstance(held, str) and held != self._typed:
            self._typed = held[:20]
            await self._save({"local_time": self._typed, "timezone": self.zone})
        await self._save({"schedule_mode": self.mode, "timezone": self.zone})
        if complete and self.mode == "at" and not self._typed:
            self.errors = {"localTime": tr("Choose a date and a time.")}
        self.local_time = self._typed
        return not self.errors


def _hours(quiet: shops.QuietHours) -> str:
    start, end = f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}"
    return tr("{start} to {end}", start=start, end=end)


def remarks(shop: ShopRow, found: Moment, offer_ends: datetime | None) -> list[Remark]:
    """What daylight saving, quiet hours and the offer's end have to say to a moment."""
    said = []
    if found.adjustment in _ADJUSTED:
        at = f"{found.at.astimezone(ZoneInfo(shop.timezone)):%H:%M}"
        said.append(Remark(tr(_ADJUSTED[found.adjustment], at=at), "amber"))
    held, quiet = found.held_until, shop.quiet_hours
    if held is not None and quiet is not None:
        sentence = tr(
            "Quiet hours ({hours}) hold messages, so they will go out at {time}.",
            hours=_hours(quiet),
            time=hour_first(held, shop.timezone),
        )
        said.append(Remark(sentence, "amber"))
    goes = held or found.at
    if offer_ends is not None and offer_ends <= goes:
        said.append(Remark(tr("The offer ends before the messages go out."), "red"))
    return said
