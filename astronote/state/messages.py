"""The log of every message: what is asked for, kept in the address, and one page of it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, cast
from urllib.parse import urlencode

import reflex as rx
from pydantic import Field

from astronote.errors import Invalid, NotFound
from astronote.services import message_log, shops
from astronote.state.address import keep_in_address
from astronote.state.base import Sent, answers, call, checked
from astronote.state.keyset import Keyset
from astronote.state.loaded import Loaded
from astronote.state.message_sheet import MessageSheetState
from astronote.state.message_words import Kind, LogLine, Status, log_line, shown
from astronote.words import say

PATH: Final = "/app/messages"
_Phone = Annotated[str, Field(max_length=40)]
_FILTERS: Final[dict[str, Any]] = {"phone": _Phone, "status": Status, "kind": Kind}


def _no_filters() -> dict[str, str]:
    return dict.fromkeys(_FILTERS, "")


class MessagesState(Loaded, Keyset, rx.State):
    """Loaded with the messages page; holds one page of rows."""

    rows: rx.Field[list[LogLine]] = rx.field(default_factory=list)
    filters: rx.Field[dict[str, str]] = rx.field(default_factory=_no_filters)
    is_filtered: bool = False
    export: str = ""

    @rx.event
    @answers
    async def load(self) -> AsyncIterator[Sent]:
        """Show the newest messages that the address asks for, and the one that it names."""
        given = self.router.url.query_parameters
        self.filters = {name: given.get(name, "")[:40] for name in _FILTERS}
        self._from_start()
        await self._show_page()
        yield None
        named = given.get("message", "")
        if named:
            if not (named.isascii() and named.isdigit() and len(named) < 19):
                raise NotFound(say("There is no such message."))
            yield cast(Any, MessageSheetState.show)(int(named))

    @rx.event
    @answers
    async def reload(self) -> None:
        """Show the same page again, as it is now."""
        await self._show_page()

    @rx.event(supersedes=True)
    @answers
    async def narrow(self, name: str, value: str) -> AsyncIterator[Sent]:
        """Set one filter; a newer one stops an older search."""
        kind = _FILTERS.get(checked(_Phone, name))
        if kind is None:
            raise Invalid(say("There is no such filter."))
        self.filters = {**self.filters, name: checked(kind, value)}
        self._from_start()
        await self._show_page()
        yield keep_in_address(PATH, self.filters)

    @rx.event
    @answers
    async def clear(self) -> AsyncIterator[Sent]:
        """Show all messages."""
        self.filters = _no_filters()
        self._from_start()
        await self._show_page()
        yield keep_in_address(PATH, {})

    async def _read(self) -> None:
        asked = {name: value for name, value in self.filters.items() if value}
        self.is_filtered = bool(asked)
        page = await call(
            message_log.listing,
            phone=asked.get("phone"),
            status=asked.get("status"),
            kind=asked.get("kind"),
            cursor=self._cursors[-1],
        )
        zone = (await call(shops.get)).timezone
        self.rows = [log_line(row, zone) for row in page.items]
        self._turned(page.next_cursor)
        self.shown = shown(page.total, page.total_is_exact)
        self.export = "/api/messages?" + urlencode({"format": "csv", **asked})
