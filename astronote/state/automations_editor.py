"""Writing an automation's message: nothing changes until it is saved."""

from collections.abc import AsyncIterator
from typing import Any, Final, Literal

import reflex as rx
from pydantic import ValidationError
from sqlmodel import Session

from astronote.errors import Refused
from astronote.services import automations, external_links, shops
from astronote.services.audience import EVERYBODY
from astronote.services.automations import BIRTHDAY, WELCOME, AutomationRow
from astronote.services.shops import ShopRow
from astronote.state.automations import AutomationsState, Type
from astronote.state.base import Sent, answers, call, call_outside, checked, done, field_messages
from astronote.state.campaigns_preview import Writing
from astronote.state.composer import OFFER_FIELDS, Composer, OfferField, Typed, offer_values
from astronote.state.words import tr
from astronote.words import say

FIELDS: Final = ("messageBody", "sendHour", *OFFER_FIELDS)

_Field = Literal["messageBody", "sendHour"] | OfferField
_TITLES: Final = {WELCOME: say("Welcome message"), BIRTHDAY: say("Birthday message")}
_SAVED: Final = {
    WELCOME: say("Welcome message saved."),
    BIRTHDAY: say("Birthday message saved."),
}
_BLANK: Final = dict.fromkeys(FIELDS, "")


class AutomationEditorState(Composer, rx.State):
    """The sheet in which one automation is written."""

    open: bool = False
    leaving: bool = False
    working: bool = False
    type: str = ""
    title: str = ""
    has_hour: bool = False
    hours: rx.Field[list[list[str]]] = rx.field(default_factory=list)
    values: rx.Field[dict[str, str]] = rx.field(default_factory=lambda: dict(_BLANK))
    _typed: rx.Field[dict[str, str]] = rx.field(default_factory=lambda: dict(_BLANK))
    _stored: rx.Field[dict[str, Any]] = rx.field(default_factory=dict)

    @rx.event
    @answers
    async def edit(self, type: str) -> None:
        """Open the sheet."""
        kind = checked(Type, type)
        row, shop = await call(_read, kind)
        self.type, self.title = kind, tr(_TITLES[kind])
        self._typed = {
            **_BLANK,
            "messageBody": row.message_body,
            "sendHour": "" if row.send_hour is None else str(row.send_hour),
            **offer_values(row.offer, shop.timezone),
        }
        self.values, self.errors = dict(self._typed), {}
        self.has_hour, self.hours = kind == BIRTHDAY, _hours(shop, row)
        self.gsm, self.offer, self._index = row.encoding == "gsm", row.offer.enabled, 0
        self._stored = self._written()
        await self._refresh()
        self.leaving, self.working, self.open = False, False, True

    @rx.event
    @answers
    async def typed(self, field: str, value: str) -> None:
        """Keep what one field holds now, and show what the phones will."""
        name, text = checked(_Field, field), checked(Typed, value)
        if self._typed.get(name) == text:
            return
        self._typed = {**self._typed, name: text}
        self.errors = {k: v for k, v in self.errors.items() if k not in (name, "")}
        if name == "messageBody":
            await self._refresh()

    @rx.event
    @answers
    async def set_gsm(self, on: bool) -> None:
        """Write the final text in capitals that GSM-7 has, or not."""
        self.gsm = checked(bool, on)
        await self._refresh()

    @rx.event
    @answers
    async def set_offer(self, on: bool) -> None:
        """With an offer, or without."""
        self.offer = checked(bool, on)
        # The fields come back as they were left.
        self.values = dict(self._typed)
        await self._refresh()

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Store everything at once; what is refused stands beside its field."""
        kind = checked(Type, self.type)
        held = checked(dict[str, Any], form)
        for name in FIELDS:
            if isinstance(held.get(name), str):
                self._typed = {**self._typed, name: checked(Typed, held[name])}
        self.working = True
        yield None
        try:
            changes = await self._changes()
            text = changes.get("message_body")
            await call_outside(external_links.fetch_for_automation, kind, text)
            await call(automations.change, kind, changes)
        except (ValidationError, Refused) as error:
            found = field_messages(error)
            self.errors = {k.removeprefix("offer."): v for k, v in found.items()}
            return
        finally:
            self.working = False
        self.open, self.errors = False, {}
        page = await self.get_state(AutomationsState)
        await page._show_page()
        yield done(tr(_SAVED[kind]))

    @rx.event
    async def close(self) -> None:
        """Close the sheet; ask first where something would be lost."""
        if self.open and self._written() != self._stored:
            self.leaving = True
        else:
            self.open = False

    @rx.event
    async def stay(self) -> None:
        """Go on writing."""
        self.leaving = False

    @rx.event
    async def discard(self) -> None:
        """Close without saving."""
        self.open, self.leaving = False, False

    def _written(self) -> dict[str, Any]:
        return {**self._typed, "gsm": self.gsm, "offer": self.offer}

    async def _changes(self) -> dict[str, Any]:
        """What to store.

        Raises:
            ValidationError: a field of the offer cannot be read.
        """
        changes: dict[str, Any] = {
            "message_body": self._typed["messageBody"],
            "encoding": self._encoding(),
            "offer": await self._chosen_offer(),
        }
        hour = self._typed["sendHour"]
        if self.has_hour and hour != self._stored.get("sendHour"):
            is_number = hour.isascii() and hour.isdigit() and len(hour) < 3
            changes["send_hour"] = int(hour) if is_number else None
        return changes

    async def _refresh(self) -> None:
        """Write the text to the samples."""
        text = self._typed["messageBody"]
        why_not = await self._write(Writing(text, self._encoding(), self.offer, EVERYBODY))
        others = {k: v for k, v in self.errors.items() if k != "messageBody"}
        self.errors = others | ({"messageBody": why_not} if why_not else {})


def _read(session: Session, shop_id: int, kind: str) -> tuple[AutomationRow, ShopRow]:
    return automations.get(session, shop_id, kind), shops.get(session, shop_id)


def _hours(shop: ShopRow, row: AutomationRow) -> list[list[str]]:
    """The hours to choose from; one that quiet hours have come to cover is still shown."""
    loud = automations.loud_hours(shop)
    listed = sorted({*loud, row.send_hour} if row.send_hour is not None else loud)
    return [
        [
            str(hour),
            f"{hour:02}:00"
            if hour in loud
            else tr("{hour} (in your quiet hours)", hour=f"{hour:02}:00"),
        ]
        for hour in listed
    ]
