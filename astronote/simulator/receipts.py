"""Delivery receipts: what is owed for a request, and how one is written down."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from astronote.simulator.sms import parts_of
from astronote.simulator.store import SILENT, Message, Store

# How long after the first copy the second one of `duplicated` comes.
DUPLICATE_AFTER = 0.3
_LARGEST_GROUP = 50


class Receipt(NamedTuple):
    """One receipt to post: ``at`` is when the status came about, in seconds since the epoch."""

    message: Message
    status: str
    at: float


Planned = list[tuple[float, list[Receipt]]]


def plan(messages: list[Message], mode: str, delay: float, dice: random.Random) -> Planned:
    """The receipts of one accepted request, as (seconds from now, receipts).

    ``duplicated``: each comes twice.  ``shuffled``: each message also gets a ``Buffered`` one,
    and all come in any order over twice the delay, so that stale ones arrive last.
    """
    if mode == "off":
        return []
    final = [Receipt(m, m.settled_status, m.until) for m in messages if m.fate != SILENT]
    if mode == "shuffled":
        return _shuffled(final, delay, dice)
    if not final:
        return []
    planned = [(delay, final)]
    if mode == "duplicated":
        planned.append((delay + DUPLICATE_AFTER, final))
    return planned


def _shuffled(final: list[Receipt], delay: float, dice: random.Random) -> Planned:
    buffered = [Receipt(r.message, "Buffered", r.message.accepted_at) for r in final]
    receipts = final + buffered
    dice.shuffle(receipts)
    planned: Planned = []
    while receipts:
        size = dice.randint(1, _LARGEST_GROUP)
        planned.append((dice.uniform(0, 2 * delay + 0.3), receipts[:size]))
        del receipts[:size]
    return planned


def describe(store: Store, message: Message, status: str, at: float) -> dict[str, Any]:
    """A message's delivery as Mitto words it, in receipts and look-ups alike."""
    described: dict[str, Any] = {
        "messageId": store.message_id(message),
        "deliveryStatus": status,
        "description": message.description if status == message.settled_status else "",
        "updatedAt": iso(at),
        "messageParts": parts_of(message.text),
    }
    if message.reference is not None:
        described["reference"] = message.reference
    return described


def encode(store: Store, receipt: Receipt) -> bytes:
    """One receipt as JSON."""
    return orjson.dumps(describe(store, *receipt))


def iso(at: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, to the microsecond, so that it reads back."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
