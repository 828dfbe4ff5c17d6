"""The two automations: on or off, what came of them, whom they wrote to last."""

from collections.abc import AsyncIterator
from typing import Final, Literal

import reflex as rx

from astronote.services import automations, external_links
from astronote.services.automations import BIRTHDAY, WELCOME
from astronote.state.automations_cards import CardView, ask, cards
from astronote.state.base import Sent, answers, call, call_outside, checked, done
from astronote.state.loaded import Loaded
from astronote.state.words import tr
from astronote.words import say

IS_OFF: Final[dict[str, str]] = {
    WELCOME: say("Welcome messages are off. What is queued already still goes out."),
    BIRTHDAY: say("Birthday messages are off. What is queued already still goes out."),
}
IS_ON: Final[dict[str, str]] = {
    WELCOME: say("Welcome messages are on."),
    BIRTHDAY: say("Birthday messages are on."),
}

Type = Literal["welcome_message", "birthday_message"]


class AutomationsState(Loaded, rx.State):
    """Loaded with the page."""

    welcome: rx.Field[CardView] = rx.field(default_factory=CardView)
    birthday: rx.Field[CardView] = rx.field(default_factory=CardView)
    asked: str = ""
    asked_words: str = ""
    asked_text: str = ""
    working: str = ""

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        self.asked = ""
        await self._show_page()

    @rx.event
    @answers
    async def switch(self, type: str, on: bool) -> AsyncIterator[Sent]:
        """Ask before switching on; switch off at once."""
        kind, wanted = checked(Type, type), checked(bool, on)
        if wanted:
            await call_outside(external_links.fetch_for_automation, kind)
            asked = await call(ask, kind)
            self.asked_words, self.asked_text, self.asked = asked.words, asked.text, kind
            return
        self.working = kind
        yield None
        try:
            await call(automations.change, kind, {"is_active": False})
        finally:
            self.working = ""
        await self._show_page()
        yield done(tr(IS_OFF[kind]))

    @rx.event
    @answers
    async def switch_on(self) -> AsyncIterator[Sent]:
        """Do what was asked about."""
        kind = self.asked
        if not kind:
            return
        self.working = kind
        yield None
        try:
            await call(automations.change, kind, {"is_active": True})
        finally:
            self.working, self.asked = "", ""
        await self._show_page()
        yield done(tr(IS_ON[kind]))

    @rx.event
    async def never_mind(self) -> None:
        """Leave it off."""
        self.asked = ""

    async def _read(self) -> None:
        self.welcome, self.birthday = await call(cards)
