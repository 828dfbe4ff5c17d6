"""Refunds and disputes: what a shop gets back takes its credits along, as far as they are there.

A payment keeps how much of it was refunded, and what became of each dispute. The credits to
take are reckoned from that alone, so events may come in any order and any number of times:
the part of the credits that the returned part of the money bought, in whole credits, rounded
in the shop's favour. A disputed sum counts as returned while the dispute is open (the bank has
taken it) and when it is lost; when it is won, what was taken for it comes back.

Only what is free to spend is taken: what is spent or reserved for messages on their way stays
where it is, and what is missing is noted for the operator. Nothing is taken later on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.jobs import enqueue
from astronote.models import AuditEvent, Payment, Shop, Subscription
from astronote.services import disputes, wallet
from astronote.services.disputes import Standing
from astronote.services.payments import Unexpected
from astronote.words import say

TELL: Final = "billing.tell_owners"
SHOWN: Final = 50
ACTOR: Final = "stripe"
"""The actor of what the payment provider told."""


@dataclass(frozen=True)
class Reversal:
    """A payment of which money went back, as the operator sees it; amounts in cents.

    ``short`` credits had been spent or reserved and could not be taken.
    """

    payment_id: int
    shop_id: int
    shop: str
    at: datetime
    kind: str
    credits: int
    total_cents: int
    currency: str
    refunded_cents: int
    dispute: Standing
    taken: int
    short: int


def refunded(session: Session, charge: dict[str, Any]) -> bool:
    """Take in how much of a charge has been refunded in all; a system transaction.

    Returns:
        Whether the charge is one of ours.

    Raises:
        Unexpected: it is a customer's of ours, and pays for nothing that is known.
    """
    payment = _of_intent(session, charge.get("payment_intent"))
    if payment is None:
        if _is_customer(session, charge.get("customer")):
            raise Unexpected("A payment that is not known was refunded.")
        return False
    cents = min(int(charge["amount_refunded"]), payment.total_cents)
    # Of two events the one that came later may be the older.
    if cents > payment.refunded_cents:
        payment.refunded_cents = cents
        _note(session, payment, "refund", {"cents": cents})
    return True


def disputed(session: Session, dispute: dict[str, Any], at: int) -> bool:
    """Take in what Stripe says of a dispute; ``at`` is when it said so, in seconds.

    A system transaction. Returns whether it is about a payment of ours.
    """
    payment = _of_intent(session, dispute.get("payment_intent"))
    if payment is None:
        return False
    known = payment.disputes.get(dispute["id"])
    fresh = {
        "standing": disputes.standing_of(dispute["status"]),
        "cents": int(dispute["amount"]),
        "at": at,
    }
    if known is None or disputes.is_newer(fresh, known):
        payment.disputes = {**payment.disputes, dispute["id"]: fresh}
        is_news = known is None or known["standing"] != fresh["standing"]
        # A bank that only asks has taken nothing.
        if is_news and fresh["standing"] != "asked":
            news = {"dispute": dispute["id"], "standing": fresh["standing"]}
            _note(session, payment, f"dispute_{fresh['standing']}", news)
    return True


def paid_with(session: Session, told: dict[str, Any]) -> bool:
    """Learn with which charge an invoice was paid; a system transaction."""
    intent = (told.get("payment") or {}).get("payment_intent")
    payment = _locked(session, Payment.invoice_id == told["invoice"])
    if payment is None or intent is None:
        return False
    _learn(session, payment, intent)
    return True


def follow(session: Session, *, checkout: str = "", invoice: str = "", intent: Any = None) -> None:
    """After a payment has been told of: what came before it, and found nothing, fits now."""
    which = Payment.checkout_id == checkout if checkout else Payment.invoice_id == invoice
    payment = _locked(session, which)
    if payment is None:
        return
    if isinstance(intent, str):
        _learn(session, payment, intent)
    elif invoice and payment.payment_intent is None:
        session.execute(_TRY_AGAIN, {"field": "invoice", "value": invoice})
    _settle(session, payment)


def listing(session: Session) -> list[Reversal]:
    """The latest payments of which money went back; a system transaction."""
    found = session.exec(
        select(Payment, Shop.name)
        .join(Shop, col(Shop.id) == Payment.shop_id)
        .where(col(Payment.reversed_at).is_not(None))
        .order_by(col(Payment.reversed_at).desc(), col(Payment.id).desc())
        .limit(SHOWN)
    )
    return [_row(payment, shop) for payment, shop in found]


def _learn(session: Session, payment: Payment, intent: str) -> None:
    if payment.payment_intent is None:
        payment.payment_intent = intent
        session.add(payment)
        session.flush()
        session.execute(_TRY_AGAIN, {"field": "payment_intent", "value": intent})


def _note(session: Session, payment: Payment, news: str, details: dict[str, object]) -> None:
    """Settle it, write down that it happened, and let the owners be told."""
    payment.news = news
    payment.reversed_at = clock.now()
    _settle(session, payment)
    told = {"taken": payment.taken_credits, "short": payment.short_credits}
    session.add(
        AuditEvent(
            shop_id=payment.shop_id,
            actor=ACTOR,
            action=f"billing.{news}",
            details={"payment": payment.id} | details | told,
        )
    )
    enqueue(session, TELL)


def _settle(session: Session, payment: Payment) -> None:
    """Let the credits be where the money is. The payment is held, so nobody else does."""
    session.add(payment)
    session.flush()
    if payment.status != "paid" or not payment.total_cents:
        return
    wanted = payment.credits * _returned_cents(payment) // payment.total_cents
    accounted = payment.taken_credits + payment.short_credits
    if wanted > accounted:
        free = wallet.free(session, payment.shop_id)
        taken = payment.taken_credits + min(wanted - accounted, free)
    else:
        taken = min(payment.taken_credits, wanted)
    moved = payment.taken_credits - taken
    payment.taken_credits, payment.short_credits = taken, wanted - taken
    if moved:
        payment.taking_lines += 1
        wallet.grant(
            session,
            payment.shop_id,
            moved,
            kind="adjustment",
            settles=f"payment:{payment.id}:back:{payment.taking_lines}",
            note=_GIVEN if moved > 0 else _TAKEN,
        )
    session.add(payment)
    session.flush()


_TAKEN: Final = say("The payment was returned.")
_GIVEN: Final = say("The payment counts again.")


def _returned_cents(payment: Payment) -> int:
    gone = (one["cents"] for one in payment.disputes.values() if one["standing"] in disputes.GONE)
    return int(min(payment.total_cents, payment.refunded_cents + sum(gone)))


def _of_intent(session: Session, intent: str | None) -> Payment | None:
    return _locked(session, Payment.payment_intent == intent) if intent else None


def _locked(session: Session, which: Any) -> Payment | None:
    return session.exec(
        select(Payment).where(which).with_for_update().execution_options(populate_existing=True)
    ).first()


def _is_customer(session: Session, customer: str | None) -> bool:
    wanted = select(Subscription.shop_id).where(Subscription.customer_id == customer)
    return customer is not None and session.exec(wanted).first() is not None


def _row(payment: Payment, shop: str) -> Reversal:
    return Reversal(
        payment_id=payment.id or 0,
        shop_id=payment.shop_id,
        shop=shop,
        at=cast("datetime", payment.reversed_at),
        kind=payment.kind,
        credits=payment.credits,
        total_cents=payment.total_cents,
        currency=payment.currency,
        refunded_cents=payment.refunded_cents,
        dispute=disputes.standing(payment.disputes),
        taken=payment.taken_credits,
        short=payment.short_credits,
    )


_TRY_AGAIN: Final = sa.text("""
    UPDATE webhook_event SET state = 'received', attempts = 0, error = NULL
    WHERE provider = 'stripe' AND state IN ('ignored', 'parked')
      AND body->'data'->'object'->>(CAST(:field AS text)) = :value
      AND body->>'type' IN ('charge.refunded', 'charge.dispute.created',
                            'charge.dispute.closed', 'invoice_payment.paid')
""")
