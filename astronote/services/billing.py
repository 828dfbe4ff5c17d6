"""The subscription gate, and what the billing page and API show."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import PaymentRequired
from astronote.models import CreditTransaction, Shop, Subscription
from astronote.paging import COUNT_LIMIT, Page, decode_cursor, encode_cursor
from astronote.services import prices, sender_names, shops, wallet
from astronote.words import say

MONTHS: Final = {"monthly": 1, "yearly": 12}
"""Plan names and the months of one period."""

Gate = Literal["hold", "subscription", "sender"]

_REASONS = {
    "none": "There is no subscription yet. Choose a plan to start sending.",
    "past_due": "The last payment failed. Update it to go on sending.",
    "trial_ended": "The trial has ended. Choose a plan to go on sending.",
    "cancelled": "The subscription has ended. Renew it to go on sending.",
}


@dataclass(frozen=True)
class SubscriptionRow:
    """A shop's plan; times are UTC. ``is_paid``: it runs at the payment provider."""

    status: str
    plan: str | None
    current_period_end: datetime | None
    cancel_at: datetime | None
    is_paid: bool
    has_customer: bool


@dataclass(frozen=True)
class Summary:
    """What the billing page says at its top; credits are whole."""

    subscription: SubscriptionRow
    credits: wallet.Balance
    can_send: bool
    blocked_reason: str | None
    blocked_by: Gate | None


@dataclass(frozen=True)
class LedgerRow:
    """One line of the ledger."""

    id: int
    at: datetime
    kind: str
    amount: int
    balance_after: int
    campaign_id: int | None
    message_id: int | None
    count: int
    note: str


def blocked_reason(session: Session, shop_id: int) -> str | None:
    """Why this shop may not send or spend, as a sentence; None when it may."""
    status, on_hold, hold_reason = session.execute(
        sa.select(
            col(Subscription.status), col(Shop.on_hold_at).is_not(None), col(Shop.hold_reason)
        )
        .join(Shop, col(Shop.id) == col(Subscription.shop_id))
        .where(col(Subscription.shop_id) == shop_id)
    ).one()
    if on_hold:
        return _held(hold_reason)
    return None if status == "active" else _REASONS[status]


def _held(reason: str) -> str:
    if not reason:
        return "The shop is on hold. Contact support to lift it."
    return say("The shop is on hold: {reason} Contact support to lift it.", reason=reason)


def require_sending_allowed(session: Session, shop_id: int) -> None:
    """The one rule that gates everything that sends or spends.

    Raises:
        PaymentRequired: ``subscription_inactive``, with the reason.
    """
    reason = blocked_reason(session, shop_id)
    if reason is not None:
        raise PaymentRequired(reason, code="subscription_inactive")


def summary(session: Session, shop_id: int) -> Summary:
    """Plan, credits, and whether the shop may send."""
    found = session.get_one(Subscription, shop_id)
    shop = shops.get(session, shop_id)
    reason = blocked_reason(session, shop_id)
    gate: Gate | None = None
    if reason is not None:
        gate = "hold" if shop.on_hold else "subscription"
    elif (reason := sender_names.refusal(shop)) is not None:
        gate = "sender"
    return Summary(
        subscription=SubscriptionRow(
            found.status,
            found.plan,
            found.current_period_end,
            found.cancel_at,
            is_paid=found.external_id is not None
            and found.status in ("active", "past_due", "trial_ended"),
            has_customer=found.customer_id is not None,
        ),
        credits=wallet.balance(session, shop_id),
        can_send=reason is None,
        blocked_reason=reason,
        blocked_by=gate,
    )


def ledger(
    session: Session,
    shop_id: int,
    *,
    limit: int = 50,
    cursor: str | None = None,
    kind: str | None = None,
) -> Page[LedgerRow]:
    """The ledger, newest first; only lines of ``kind`` where one is given.

    Raises:
        BadRequest: ``invalid_cursor``.
    """
    query = select(CreditTransaction).where(CreditTransaction.shop_id == shop_id)
    if kind is not None:
        query = query.where(CreditTransaction.kind == kind)
    counted = session.execute(
        sa.select(sa.func.count()).select_from(query.limit(COUNT_LIMIT + 1).subquery())
    ).scalar_one()
    if cursor:
        (before,) = decode_cursor(cursor, 1)
        query = query.where(col(CreditTransaction.id) < before)
    found = session.exec(query.order_by(col(CreditTransaction.id).desc()).limit(limit + 1)).all()
    rows = [_ledger_row(line) for line in found[:limit]]
    more = encode_cursor(rows[-1].id) if len(found) > limit else None
    return Page(rows, more, min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT)


def ledger_rows(session: Session, shop_id: int, kind: str | None = None) -> Iterator[LedgerRow]:
    """Every line (of ``kind``), newest first, read in portions: for an export."""
    cursor: str | None = None
    while True:
        page = ledger(session, shop_id, limit=1000, cursor=cursor, kind=kind)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def activate(
    session: Session, shop_id: int, plan: str = "monthly", *, included: bool = True
) -> None:
    """Make the subscription active from now for one period, with its included credits.

    Raises:
        Invalid: there is no such plan.
    """
    prices.check_plan(plan)
    found = session.get_one(Subscription, shop_id)
    start = clock.now()
    found.status, found.plan = "active", plan
    found.current_period_start = start
    found.current_period_end = months_after(start, MONTHS[plan])
    found.updated_at = start
    session.add(found)
    session.flush()
    credits = prices.included_credits(plan)
    if included and credits:
        wallet.grant(
            session,
            shop_id,
            credits,
            kind="included",
            settles=f"period:{start.date().isoformat()}",
        )


def months_after(start: datetime, months: int) -> datetime:
    """The same day so many months on; the month's last where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def _ledger_row(line: CreditTransaction) -> LedgerRow:
    return LedgerRow(
        id=line.id or 0,
        at=line.at,
        kind=line.kind,
        amount=line.amount,
        balance_after=line.balance_after,
        campaign_id=line.campaign_id,
        message_id=line.message_id,
        count=line.count,
        note=line.note,
    )
