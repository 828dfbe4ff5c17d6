"""The wizard's first step: name, message, offer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Final, Literal, cast

import reflex as rx
from pydantic import ValidationError

from astronote import clock
from astronote.errors import Invalid, Refused
from astronote.services import shops
from astronote.services.audience import EVERYBODY
from astronote.services.campaigns import MAX_TEXT, CampaignRow
from astronote.services.offer_choice import OfferChoice
from astronote.state.base import Sent, answers, call, checked, field_messages
from astronote.state.campaigns_draft import DraftState, current, keep
from astronote.state.campaigns_preview import Sum, Writing, add_up
from astronote.state.composer import OFFER_FIELDS, Composer, OfferField, Typed, offer_values
from astronote.state.words import tr

REST_SECONDS: Final = 0.4
"""A text rests this long before it is added up."""

FIELDS: Final = ("name", "messageText", *OFFER_FIELDS)

_Field = Literal["name", "messageText"] | OfferField
_BLANK: Final = {**dict.fromkeys(FIELDS, ""), "maxRedemptions": "1"}


class BasicsState(Composer, rx.State):
    """Loaded with the wizard; what is typed is kept after a short rest."""

    values: rx.Field[dict[str, str]] = rx.field(default_factory=lambda: dict(_BLANK))
    total: rx.Field[Sum] = rx.field(default_factory=Sum)
    _typed: rx.Field[dict[str, str]] = rx.field(default_factory=lambda: dict(_BLANK))

    async def _fill(self, row: CampaignRow | None) -> None:
        zone = (await call(shops.get)).timezone
        self._typed = dict(_BLANK) if row is None else _filled(row, zone)
        if row is None:
            self._typed["name"] = ""
        self.values, self.errors = dict(self._typed), {}
        self.gsm = row is not None and row.encoding == "gsm"
        self.offer = row is None or row.offer.enabled
        self._index = 0
        await self._refresh()

    @rx.event
    @answers
    async def typed(self, field: str, value: str) -> AsyncIterator[Sent]:
        """Keep what one field holds now, and show what the phones will."""
        name, text = checked(_Field, field), checked(Typed, value)
        if self._typed.get(name) == text:
            return
        self._typed = {**self._typed, name: text}
        yield await self._save(name)
        if name == "messageText":
            await self._refresh()
            yield sum_up()

    @rx.event
    @answers
    async def set_gsm(self, on: bool) -> AsyncIterator[Sent]:
        """Write the final text in capitals that GSM-7 has, or not."""
        self.gsm = checked(bool, on)
        await self._refresh()
        yield await self._try({"encoding": self._encoding()}, ())
        yield sum_up()

    @rx.event
    @answers
    async def set_offer(self, on: bool) -> AsyncIterator[Sent]:
        """With an offer, or without."""
        self.offer = checked(bool, on)
        await self._refresh()
        yield await self._save("title")
        yield sum_up()

    @rx.event(background=True, supersedes=True)
    @answers
    async def add_up(self) -> None:
        """Add the text up over the whole audience, after a rest: a newer text stops it."""
        await asyncio.sleep(REST_SECONDS)
        async with self:
            writing = await self._writing()
        try:
            found = Sum() if not writing.text.strip() else await call(add_up, writing)
        except Invalid:
            # What is wrong with the text or the audience stands beside it already.
            found = Sum()
        async with self:
            self.total = found

    async def _save(self, name: str) -> Sent:
        if name == "name":
            written = self._typed["name"].strip()
            return await self._try({"name": written}, ("name",)) if written else None
        if name == "messageText":
            return await self._try({"message_text": self._typed[name]}, (name,))
        try:
            offer = await self._chosen_offer()
        except ValidationError as error:
            self._refuse(OFFER_FIELDS, field_messages(error))
            return None
        return await self._try({"offer": offer}, OFFER_FIELDS)

    async def _try(self, changes: dict[str, Any], fields: tuple[str, ...]) -> Sent:
        """Save, and put what is refused beside ``fields``."""
        try:
            # The first thing kept makes the draft, and with it goes what was set before.
            sent = await keep(self, {**await self._first(), **changes})
        except Refused as error:
            found = {k.removeprefix("offer."): v for k, v in field_messages(error).items()}
            self._refuse(fields, found)
            return None
        self._refuse(fields, {})
        return sent

    async def _first(self) -> dict[str, Any]:
        if (await self.get_state(DraftState)).draft_id:
            return {}
        return {"encoding": self._encoding(), "offer": OfferChoice(enabled=self.offer)}

    def _refuse(self, fields: tuple[str, ...], found: dict[str, str]) -> None:
        self.errors = {k: v for k, v in self.errors.items() if k and k not in fields} | found

    async def _writing(self) -> Writing:
        draft = await self.get_state(DraftState)
        audience = (await current(self)).audience if draft.draft_id else EVERYBODY
        text = self._typed["messageText"]
        return Writing(text, self._encoding(), self.offer, audience, draft.draft_id or None)

    async def _refresh(self) -> None:
        """Write the text to the samples."""
        why_not = await self._write(await self._writing())
        if why_not:
            self._refuse(("messageText",), {"messageText": why_not})

    async def _leave(self, form: dict[str, Any], complete: bool) -> bool:
        """Keep everything; True where the step may be left.

        Args:
            form: what the fields hold at this moment.
            complete: whether the step has to be finished.
        """
        held = {k: v for k, v in form.items() if k in FIELDS and isinstance(v, str)}
        self._typed = {**self._typed, **{k: v[: MAX_TEXT * 2] for k, v in held.items()}}
        self.errors = {}
        for name in ("name", "messageText", "title"):
            await self._save(name)
        if complete:
            self.errors = self._missing(clock.today((await call(shops.get)).timezone)) | self.errors
        self.values = dict(self._typed)
        return not self.errors

    def _missing(self, today: date) -> dict[str, str]:
        missing = {}
        if not self._typed["name"].strip():
            missing["name"] = tr("Give the campaign a name; only you will see it.")
        if not self._typed["messageText"].strip():
            missing["messageText"] = tr("Write a message first.")
        ends = self._typed["expiresOn"]
        if self.offer and ends and ends < today.isoformat():
            missing["expiresOn"] = tr("This day has passed.")
        return missing


def sum_up() -> Sent:
    """The event that adds the text up over the audience."""
    return cast(Sent, BasicsState.add_up)


def _filled(row: CampaignRow, zone: str) -> dict[str, str]:
    return {"name": row.name, "messageText": row.message_text, **offer_values(row.offer, zone)}
