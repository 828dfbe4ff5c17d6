"""What a message and a campaign may become: two tables, asked by everything.

The source is `spec/data-model.md`.
"""

from astronote.errors import Conflict
from astronote.words import say

MESSAGE_MAY_BECOME: dict[str, frozenset[str]] = {
    "queued": frozenset({"sending", "skipped"}),
    "sending": frozenset({"sent", "failed", "unknown", "queued"}),
    "unknown": frozenset({"sent", "delivered", "failed", "expired"}),
    "sent": frozenset({"delivered", "failed"}),
    "failed": frozenset({"delivered"}),
    "expired": frozenset({"delivered"}),
    "delivered": frozenset(),
    "skipped": frozenset(),
}

CAMPAIGN_MAY_BECOME: dict[str, frozenset[str]] = {
    "draft": frozenset({"scheduled", "sending"}),
    "scheduled": frozenset({"draft", "sending", "missed", "failed", "cancelled"}),
    "sending": frozenset({"paused", "completed", "cancelled"}),
    "paused": frozenset({"sending", "cancelled"}),
    "missed": frozenset({"draft", "scheduled", "sending", "cancelled"}),
    "failed": frozenset({"draft", "scheduled", "sending", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}

EDITABLE = frozenset({"draft", "scheduled", "missed", "failed"})
"""Campaigns whose text, audience and schedule may still change."""

ACCEPTED = frozenset({"sent", "delivered", "failed"})
"""Message statuses the provider may have accepted; see ``sent_at`` for whether it did."""


def message_may(current: str, target: str) -> bool:
    """Whether a message in ``current`` may become ``target``."""
    return target in MESSAGE_MAY_BECOME[current]


def campaign_may(current: str, target: str) -> bool:
    """Whether a campaign in ``current`` may become ``target``."""
    return target in CAMPAIGN_MAY_BECOME[current]


def check_campaign(current: str, target: str) -> None:
    """Refuse what the table does not allow.

    Raises:
        Conflict: ``invalid_state``.
    """
    if not campaign_may(current, target):
        raise Conflict(
            say(
                "A campaign that is {now} cannot become {wanted}.",
                now=say(current),
                wanted=say(target),
            ),
            code="invalid_state",
        )


def sources(target: str) -> frozenset[str]:
    """The message statuses from which ``target`` may be reached."""
    return frozenset(s for s, targets in MESSAGE_MAY_BECOME.items() if target in targets)
