"""What the frame of every page shows: the shop, who is signed in, the credits left."""

import reflex as rx

from astronote.services import billing, inbox
from astronote.state import identity
from astronote.state.base import answers, call
from astronote.state.words import language


class ShellState(rx.State):
    """The frame's figures; loaded with every page."""

    shop_name: str = ""
    email: str = ""
    language: str = "en"
    role: str = "staff"
    credits: str = "–"
    can_send: bool = True
    blocked_reason: str = ""
    unread: int = 0

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the frame."""
        who = identity.current()
        self.shop_name, self.email, self.role = who.shop_name, who.email, who.role
        self.language = language()
        summary = await call(billing.summary)
        self.credits = f"{summary.credits.available:,}"
        self.can_send = summary.can_send
        self.blocked_reason = summary.blocked_reason or ""
        self.unread = (await call(inbox.pulse)).unread
