"""The welcome to the people of an import, where the merchant ticks it.

It is queued in the transaction that completes the import, so that it goes out once or,
where the import did not complete, not at all.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from astronote.errors import AstronoteError, Conflict, Unavailable
from astronote.services import automations, launching, shops, wallet, welcomes
from astronote.services.messages import credits_of

_LONG_NAME = "x" * 20


@dataclass(frozen=True)
class WelcomeCost:
    """What welcoming everybody in a file could come to, and what there is."""

    is_on: bool
    most_messages: int
    most_credits: int
    available: int


@dataclass(frozen=True)
class Welcomed:
    """What an import's welcome came to; ``refusal`` says why it was not sent."""

    messages: int = 0
    credits: int = 0
    refusal: str = ""


def cost(session: Session, shop_id: int, rows: int) -> WelcomeCost:
    """The most that welcoming the people of ``rows`` rows costs; nothing is sent."""
    available = wallet.balance(session, shop_id).available
    automation = automations.active(session, shop_id, automations.WELCOME)
    if automation is None:
        return WelcomeCost(False, 0, 0, available)
    composer = automations.composer(session, shops.get(session, shop_id), automation)
    parts = composer.draft(_LONG_NAME, _LONG_NAME).parts
    return WelcomeCost(True, rows, credits_of(parts * rows, rows), available)


def require_possible(session: Session, shop_id: int) -> None:
    """Refuse the tick where no welcome could be sent at all.

    Raises:
        Conflict: ``welcome_inactive``, ``sender_not_approved``.
        PaymentRequired: ``subscription_inactive``.
    """
    if automations.active(session, shop_id, automations.WELCOME) is None:
        raise Conflict(
            "Your welcome message is off. Switch it on under Automations first.",
            code="welcome_inactive",
            field="sendWelcome",
        )
    launching.require_may_send(session, shops.get(session, shop_id))


def send(session: Session, shop_id: int, job_id: int) -> Welcomed:
    """Queue the welcome of everybody whom the import made; a closed gate is no error."""
    try:
        with session.begin_nested():
            require_possible(session, shop_id)
            queued = welcomes.welcome_imported(session, shop_id, job_id)
    except Unavailable:
        raise
    except AstronoteError as refusal:
        return Welcomed(refusal=refusal.detail)
    return Welcomed(queued.messages, queued.credits)


def read(options: dict[str, Any]) -> Welcomed | None:
    """What :func:`send` came to, as the import keeps it; None where none was asked for."""
    kept = options.get("welcomed")
    return Welcomed(**kept) if isinstance(kept, dict) else None
