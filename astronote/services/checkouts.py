"""Paying: from the press of a button to the address of a payment page.

Stripe is asked between two transactions, never within one.
"""

from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote.db import transaction
from astronote.errors import Conflict, Invalid, Unavailable
from astronote.integrations import stripe
from astronote.models import AuditEvent, Payment, Subscription
from astronote.security import Identity
from astronote.services import payments, prices, subscriptions
from astronote.services.prices import Price
from astronote.settings import settings
from astronote.words import Language, say, translate

Kind = Literal["subscription", "credits"]


@dataclass(frozen=True)
class _Begun:
    """What the first transaction settled."""

    order: stripe.Order
    buyer: stripe.Buyer
    customer_id: str | None


def are_possible() -> bool:
    """Whether this installation can take payments."""
    return settings().payments_possible


def begin(who: Identity, kind: Kind, *, plan: str | None = None, credits: int | None = None) -> str:
    """The address of a page on which the shop pays for a plan or for credits.

    Raises:
        Invalid: no such plan, too few or too many credits.
        Conflict: ``already_subscribed``.
        Unavailable: ``payments_unavailable``.
    """
    if not are_possible():
        raise Unavailable(
            "Payments are not set up on this installation.", code="payments_unavailable"
        )
    with transaction(who.shop_id) as session:
        begun = _begin(session, who, kind, plan, credits)
    customer = stripe.save_customer(begun.customer_id, begun.buyer)
    opened = stripe.open_checkout(replace(begun.order, customer_id=customer))
    with transaction(who.shop_id) as session:
        session.execute(
            sa.update(Payment)
            .where(col(Payment.shop_id) == who.shop_id, col(Payment.id) == begun.order.payment_id)
            .values(checkout_id=opened.id)
        )
        if begun.customer_id is None:
            session.execute(
                sa.update(Subscription)
                .where(
                    col(Subscription.shop_id) == who.shop_id,
                    col(Subscription.customer_id).is_(None),
                )
                .values(customer_id=customer)
            )
    return opened.url


def manage(who: Identity) -> str:
    """The address of the page where card, plan and invoices are managed.

    Raises:
        Conflict: ``no_customer``: the shop has never paid.
        Unavailable: ``payments_unavailable``.
    """
    with transaction(who.shop_id) as session:
        customer = session.get_one(Subscription, who.shop_id).customer_id
        if customer is None:
            raise Conflict("Nothing has been paid for yet.", code="no_customer")
        _note(session, who, "billing.portal", {})
    return stripe.open_portal(customer, f"{_app()}/app/billing")


def _begin(
    session: Session, who: Identity, kind: Kind, plan: str | None, credits: int | None
) -> _Begun:
    language: Language = "el" if who.locale == "el" else "en"
    if kind == "subscription":
        if plan is None:
            raise Invalid("The plan is monthly or yearly.", field="plan")
        price, bought = prices.of_plan(plan), prices.included_credits(plan)
        if subscriptions.is_subscribed(session, who.shop_id):
            raise Conflict(
                "There is a subscription already. Change it where you manage it.",
                code="already_subscribed",
            )
    else:
        plan, bought = None, credits or 0
        price = prices.of_credits(bought)
    payment_id = payments.open_payment(session, who.shop_id, price=price, credits=bought, plan=plan)
    details: dict[str, object] = {
        "payment": payment_id,
        "kind": kind,
        "plan": plan,
        "credits": bought,
    }
    _note(session, who, "billing.checkout", details)
    billed = payments.buyer(session, who.shop_id)
    back = f"{_app()}/app/billing"
    order = stripe.Order(
        payment_id=payment_id,
        shop_id=who.shop_id,
        customer_id="",
        lines=_lines(price, plan, bought, language),
        currency=prices.CURRENCY,
        every=None if plan is None else ("month" if plan == "monthly" else "year"),
        success_url=f"{back}?payment={payment_id}",
        cancel_url=f"{back}?cancelled={payment_id}",
        locale=language,
    )
    buyer = stripe.Buyer(
        who.shop_id, billed["name"], who.email, billed["vatNumber"], billed["address"]
    )
    return _Begun(order, buyer, session.get_one(Subscription, who.shop_id).customer_id)


def _lines(
    price: Price, plan: str | None, credits: int, language: Language
) -> tuple[stripe.Line, ...]:
    what = {
        None: say("{n} SMS credits", n=f"{credits:,}"),
        "monthly": say("Astronote, monthly plan with {n} credits", n=f"{credits:,}"),
        "yearly": say("Astronote, yearly plan with {n} credits", n=f"{credits:,}"),
    }[plan]
    lines = [stripe.Line(translate(what, language), price.net_cents)]
    if price.vat_cents:
        vat = say("VAT {rate}%", rate=f"{price.vat_rate / 100:g}")
        lines.append(stripe.Line(translate(vat, language), price.vat_cents))
    return tuple(lines)


def _app() -> str:
    return (settings().frontend_url or settings().public_base).rstrip("/")


def _note(session: Session, who: Identity, action: str, details: dict[str, object]) -> None:
    session.add(AuditEvent(shop_id=who.shop_id, actor=who.actor, action=action, details=details))
