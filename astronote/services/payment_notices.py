"""Telling a shop's owners that a payment was refunded or disputed, and what became of it."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote.services import notices
from astronote.services.notices import Letter, Owner
from astronote.words import say, translate

_WHAT: Final = {
    "refund": say("Money of a payment was returned to you."),
    "dispute_open": say(
        "The bank of your card disputes a payment of yours and has taken the money back for now."
    ),
    "dispute_won": say("A dispute about a payment has ended: the payment counts again."),
    "dispute_lost": say("A dispute about a payment has ended: the money stays with the bank."),
}


@dataclass(frozen=True)
class PaymentNotice:
    """What is to be told of a payment; ``what`` as in ``payment.news``."""

    shop_id: int
    payment_id: int
    shop: str
    what: str
    taken: int
    short: int
    owners: tuple[Owner, ...]


def untold(session: Session, at_most: int = 50) -> list[tuple[int, int]]:
    """Shop and id of payments whose owners are to be told; a system transaction."""
    return [(row.shop_id, row.id) for row in session.execute(_UNTOLD, {"most": at_most})]


def take(session: Session, shop_id: int, payment_id: int) -> PaymentNotice | None:
    """Take it on to tell the owners; None where somebody else has."""
    named = {"shop": shop_id, "payment": payment_id}
    found = session.execute(_HOLD, named).one_or_none()
    if found is None:
        return None
    session.execute(_TOLD, named)
    return PaymentNotice(
        shop_id,
        payment_id,
        " ".join(found.shop.split()),
        found.news,
        found.taken_credits,
        found.short_credits,
        notices.owners(session, shop_id),
    )


def put_back(session: Session, notice: PaymentNotice) -> None:
    """It could not be told: try again later, unless there is newer news by then."""
    named = {"shop": notice.shop_id, "payment": notice.payment_id, "news": notice.what}
    session.execute(_PUT_BACK, named)


def letters(notice: PaymentNotice) -> list[Letter]:
    """One letter to each owner, in the owner's language."""
    subject = say("{shop}: news of a payment", shop=notice.shop)
    taken = say(
        "Credits taken back for it: {taken}. Credits that had been used already: {short}.",
        taken=notice.taken,
        short=notice.short,
    )
    made = []
    for owner in notice.owners:
        parts = [
            translate(_WHAT[notice.what], owner.language),
            translate(taken, owner.language),
            f"{notices.app()}/app/billing",
        ]
        text = "\n\n".join(parts)
        made.append(Letter(owner.email, translate(subject, owner.language), f"{text}\n"))
    return made


_UNTOLD = sa.text("""
    SELECT shop_id, id FROM payment
    WHERE news <> '' AND reversed_at IS NOT NULL ORDER BY reversed_at LIMIT :most
""")

_HOLD = sa.text("""
    SELECT p.news, p.taken_credits, p.short_credits, s.name AS shop
    FROM payment p JOIN shop s ON s.id = p.shop_id
    WHERE p.shop_id = :shop AND p.id = :payment AND p.news <> '' FOR UPDATE OF p SKIP LOCKED
""")

_TOLD = sa.text("UPDATE payment SET news = '' WHERE shop_id = :shop AND id = :payment")

_PUT_BACK = sa.text("""
    UPDATE payment SET news = :news WHERE shop_id = :shop AND id = :payment AND news = ''
""")
