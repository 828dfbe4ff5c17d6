"""The inbox: conversations at the left, one of them at the right, both kept up to date."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, cast

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from astronote.errors import NotFound, Refused, Unavailable
from astronote.services import external_links, inbox, messages, replies, shops, sms_text
from astronote.services.campaigns import MAX_TEXT
from astronote.services.inbox import Conversation, Thread
from astronote.state import identity
from astronote.state.address import keep_in_address
from astronote.state.base import Sent, answers, call, call_outside, checked, field_messages
from astronote.state.inbox_views import ConversationLine, EntryLine, entries, line, with_whom
from astronote.state.keyset import Keyset
from astronote.state.loaded import Loaded
from astronote.state.shell import ShellState
from astronote.state.words import counted, said, tr

PAGE: Final = 30
LIVE_SECONDS: Final = 3.0

_KEY: Final = re.compile(r"([ct])([1-9][0-9]{0,17})")
_Key = Annotated[str, Field(max_length=20)]
_Typed = Annotated[str, Field(max_length=MAX_TEXT * 2)]


@dataclasses.dataclass(frozen=True)
class _Seen:
    """Everything that the page shows of the database."""

    pulse: inbox.Pulse
    zone: str
    rows: list[Conversation]
    total: str
    after: str | None
    sender: str
    can_receive: bool


class InboxState(Loaded, Keyset, rx.State):
    """Loaded with the page."""

    rows: rx.Field[list[ConversationLine]] = rx.field(default_factory=list)
    sender: str = ""
    can_receive: bool = True
    key: str = ""
    name: str = ""
    phone: str = ""
    contact_id: int = 0
    is_subscribed: bool = False
    entries: rx.Field[list[EntryLine]] = rx.field(default_factory=list)
    draft: str = ""
    size: str = ""
    writes_first: bool = False
    reply_error: str = ""
    working: bool = False
    _drafts: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    _pulse: rx.Field[list[int]] = rx.field(default_factory=list)
    _pending: bool = False

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page with what its address asks for."""
        wanted = self.router.url.query_parameters.get("with", "")
        self._from_start()
        if wanted != self.key:
            self._forget()
        if _KEY.fullmatch(wanted):
            try:
                await self._open(wanted)
            except NotFound:
                self._forget()
        await self._show_page()

    @rx.event
    @answers
    async def open(self, key: str) -> Sent:
        """Show one conversation."""
        await self._open(checked(_Key, key))
        await self._show_page()
        return keep_in_address("/app/inbox", {"with": self.key})

    @rx.event
    @answers
    async def back(self) -> Sent:
        """To the list, on a phone."""
        self._forget()
        return keep_in_address("/app/inbox", {})

    @rx.event
    @answers
    async def typed(self, text: str) -> None:
        """Keep the answer that is being written, and say how long it is."""
        self._keep(checked(_Typed, text))

    @rx.event
    @answers
    async def reply(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Send the answer."""
        text = checked(_Typed, checked(dict[str, Any], form).get("text", self.draft))
        self._keep(text)
        if not self.contact_id or self.working:
            return
        self.working, self.reply_error = True, ""
        yield None
        try:
            who = identity.current()
            await call_outside(external_links.fetch_for_reply, text)
            await call(replies.reply, self.contact_id, text, created_by=who.user_id)
        except Refused as error:
            self.reply_error = field_messages(error).get("text") or said(error.detail)
            return
        finally:
            self.working = False
        self._keep("")
        await self._open(self.key)
        await self._show_page()
        # It has cost credits, and the frame shows how many are left.
        yield cast(Sent, ShellState.load)

    @rx.event(background=True)
    @answers
    async def watch(self) -> None:
        """Keep both sides up to date until the page is left."""
        while True:
            await asyncio.sleep(LIVE_SECONDS)
            try:
                found = await call(inbox.pulse)
            except Unavailable:
                continue
            async with self:
                if [found.last_id, found.unread] == self._pulse and not self._pending:
                    continue
                if self.key:
                    await self._open(self.key)
                await self._show_page()

    def _forget(self) -> None:
        self.key, self.name, self.phone, self.contact_id = "", "", "", 0
        self.entries, self.is_subscribed, self._pending = [], False, False
        self.draft, self.size, self.reply_error = "", "", ""

    async def _open(self, key: str) -> None:
        """Show a conversation and note that it was read.

        Raises:
            NotFound: the shop has none of this key.
        """
        found, zone = await call(_look, key)
        self.writes_first = not any(entry.direction == "in" for entry in found.entries)
        if key != self.key:
            self.reply_error = ""
            self.key = key
            self._keep(self._drafts.get(key, ""))
        head = found.conversation
        self.name, self.phone = with_whom(head), head.phone
        self.contact_id, self.is_subscribed = head.contact_id or 0, head.is_subscribed
        shown = entries(found, zone)
        if shown != list(self.entries):
            self.entries = shown
        self._pending = any(
            entry.status in ("queued", "sending", "sent") for entry in found.entries
        )

    def _keep(self, text: str) -> None:
        self.draft = text
        drafts = {key: kept for key, kept in self._drafts.items() if key != self.key}
        self._drafts = {**drafts, self.key: text} if text.strip() else drafts
        self.size = _size(text)
        if self.size and self.writes_first:
            self.size = tr("{size}, plus the line to unsubscribe", size=self.size)
        self.reply_error = ""

    async def _read(self) -> None:
        found = await call(_see, self._cursors[-1])
        rows = [line(row, found.zone) for row in found.rows]
        if rows != list(self.rows):
            self.rows = rows
        self._pulse = [found.pulse.last_id, found.pulse.unread]
        self._turned(found.after)
        self.shown = found.total
        self.sender, self.can_receive = found.sender, found.can_receive
        shell = await self.get_state(ShellState)
        shell.unread = found.pulse.unread


def _see(session: Session, shop_id: int, cursor: str | None) -> _Seen:
    page = inbox.listing(session, shop_id, limit=PAGE, cursor=cursor)
    shop = shops.get(session, shop_id)
    more = "" if page.total_is_exact else " +"
    return _Seen(
        pulse=inbox.pulse(session, shop_id),
        zone=shop.timezone,
        rows=list(page.items),
        total=counted(page.total, "conversation", "conversations") + more,
        after=page.next_cursor,
        sender=replies.sender_of(shop),
        can_receive=replies.can_receive(shop),
    )


def _look(session: Session, shop_id: int, key: str) -> tuple[Thread, str]:
    """The conversation of a key, which is read by being shown."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise NotFound("There is no such conversation.")
    find = inbox.thread if found[1] == "c" else inbox.thread_of
    thread = find(session, shop_id, int(found[2]))
    inbox.mark_read(session, shop_id, thread)
    return thread, shops.get(session, shop_id).timezone


def _size(text: str) -> str:
    if not text.strip():
        return ""
    found = sms_text.analyse(text)
    cost = messages.credits_of(found.parts)
    return ", ".join(
        (
            counted(found.characters, "character", "characters"),
            counted(found.parts, "part", "parts"),
            counted(cost, "credit", "credits"),
        )
    )
