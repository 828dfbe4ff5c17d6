"""What the simulator accepted, in memory, the oldest forgotten first."""

from __future__ import annotations

import uuid
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

DELIVERED = 0
SILENT = -1
FAILURES = (
    "Unknown subscriber",
    "Absent subscriber",
    "Handset memory full",
    "Blocked by the operator",
)
_SLACK = 0.05


class Item(NamedTuple):
    """One valid message of a request."""

    destination: str
    sender: str
    text: str
    reference: str | None


class Message:
    """An accepted message.  Times are seconds since the epoch.

    ``fate`` is DELIVERED, SILENT (never settled), or the number of a failure from 1.
    """

    __slots__ = (
        "accepted_at",
        "destination",
        "fate",
        "reference",
        "sender",
        "seq",
        "text",
        "until",
    )

    def __init__(self, seq: int, item: Item, fate: int, accepted_at: float, until: float) -> None:
        self.seq = seq
        self.destination, self.sender, self.text, self.reference = item
        self.fate = fate
        self.accepted_at = accepted_at
        self.until = until

    @property
    def at(self) -> float:
        return self.accepted_at

    @property
    def settled_status(self) -> str:
        """What becomes of it in the end, in Mitto's words."""
        if self.fate == SILENT:
            return "Sent"
        return "Delivered" if self.fate == DELIVERED else "Failure"

    @property
    def description(self) -> str:
        """The reason beside the settled status."""
        return FAILURES[self.fate - 1] if self.fate > 0 else "Message delivered to handset"

    def status(self, now: float) -> str:
        """Its delivery status at ``now``."""
        return self.settled_status if now >= self.until else "Sent"


class Reply:
    """What a shopper wrote.  ``state`` is ``sending``, ``received`` or ``refused``."""

    __slots__ = ("at", "message_id", "number", "reason", "state", "text", "to")

    def __init__(self, number: str, to: str, text: str, at: float) -> None:
        self.number = number
        self.to = to
        self.text = text
        self.at = at
        self.message_id = str(uuid.uuid4())
        self.state = "sending"
        self.reason = ""


class Phone:
    """Everything one number received and wrote, oldest first."""

    __slots__ = ("bubbles", "number")

    def __init__(self, number: str) -> None:
        self.number = number
        self.bubbles: list[Message | Reply] = []


class Store:
    """At most ``limit`` messages, found by id, by time and by phone.

    Ids look like UUIDs: a prefix drawn once per run and the message's number, so no index
    of ids is kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._prefix = str(uuid.uuid4())[:24]
        self._messages: list[Message] = []
        self._next = 1
        self._last_at = 0.0
        self._phones: dict[str, Phone] = {}

    def __len__(self) -> int:
        return len(self._messages)

    def message_id(self, message: Message) -> str:
        """The provider's id of ``message``."""
        return f"{self._prefix}{message.seq:012x}"

    def add(
        self, items: Iterable[Item], fates: Iterable[int], now: float, delay: float
    ) -> list[Message]:
        """Keep ``items`` as accepted ``now``, to settle after ``delay`` seconds."""
        # To the microsecond, which is what listings show and `since` reads back.
        self._last_at = now = max(round(now, 6), self._last_at)
        until = now + delay
        added = [
            Message(seq, item, fate, now, until)
            for seq, (item, fate) in enumerate(zip(items, fates, strict=True), self._next)
        ]
        self._next += len(added)
        self._messages += added
        for message in added:
            self._bring_up(message.destination).bubbles.append(message)
        if len(self._messages) > self._limit * (1 + _SLACK):
            self._forget(len(self._messages) - self._limit)
        return added

    def add_reply(self, reply: Reply) -> None:
        """Keep what a shopper wrote on their phone."""
        self._last_at = reply.at = max(reply.at, self._last_at)
        self._bring_up(reply.number).bubbles.append(reply)

    def get(self, message_id: str) -> Message | None:
        """The message of that id, None where there is none (any more)."""
        seq = self._seq_of(message_id)
        if seq is None or not self._messages:
            return None
        index = seq - self._messages[0].seq
        return self._messages[index] if 0 <= index < len(self._messages) else None

    def after(self, message_id: str) -> list[Message]:
        """What was accepted after that message; everything where the id is from another run."""
        seq = self._seq_of(message_id)
        if seq is None or not self._messages:
            return list(self._messages)
        return self._messages[max(0, seq + 1 - self._messages[0].seq) :]

    def since(self, at: float) -> list[Message]:
        """What was accepted at ``at`` or later."""
        return self._messages[bisect_left(self._messages, at, key=lambda m: m.accepted_at) :]

    def phone(self, number: str) -> Phone | None:
        """The phone of that E.164 number, None where nothing was sent to it."""
        return self._phones.get(number)

    def phones(self) -> Iterator[Phone]:
        """All phones, the one with the newest bubble first."""
        return reversed(self._phones.values())

    def phone_count(self) -> int:
        """How many phones there are."""
        return len(self._phones)

    def clear(self) -> None:
        """Forget everything.  Ids go on from where they were, so none is ever given twice."""
        self._messages = []
        self._phones = {}

    def _seq_of(self, message_id: str) -> int | None:
        if not message_id.startswith(self._prefix):
            return None
        try:
            return int(message_id[24:], 16)
        except ValueError:
            return None

    def _bring_up(self, number: str) -> Phone:
        # A dict keeps the order of insertion: taken out and put back, the phone is the newest.
        phone = self._phones.pop(number, None) or Phone(number)
        self._phones[number] = phone
        return phone

    def _forget(self, count: int) -> None:
        gone, self._messages = self._messages[:count], self._messages[count:]
        first = self._messages[0]
        for number in {message.destination for message in gone}:
            phone = self._phones[number]
            phone.bubbles = [b for b in phone.bubbles if _outlives(b, first)]
            if not phone.bubbles:
                del self._phones[number]


def _outlives(bubble: Message | Reply, first: Message) -> bool:
    if isinstance(bubble, Message):
        return bubble.seq >= first.seq
    return bubble.at >= first.accepted_at
