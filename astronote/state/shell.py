"""What the frame of every page shows: the shop, who is signed in, the credits left."""

from typing import Final

import reflex as rx
from reflex.event import EventSpec

from astronote.services import accounts, billing, inbox, workplaces
from astronote.state import identity
from astronote.state.base import answers, call, call_own, checked
from astronote.state.words import language, number, said
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
    blocked_by: str = ""
    is_operator: bool = False
    has_other_shops: bool = False
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
        self.blocked_reason = said(summary.blocked_reason or "")
        self.blocked_by = summary.blocked_by or ""
        self.is_operator = who.is_operator
        self.has_other_shops = len(await call_own(workplaces.listed)) > 1
        self.unread = (await call(inbox.pulse)).unread
        return rx.call_script(speaking(language()))

    @rx.event
    @answers
    async def speak(self, wanted: str) -> EventSpec:
        """Speak another language to this person, from the next page on."""
        chosen: Language = checked(Language, wanted)
        await call_own(accounts.set_language, chosen)
        self.language = chosen
        return rx.call_script(reloaded_in(chosen))


def speaking(chosen: Language) -> str:
    """A script: this document, and the pages that this browser loads, are in ``chosen``."""
    return (
        f"document.documentElement.lang='{chosen}';"
        f"document.cookie='{LANGUAGE_COOKIE}={chosen};path=/;max-age={YEAR_SECONDS};samesite=lax'"
    )


def reloaded_in(chosen: Language) -> str:
    """A script: the page comes again in ``chosen``; what states hold is in the old language."""
    return f"{speaking(chosen)};location.reload()"
