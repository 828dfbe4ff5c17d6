"""Conversations and what was said in them, in words."""

import dataclasses
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from astronote.services.inbox import Conversation, Entry, Thread
from astronote.state.campaigns_words import plain_reason
from astronote.state.words import ago, exact, number

SHORT: Final = 90
KINDS: Final = {
    "campaign": "Campaign",
    "welcome": "Welcome message",
    "birthday": "Birthday message",
    "confirmation": "Confirmation",
    "help": "Answer to HELP",
}
STATUSES: Final = {
    "queued": "Waiting",
    "sending": "Being sent",
    "sent": "Sent",
    "delivered": "Delivered",
    "failed": "Not delivered",
    "unknown": "Unknown",
    "expired": "Expired",
    "skipped": "Not sent",
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
    own = "You: " if row.last_direction == "out" else ""
    text = " ".join(row.last_text.split())
    return ConversationLine(
        key=f"c{row.contact_id}" if row.contact_id else f"t{row.last_id}",
        name=with_whom(row),
        text=own + (text if len(text) <= SHORT else text[: SHORT - 1] + "…"),
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
        label=KINDS.get(entry.kind, ""),
        text=entry.text,
        day=f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}" if apart else "",
        at=exact(entry.at, zone),
        status=status,
        status_words=STATUSES.get(status, "") + reason,
        marked=entry.marked,
    )
