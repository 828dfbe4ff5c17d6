"""Messages in words: what the log, a contact's page and the sheet of one say alike."""

import dataclasses
from typing import Final, Literal

from astronote.services.message_log import MessageRow, Step
from astronote.services.part_counts import DIFFERS
from astronote.state.campaigns_words import plain_reason
from astronote.state.words import ago, counted, exact, number, tr

STATUSES: Final = {
    "queued": "Waiting",
    "sending": "Being sent",
    "sent": "Sent",
    "delivered": "Delivered",
    "failed": "Failed",
    "unknown": "Unknown",
    "expired": "Expired",
    "skipped": "Skipped",
}
KINDS: Final = {
    "campaign": "Campaign",
    "welcome": "Welcome",
    "birthday": "Birthday",
    "direct": "Inbox reply",
    "test": "Test",
    "confirmation": "Confirmation",
    "help": "Answer to HELP",
}
_STEPS: Final = STATUSES | {
    "resolved": "The provider said what became of it",
    "late_receipt": "A receipt came late",
    "parts_differ": "The provider counted other parts",
    "redacted": "Erased with its recipient",
}

Status = Literal[
    "", "queued", "sending", "sent", "delivered", "failed", "unknown", "expired", "skipped"
]
Kind = Literal["", "campaign", "welcome", "birthday", "direct", "test", "confirmation", "help"]
"""For ``checked``: a filter's value, '' for all."""


@dataclasses.dataclass(frozen=True)
class LogLine:
    """A message as a table shows it."""

    id: int
    phone: str
    kind: str
    status: str
    status_words: str
    reason: str
    text: str
    cost: str
    parts: str
    at: str
    at_exact: str


@dataclasses.dataclass(frozen=True)
class StepLine:
    """A moment of a message's history."""

    words: str
    at: str


def log_line(row: MessageRow, zone: str) -> LogLine:
    """A message in one line; its time is that of the last thing that happened to it."""
    last = row.history[-1].at if row.history else row.created_at
    return LogLine(
        id=row.id,
        phone=row.phone or tr("Erased"),
        kind=tr(KINDS.get(row.kind, row.kind)),
        status=row.status,
        status_words=status_name(row.status),
        reason=plain_reason(row.failure_reason or ""),
        text=row.text or tr("Erased"),
        cost=cost(row),
        parts=number(row.parts),
        at=ago(last),
        at_exact=exact(last, zone),
    )


def status_name(status: str) -> str:
    """A status of one message. Greek has a word for one beside that for many, under the code;
    the filters and figures have the one for many."""
    of_one = tr(status)
    return of_one if of_one != status else STATUSES.get(status, status)


def cost(row: MessageRow) -> str:
    """How long it is and what it costs: "2 parts, 1 credit"."""
    return f"{counted(row.parts, 'part', 'parts')}, {counted(row.credits, 'credit', 'credits')}"


def steps(row: MessageRow, zone: str) -> list[StepLine]:
    """Its history, oldest first, with exact times in the IANA zone ``zone``."""
    return [StepLine(_step(row, step), exact(step.at, zone)) for step in row.history]


def _step(row: MessageRow, step: Step) -> str:
    if step.status == DIFFERS and step.note.isdigit():
        theirs = counted(int(step.note), "part", "parts")
        return tr(
            "The provider counted {theirs}, not {ours}", theirs=theirs, ours=number(row.parts)
        )
    if step.status in STATUSES:
        return status_name(step.status)
    return tr(_STEPS[step.status]) if step.status in _STEPS else plain_reason(step.status)


def shown(total: int, is_exact: bool) -> str:
    """How many there are: "12 messages", "More than 10,000 messages"."""
    words = counted(total, "message", "messages")
    return words if is_exact else tr("More than {number}", number=words)
