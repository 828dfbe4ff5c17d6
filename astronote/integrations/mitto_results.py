"""What sending may answer: one of six results, so that a caller decides for each of them.

Accepted   the provider has them; ids in the order sent
NotSent    the connection was never made
Throttled  too fast; nothing accepted
Rejected   some are refused by name; nothing accepted
Refused    the whole request is refused; nothing accepted
Unknown    it may have accepted them and did not say so
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outgoing:
    """One SMS to send; ``phone`` is E.164, ``reference`` our own id of the message."""

    phone: str
    sender: str
    text: str
    reference: str


@dataclass(frozen=True)
class Accepted:
    """The provider has every message; ``ids`` in the order sent."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class NotSent:
    """The connection was never made."""

    reason: str


@dataclass(frozen=True)
class Throttled:
    """Nothing was accepted; ``retry_after`` is in seconds."""

    retry_after: float


@dataclass(frozen=True)
class Rejected:
    """Nothing was accepted, because of the messages at these indexes, each with its reason."""

    reasons: dict[int, str]


@dataclass(frozen=True)
class Refused:
    """Nothing was accepted; ``auth`` where our key is not taken."""

    reason: str
    auth: bool


@dataclass(frozen=True)
class Unknown:
    """Whether the provider accepted the messages cannot be told."""

    reason: str


Result = Accepted | NotSent | Throttled | Rejected | Refused | Unknown
