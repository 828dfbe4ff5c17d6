"""The test send: a campaign's text to one phone, from the wizard and from its page."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, cast

import reflex as rx
from pydantic import Field

from astronote.errors import Refused
from astronote.services import campaigns, previewing
from astronote.state import identity
from astronote.state.base import Id, Sent, answers, call, checked, done, field_messages
from astronote.state.shell import ShellState
from astronote.state.words import said, tr

_Phone: Final = Annotated[str, Field(max_length=40)]


class TestSendState(rx.State):
    """The dialog that asks for the phone."""

    __test__ = False  # no class of tests, whatever pytest makes of its name

    open: bool = False
    sending: bool = False
    error: str = ""
    _id: int = 0

    @rx.event
    @answers
    async def ask(self, campaign_id: int) -> None:
        """Open it for one campaign."""
        found = await call(campaigns.get, checked(Id, campaign_id))
        self._id, self.error, self.sending, self.open = found.id, "", False, True

    @rx.event
    @answers
    async def show(self, is_open: bool) -> None:
        """Close it; only :meth:`ask` opens it."""
        self.open = checked(bool, is_open) and self.open

    @rx.event
    @answers
    async def send(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Send the text as it is stored to the phone."""
        phone = checked(_Phone, checked(dict[str, Any], form).get("phone"))
        if not self.open:
            return
        self.sending, self.error = True, ""
        yield None
        try:
            await call(previewing.test_send, self._id, phone, identity.current())
        except Refused as error:
            self.error = field_messages(error).get("phone") or said(error.detail)
            return
        finally:
            self.sending = False
        self.open = False
        yield done(tr("The test message is on its way."))
        # It has cost a credit, and the frame shows how many are left.
        yield cast(Sent, ShellState.load)
