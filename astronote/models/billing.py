"""Subscription, wallet, reservations, ledger. Amounts are whole credits.

What was paid for them stands in ``payment``, in whole cents.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from astronote.models.base import (
    Field,
    SQLModel,
    big,
    created,
    document,
    key,
    moment,
    one_of,
    shop_key,
    within_shop,
)

SUBSCRIPTION_STATUSES = ("none", "active", "past_due", "trial_ended", "cancelled")
PAYMENT_STATUSES = ("open", "paid", "failed", "expired")
LEDGER_KINDS = ("included", "purchase", "grant", "commit", "adjustment")


class Subscription(SQLModel, table=True):
    """A shop's plan; sending needs ``active``.

    Where the shop pays for it, the row says what its best ``paid_subscription`` says.
    """

    __tablename__ = "subscription"
    __table_args__ = (one_of("status", SUBSCRIPTION_STATUSES),)

    shop_id: int = Field(
        sa_type=sa.BigInteger, foreign_key="shop.id", ondelete="CASCADE", primary_key=True
    )
    status: str = "none"
    plan: str | None = None
    current_period_start: datetime | None = moment(default=None)
    current_period_end: datetime | None = moment(default=None)
    customer_id: str | None = None
    external_id: str | None = None
    cancel_at: datetime | None = moment(default=None)
    updated_at: datetime = created()


class PaidSubscription(SQLModel, table=True):
    """A subscription at the payment provider, as its newest event tells it.

    ``event_at`` is when the provider made that event: an older one changes nothing.
    """

    __tablename__ = "paid_subscription"
    __table_args__ = (
        sa.Index("ix_paid_subscription_shop", "shop_id"),
        one_of("status", SUBSCRIPTION_STATUSES),
    )

    external_id: str = Field(primary_key=True)
    shop_id: int = shop_key()
    customer_id: str
    status: str
    plan: str
    period_start: datetime = moment()
    period_end: datetime = moment()
    cancel_at: datetime | None = moment(default=None)
    started_at: datetime = moment()
    event_at: datetime = moment()


class Payment(SQLModel, table=True):
    """One payment of a shop, from the press of a button on: what an invoice needs.

    Amounts are cents of ``currency``; ``vat_rate`` is in ten-thousandths (2400 is 24 %).
    The buyer is who the shop was at the time of paying.

    Of what went back: ``refunded_cents`` in all; ``disputes`` by their ids, each with its
    ``standing`` (open, won, lost, or asked), ``cents`` and when that was said (``at``).
    ``taken_credits`` were taken for it, in as many ledger lines as ``taking_lines`` says;
    ``short_credits`` were not there any more. ``news`` is what the owners are still to be told.
    """

    __tablename__ = "payment"
    __table_args__ = (
        sa.UniqueConstraint("checkout_id"),
        sa.UniqueConstraint("invoice_id"),
        sa.UniqueConstraint("payment_intent"),
        sa.Index(
            "ix_payment_reversed",
            "reversed_at",
            postgresql_where=sa.text("reversed_at IS NOT NULL"),
        ),
        sa.Index("ix_payment_shop", "shop_id", "id"),
        one_of("kind", ("credits", "subscription")),
        one_of("status", PAYMENT_STATUSES),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    kind: str
    plan: str | None = None
    credits: int = big()
    net_cents: int = big()
    vat_cents: int = big()
    total_cents: int = big()
    vat_rate: int
    currency: str = "EUR"
    status: str = "open"
    buyer: dict[str, str] = document(default_factory=dict)
    created_at: datetime = created()
    paid_at: datetime | None = moment(default=None)
    period_start: datetime | None = moment(default=None)
    period_end: datetime | None = moment(default=None)
    checkout_id: str | None = None
    invoice_id: str | None = None
    invoice_number: str = ""
    invoice_url: str = ""
    payment_intent: str | None = None
    refunded_cents: int = big(default=0)
    disputes: dict[str, Any] = document(default_factory=dict)
    taken_credits: int = big(default=0)
    short_credits: int = big(default=0)
    taking_lines: int = big(default=0)
    reversed_at: datetime | None = moment(default=None)
    news: str = ""


class InvariantRun(SQLModel, table=True):
    """One look whether the invariants hold, and what did not; the operator's."""

    __tablename__ = "invariant_run"

    id: int | None = key()
    at: datetime = created()
    seconds: float
    broken: list[str] = document(default_factory=list)


class Wallet(SQLModel, table=True):
    """What a shop owns (``posted``) and what of it is spoken for (``reserved``)."""

    __tablename__ = "wallet"
    __table_args__ = (sa.CheckConstraint("0 <= reserved AND reserved <= posted", name="solvent"),)

    shop_id: int = Field(
        sa_type=sa.BigInteger, foreign_key="shop.id", ondelete="CASCADE", primary_key=True
    )
    posted: int = big(default=0)
    reserved: int = big(default=0)


class CreditTransaction(SQLModel, table=True):
    """One line of the ledger; never changed or deleted.

    ``settles`` names what a line settles (a batch's attempt, a payment), so that it is
    written once.
    """

    __tablename__ = "credit_transaction"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "kind", "settles"),
        sa.Index("ix_credit_transaction_shop", "shop_id", "id"),
        one_of("kind", LEDGER_KINDS),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    at: datetime = created()
    kind: str
    amount: int = big()
    balance_after: int = big()
    campaign_id: int | None = big(default=None)
    message_id: int | None = big(default=None)
    count: int = 0
    settles: str
    note: str = ""


class CreditReservation(SQLModel, table=True):
    """Credits set aside for a campaign's run or for single messages.

    Held is ``amount - committed - released``.
    """

    __tablename__ = "credit_reservation"
    __table_args__ = (
        sa.UniqueConstraint("shop_id", "id"),
        within_shop("campaign_id", "campaign"),
        sa.Index(
            "uq_credit_reservation_campaign",
            "campaign_id",
            unique=True,
            postgresql_where=sa.text("campaign_id IS NOT NULL AND state = 'held'"),
        ),
        sa.Index(
            "ix_credit_reservation_held",
            "expires_at",
            postgresql_where=sa.text("state = 'held'"),
        ),
        sa.Index("ix_credit_reservation_batch", "batch_id"),
        sa.CheckConstraint(
            "0 <= committed AND 0 <= released AND committed + released <= amount", name="sums"
        ),
        one_of("state", ("held", "settled")),
    )

    id: int | None = key()
    shop_id: int = shop_key()
    campaign_id: int | None = big(default=None)
    batch_id: int | None = big(default=None)
    amount: int = big()
    committed: int = big(default=0)
    released: int = big(default=0)
    state: str = "held"
    created_at: datetime = created()
    expires_at: datetime = moment()
