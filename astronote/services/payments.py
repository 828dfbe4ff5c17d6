"""Payments: what a shop was asked for, what it paid, and what its invoice needs.

A payment is written before the shop is sent to the payment page. What comes of it is told
by signed events, in any order and any number of times; money and credits move once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import NotFound
from astronote.integrations.stripe import PAYMENT_MARK, SHOP_MARK
from astronote.models import Payment, Shop
from astronote.paging import COUNT_LIMIT, Page, decode_cursor, encode_cursor
from astronote.services import prices, wallet
from astronote.services.disputes import Standing, standing
from astronote.services.prices import Price


class Unexpected(Exception):
    """An event that does not fit what was asked for; an operator should look at it."""


@dataclass(frozen=True)
class PaymentRow:
    """One payment; amounts in cents, times in UTC."""

    id: int
    kind: str
    plan: str | None
    credits: int
    net_cents: int
    vat_cents: int
    total_cents: int
    vat_rate: int
    currency: str
    status: str
    buyer: dict[str, str]
    created_at: datetime
    paid_at: datetime | None
    period_start: datetime | None
    period_end: datetime | None
    invoice_number: str
    invoice_url: str
    refunded_cents: int
    disputes: dict[str, Any]
    taken_credits: int
    short_credits: int

    @property
    def dispute(self) -> Standing:
        """What of its disputes matters most; '' where there is none."""
        return standing(self.disputes)


def open_payment(
    session: Session, shop_id: int, *, price: Price, credits: int, plan: str | None
) -> int:
    """Write down what the shop is about to pay, and as whom; returns the payment's id."""
    made = Payment(
        shop_id=shop_id,
        kind="subscription" if plan else "credits",
        plan=plan,
        credits=credits,
        net_cents=price.net_cents,
        vat_cents=price.vat_cents,
        total_cents=price.total_cents,
        vat_rate=price.vat_rate,
        currency=prices.CURRENCY,
        buyer=buyer(session, shop_id),
    )
    session.add(made)
    session.flush()
    return made.id or 0


def buyer(session: Session, shop_id: int) -> dict[str, str]:
    """Who the shop is on an invoice; its plain name where it has no legal one."""
    shop = session.get_one(Shop, shop_id)
    return {
        "name": shop.legal_name or shop.name,
        "vatNumber": shop.vat_number,
        "address": shop.address,
    }


def get(session: Session, shop_id: int, payment_id: int) -> PaymentRow:
    """One payment.

    Raises:
        NotFound: the shop has no such payment.
    """
    found = session.exec(
        select(Payment).where(Payment.shop_id == shop_id, Payment.id == payment_id)
    ).first()
    if found is None:
        raise NotFound("There is no such payment.")
    return _row(found)


def listing(
    session: Session, shop_id: int, *, limit: int = 50, cursor: str | None = None
) -> Page[PaymentRow]:
    """What was paid or failed, newest first; what was only begun is left out.

    Raises:
        BadRequest: ``invalid_cursor``.
    """
    query = select(Payment).where(
        Payment.shop_id == shop_id, col(Payment.status).in_(("paid", "failed"))
    )
    counted = session.execute(
        sa.select(sa.func.count()).select_from(query.limit(COUNT_LIMIT + 1).subquery())
    ).scalar_one()
    if cursor:
        (before,) = decode_cursor(cursor, 1)
        query = query.where(col(Payment.id) < before)
    found = session.exec(query.order_by(col(Payment.id).desc()).limit(limit + 1)).all()
    rows = [_row(payment) for payment in found[:limit]]
    more = encode_cursor(rows[-1].id) if len(found) > limit else None
    return Page(rows, more, min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT)


def every(session: Session, shop_id: int) -> Iterator[PaymentRow]:
    """All of :func:`listing`, read in portions: for an export."""
    cursor: str | None = None
    while True:
        page = listing(session, shop_id, limit=500, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def checkout_ended(session: Session, told: dict[str, Any], *, status: str) -> bool:
    """Apply what a payment page came to (``paid``, ``failed`` or ``expired``).

    Credits that were paid for are granted once, however often this is told. A system
    transaction.

    Returns:
        Whether the page is one of ours.

    Raises:
        Unexpected: it was for another sum, or names a payment that is not there.
    """
    payment = _marked(session, told.get("metadata"))
    if payment is None:
        return False
    if payment.checkout_id not in (None, told["id"]):
        raise Unexpected("The payment was begun on another page.")
    payment.checkout_id = told["id"]
    if status == "paid" and told.get("payment_status") == "unpaid":
        return True  # a slow means of payment; its own event follows
    if status == "paid" and payment.kind == "credits":
        _check_sum(payment, told["amount_total"], told["currency"])
        _mark_paid(payment, clock.now())
        wallet.grant(
            session,
            payment.shop_id,
            payment.credits,
            kind="purchase",
            settles=f"payment:{payment.id}",
        )
    elif status != "paid" and payment.status == "open":
        payment.status = status
    session.add(payment)
    session.flush()
    return True


def invoice_told(session: Session, invoice: dict[str, Any], shop_id: int | None) -> bool:
    """Note an invoice that was paid, or could not be; an older failure changes no payment.

    Args:
        shop_id: whose subscription it pays for, where it does.

    Returns:
        Whether the invoice is one of ours.

    Raises:
        Unexpected: it is for another sum than was asked for.
    """
    payment = _of_invoice(session, invoice, shop_id)
    if payment is None:
        return False
    payment.invoice_id = invoice["id"]
    payment.invoice_number = invoice.get("number") or payment.invoice_number
    payment.invoice_url = invoice.get("hosted_invoice_url") or payment.invoice_url
    if invoice["status"] == "paid":
        if payment.kind == "subscription":
            period = paid_period(invoice)
            payment.period_start, payment.period_end = period or (None, None)
            paid_at = (invoice.get("status_transitions") or {}).get("paid_at")
            _mark_paid(payment, moment(paid_at) if paid_at else clock.now())
    elif payment.status != "paid":
        payment.status = "failed"
    session.add(payment)
    session.flush()
    return True


def paid_period(invoice: dict[str, Any]) -> tuple[datetime, datetime] | None:
    """The period of a subscription that an invoice pays for: the latest of its lines'.

    None where it only settles a change within a period.
    """
    periods = [
        (line["period"]["end"], line["period"]["start"])
        for line in invoice["lines"]["data"]
        if (line.get("parent") or {}).get("type") == "subscription_item_details"
        and not line["parent"]["subscription_item_details"].get("proration")
    ]
    if not periods:
        return None
    end, start = max(periods)
    return moment(start), moment(end)


def moment(at: int) -> datetime:
    """Stripe's seconds as a time."""
    return datetime.fromtimestamp(at, UTC)


def _of_invoice(session: Session, invoice: dict[str, Any], shop_id: int | None) -> Payment | None:
    known = session.exec(
        select(Payment).where(Payment.invoice_id == invoice["id"]).with_for_update()
    ).first()
    if known is not None:
        return known
    if shop_id is None:
        return _marked(session, invoice.get("metadata"))
    details = invoice["parent"]["subscription_details"]
    if invoice.get("billing_reason") == "subscription_create":
        first = _marked(session, details.get("metadata"))
        if first is not None:
            _check_sum(first, invoice["total"], invoice["currency"])
            return first
    price = prices.split(invoice["total"])
    period = paid_period(invoice)
    plan = plan_of(*period) if period else None
    return Payment(
        shop_id=shop_id,
        kind="subscription",
        plan=plan,
        credits=prices.included_credits(plan) if plan else 0,
        net_cents=price.net_cents,
        vat_cents=price.vat_cents,
        total_cents=price.total_cents,
        vat_rate=price.vat_rate,
        currency=invoice["currency"].upper(),
        buyer=buyer(session, shop_id),
        created_at=moment(invoice["created"]),
    )


def plan_of(start: datetime, end: datetime) -> str:
    """The plan whose period this is."""
    return "yearly" if (end - start).days > 180 else "monthly"


def _marked(session: Session, marks: dict[str, str] | None) -> Payment | None:
    """The payment that an object names; None where it is no object of ours."""
    number, shop = (marks or {}).get(PAYMENT_MARK, ""), (marks or {}).get(SHOP_MARK, "")
    if not (number.isdigit() and shop.isdigit()):
        return None
    found = session.exec(
        select(Payment)
        .where(Payment.id == int(number), Payment.shop_id == int(shop))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise Unexpected("There is no such payment.")
    return found


def _check_sum(payment: Payment, cents: int, currency: str) -> None:
    if (cents, currency.upper()) != (payment.total_cents, payment.currency):
        raise Unexpected("Another sum was paid than was asked for.")


def _mark_paid(payment: Payment, at: datetime) -> None:
    payment.status = "paid"
    payment.paid_at = payment.paid_at or at


def _row(payment: Payment) -> PaymentRow:
    plain = {name: getattr(payment, name) for name in PaymentRow.__dataclass_fields__}
    return PaymentRow(**plain)
