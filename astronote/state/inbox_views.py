"""Conversations and what was said in them, in words."""

import dataclasses
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from astronote.services.inbox import Conversation, Entry, Thread
from astronote.state.campaigns_words import plain_reason
from astronote.state.words import ago, exact, number, tr, written
from astronote.words import say

SHORT: Final = 90
KINDS: Final = {
    "campaign": say("Campaign"),
    "welcome": say("Welcome message"),
    "birthday": say("Birthday message"),
    "confirmation": say("Confirmation"),
    "help": say("Answer to HELP"),
}
STATUSES: Final = {
    "queued": say("Waiting"),
    "sending": say("On its way"),
    "sent": say("Sent to the phone"),
    "delivered": say("Delivered to the phone"),
    "failed": say("Not delivered"),
    "unknown": say("Outcome unknown"),
    "expired": say("Expired"),
    "skipped": say("Not sent"),
}
_GAP: Final = timedelta(hours=1)


@dataclasses.dataclass(frozen=True)
class ConversationLine:
    """A conversation in the list; ``key`` is ``c`` and a contact's id, or ``t`` and a
    text's where no contact has the phone."""

    key: str
    name: str
    text: str
    at: str
    at_exact: str
    unread: str
    marked: bool


@dataclasses.dataclass(frozen=True)
class EntryLine:
    """A bubble; ``day`` is the line above it, '' where it follows shortly."""

    key: str
    direction: str
    label: str
    text: str
    day: str
    at: str
    status: str
    status_words: str
    marked: bool


def with_whom(row: Conversation) -> str:
    """The name, or the phone of somebody without one."""
    return row.name or row.phone


def line(row: Conversation, zone: str) -> ConversationLine:
    """A conversation as the list shows it."""
    text = " ".join(row.last_text.split())
    text = text if len(text) <= SHORT else text[: SHORT - 1] + "…"
    return ConversationLine(
        key=f"c{row.contact_id}" if row.contact_id else f"t{row.last_id}",
        name=with_whom(row),
        text=tr("You: {text}", text=text) if row.last_direction == "out" else text,
        at=ago(row.last_at),
        at_exact=exact(row.last_at, zone),
        unread=number(row.unread) if row.unread else "",
        marked=row.marked,
    )


def entries(found: Thread, zone: str) -> list[EntryLine]:
    """The bubbles of a conversation."""
    shown, before = [], None
    for entry in found.entries:
        apart = before is None or entry.at - before > _GAP
        shown.append(_bubble(entry, zone, apart))
        before = entry.at
    return shown


def _bubble(entry: Entry, zone: str, apart: bool) -> EntryLine:
    local = entry.at.astimezone(ZoneInfo(zone))
    status = entry.status or ""
    reason = f": {plain_reason(entry.failure_reason)}" if entry.failure_reason else ""
    return EntryLine(
        key=f"{entry.kind}{entry.id}",
        direction=entry.direction,
        label=tr(KINDS[entry.kind]) if entry.kind in KINDS else "",
        text=entry.text,
        day=written(local, "EEEE d MMMM y, HH:mm") if apart else "",
        at=exact(entry.at, zone),
        status=status,
        status_words=(tr(STATUSES[status]) if status in STATUSES else "") + reason,
        marked=entry.marked,
    )
