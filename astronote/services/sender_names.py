"""Sender names: a shop must not pretend to be a bank, so an operator approves its name.

Approval is of one name: a changed one asks again. Until then nothing leaves under it; a
test goes out under the installation's own name.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import Conflict, Invalid
from astronote.models import Shop
from astronote.services.shops import ShopRow
from astronote.settings import settings
from astronote.words import Sentence, say

LONGEST_REASON = 300


@dataclass(frozen=True)
class Waiting:
    """A name that waits for an operator; ``asked_at`` is UTC."""

    shop_id: int
    shop_name: str
    sender_name: str
    asked_at: datetime


def refusal(shop: ShopRow) -> Sentence | None:
    """Why nothing may leave under the shop's name; None where it may."""
    if not shop.sender_name or shop.sender_approved_at is not None:
        return None
    if not settings().sender_approval_required:
        return None
    if shop.sender_refusal:
        return say(
            "The sender name {name} was refused: {reason}",
            name=shop.sender_name,
            reason=shop.sender_refusal,
        )
    return say("The sender name {name} has not been approved yet.", name=shop.sender_name)


def waiting(session: Session) -> list[Waiting]:
    """Names to look at, the one that waits longest first; a system transaction."""
    found = session.execute(
        sa.select(col(Shop.id), col(Shop.name), col(Shop.sender_name), _asked_at())
        .where(
            col(Shop.sender_name) != "",
            col(Shop.sender_approved_at).is_(None),
            col(Shop.sender_refusal) == "",
        )
        .order_by(_asked_at(), col(Shop.id))
        .limit(200)
    )
    return [Waiting(*row) for row in found]


def approve(shop: Shop, name: str) -> None:
    """Let ``shop`` send under ``name``.

    Raises:
        Conflict: ``name_changed`` where it has another name by now; ``no_sender_name``.
    """
    _check_is(shop, name)
    shop.sender_approved_at, shop.sender_refusal = clock.now(), ""


def refuse(shop: Shop, name: str, reason: str) -> None:
    """Do not let ``shop`` send under ``name``; it reads the reason.

    Raises:
        Conflict: ``name_changed``, ``no_sender_name``.
        Invalid: no reason, or one that is too long.
    """
    _check_is(shop, name)
    shop.sender_approved_at, shop.sender_refusal = None, check_reason(reason)


def check_reason(reason: str) -> str:
    """A sentence for a shop, trimmed.

    Raises:
        Invalid: it is empty or too long.
    """
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid(
            say("Write a reason of at most {n} characters.", n=LONGEST_REASON), field="reason"
        )
    return reason


def _check_is(shop: Shop, name: str) -> None:
    if not shop.sender_name:
        raise Conflict("The shop has no sender name.", code="no_sender_name")
    if shop.sender_name != name:
        raise Conflict("The shop has changed its name since.", code="name_changed")


def _asked_at() -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(col(Shop.sender_asked_at), col(Shop.created_at))
