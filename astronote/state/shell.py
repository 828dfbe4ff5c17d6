"""What the frame of every page shows: the shop, who is signed in, the credits left."""

import asyncio
from typing import Final

import reflex as rx
from reflex.event import EventSpec

from astronote.db import system_transaction
from astronote.security import Identity
from astronote.services import accounts, billing, inbox
from astronote.state import identity
from astronote.state.base import answers, call, checked
from astronote.state.words import language, number
from astronote.words import LANGUAGE_COOKIE, Language

YEAR_SECONDS: Final = 365 * 86400


class ShellState(rx.State):
    """The frame's figures; loaded with every page."""

    shop_name: str = ""
    email: str = ""
    # Until the state has come, nobody knows the language: see `assets/astronote.css`.
    language: str = ""
    role: str = "staff"
    credits: str = "–"
    can_send: bool = True
    blocked_reason: str = ""
    unread: int = 0

    @rx.event
    @answers
    async def load(self) -> EventSpec:
        """Fill the frame."""
        who = identity.current()
        self.shop_name, self.email, self.role = who.shop_name, who.email, who.role
        self.language = language()
        summary = await call(billing.summary)
        self.credits = number(summary.credits.available)
        self.can_send = summary.can_send
        self.blocked_reason = summary.blocked_reason or ""
        self.unread = (await call(inbox.pulse)).unread
        return rx.call_script(speaking(language()))

    @rx.event
    @answers
    async def speak(self, wanted: str) -> EventSpec:
        """Speak another language to this person, from the next page on."""
        chosen: Language = checked(Language, wanted)
        await asyncio.to_thread(_keep, await identity.still_here(), chosen)
        self.language = chosen
        # Sentences in the states of the page were made in the old language.
        return rx.call_script(f"{speaking(chosen)};location.reload()")


def speaking(chosen: Language) -> str:
    """A script: this document, and the pages that this browser loads, are in ``chosen``."""
    return (
        f"document.documentElement.lang='{chosen}';"
        f"document.cookie='{LANGUAGE_COOKIE}={chosen};path=/;max-age={YEAR_SECONDS};samesite=lax'"
    )


def _keep(who: Identity, chosen: Language) -> None:
    with system_transaction() as session:
        accounts.set_language(session, who, chosen)
