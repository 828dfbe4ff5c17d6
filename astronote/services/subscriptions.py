"""Subscriptions at the payment provider, and the one that decides about the shop.

Events come late, twice and in any order. Each subscription keeps what the newest event
said of it; the shop's own row follows from them all, so every order ends alike.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.integrations.stripe import SHOP_MARK
from astronote.models import PaidSubscription, Subscription
from astronote.services import prices, wallet
from astronote.services.payments import moment, paid_period, plan_of

_STATUS: Final = {
    "active": "active",
    "trialing": "active",
    "past_due": "past_due",
    "unpaid": "past_due",
    "paused": "trial_ended",
    "incomplete": "none",
    "incomplete_expired": "none",
    "canceled": "cancelled",
}
"""Stripe's statuses in ours. ``paused`` is a trial that ended without a card; ``none`` is a
first payment that is not through, or never came through."""

_WORTH: Final = ("cancelled", "none", "trial_ended", "past_due", "active")
"""Of several subscriptions, the one whose status stands last here decides."""

OVERDUE: Final = timedelta(hours=1)
"""So long after the end of its period, a subscription we heard nothing of is asked about."""


def told(session: Session, found: dict[str, Any], at: int) -> int | None:
    """Take in what Stripe says of a subscription; ``at`` is when it said so, in seconds.

    A system transaction. Returns the shop, None where it is none of ours.
    """
    shop_id = shop_of(session, found["id"], found.get("metadata"), found["customer"])
    if shop_id is None:
        return None
    row = _locked(session, shop_id)
    known = session.get(PaidSubscription, found["id"], populate_existing=True)
    fresh = _read(found, shop_id, moment(at))
    if known is None:
        session.add(fresh)
    elif _is_newer(fresh, known):
        for name in ("status", "plan", "period_start", "period_end", "cancel_at", "event_at"):
            setattr(known, name, getattr(fresh, name))
        session.add(known)
    session.flush()
    _decide(session, row)
    return shop_id


def period_paid(session: Session, invoice: dict[str, Any]) -> int | None:
    """Grant what a paid invoice's period includes, once a period; a system transaction.

    Returns the shop, None where the invoice is for no subscription of ours.
    """
    shop_id = shop_of_invoice(session, invoice)
    period = paid_period(invoice)
    if shop_id is None or period is None or invoice["status"] != "paid":
        return shop_id
    start, end = period
    plan = plan_of(start, end)
    credits = prices.included_credits(plan)
    if credits:
        subscription = invoice["parent"]["subscription_details"]["subscription"]
        wallet.grant(
            session,
            shop_id,
            credits,
            kind="included",
            settles=f"{subscription}:{int(start.timestamp())}:{plan}",
        )
    return shop_id


def shop_of_invoice(session: Session, invoice: dict[str, Any]) -> int | None:
    """Whose subscription an invoice is for; None where it is for none of ours."""
    details = (invoice.get("parent") or {}).get("subscription_details")
    if not details:
        return None
    return shop_of(
        session, details["subscription"], details.get("metadata"), invoice.get("customer")
    )


def shop_of(
    session: Session, external_id: str, marks: dict[str, str] | None, customer: str | None
) -> int | None:
    """The shop of a subscription: as known, as marked, or by its customer."""
    known = session.get(PaidSubscription, external_id)
    if known is not None:
        return known.shop_id
    marked = (marks or {}).get(SHOP_MARK, "")
    by_mark = int(marked) if marked.isdigit() and len(marked) < 19 else None
    found = session.execute(
        sa.select(col(Subscription.shop_id)).where(
            sa.or_(
                sa.and_(
                    col(Subscription.customer_id).is_not(None),
                    col(Subscription.customer_id) == customer,
                ),
                col(Subscription.shop_id) == by_mark,
            )
        )
    ).scalars()
    return next(iter(found), None)


def is_subscribed(session: Session, shop_id: int) -> bool:
    """Whether a subscription is running at the provider, paid or owed."""
    running = session.execute(
        sa.select(col(PaidSubscription.external_id)).where(
            col(PaidSubscription.shop_id) == shop_id,
            col(PaidSubscription.status).in_(("active", "past_due", "trial_ended")),
        )
    ).first()
    return running is not None


def overdue(session: Session) -> list[str]:
    """Subscriptions whose period ended unheard of; a system transaction."""
    found = session.execute(
        sa.select(col(PaidSubscription.external_id))
        .where(
            col(PaidSubscription.status) == "active",
            col(PaidSubscription.period_end) < clock.now() - OVERDUE,
        )
        .order_by(col(PaidSubscription.period_end))
        .limit(100)
    )
    return list(found.scalars())


def _locked(session: Session, shop_id: int) -> Subscription:
    return session.exec(
        select(Subscription)
        .where(Subscription.shop_id == shop_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _read(found: dict[str, Any], shop_id: int, at: datetime) -> PaidSubscription:
    items = found["items"]["data"]
    ends, starts = max((i["current_period_end"], i["current_period_start"]) for i in items)
    start, end = moment(starts), moment(ends)
    interval = ((items[0].get("price") or {}).get("recurring") or {}).get("interval")
    plan = {"month": "monthly", "year": "yearly"}.get(interval or "", plan_of(start, end))
    cancel_at = found.get("cancel_at") or (ends if found.get("cancel_at_period_end") else None)
    return PaidSubscription(
        external_id=found["id"],
        shop_id=shop_id,
        customer_id=found["customer"],
        status=_STATUS.get(found["status"], "past_due"),
        plan=plan,
        period_start=start,
        period_end=end,
        cancel_at=moment(cancel_at) if cancel_at else None,
        started_at=moment(found["created"]),
        event_at=at,
    )


def _is_newer(fresh: PaidSubscription, known: PaidSubscription) -> bool:
    # What has ended does not begin again. Events of one second are told apart by how far
    # they go, so that their order does not matter either.
    if known.status == "cancelled":
        return False
    if fresh.status == "cancelled":
        return True
    return _age(fresh) > _age(known)


def _age(one: PaidSubscription) -> tuple[datetime, datetime, int]:
    return one.event_at, one.period_start, _WORTH.index(one.status)


def _decide(session: Session, row: Subscription) -> None:
    begun = session.exec(
        select(PaidSubscription).where(
            PaidSubscription.shop_id == row.shop_id, PaidSubscription.status != "none"
        )
    ).all()
    if not begun:
        return  # a first payment that is not through takes nothing away
    best = max(begun, key=lambda s: (_WORTH.index(s.status), s.started_at, s.external_id))
    row.status, row.plan = best.status, best.plan
    row.current_period_start, row.current_period_end = best.period_start, best.period_end
    row.customer_id, row.external_id = best.customer_id, best.external_id
    row.cancel_at = best.cancel_at
    row.updated_at = clock.now()
    session.add(row)
    session.flush()
