"""What the shop has paid for and spent, and the way to pay; its owners alone."""

from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response

from astronote import clock
from astronote.api.csv_files import csv_file, csv_lines
from astronote.api.deps import DEFAULT, Cursor, Limit, Owner, ShopSession
from astronote.api.schemas import Answer, Body, Listing, Moment, listing
from astronote.db import transaction
from astronote.services import billing, checkouts, payments

router = APIRouter(prefix="/api/billing", tags=["billing"])


class SubscriptionAnswer(Answer):
    status: str
    plan: str | None
    current_period_end: Moment | None
    cancel_at: Moment | None


class CreditsAnswer(Answer):
    balance: int
    reserved: int
    available: int


class SummaryAnswer(Answer):
    subscription: SubscriptionAnswer
    credits: CreditsAnswer
    can_send: bool
    blocked_reason: str | None


class LedgerAnswer(Answer):
    id: int
    at: Moment
    kind: str
    amount: int
    balance_after: int
    campaign_id: int | None
    message_id: int | None
    count: int
    note: str


class PaymentAnswer(Answer):
    """One payment; amounts in cents, ``vatRate`` in ten-thousandths (2400 is 24 %).

    ``dispute`` is open, won, lost or empty; ``takenCredits`` were taken back for what was
    refunded or is disputed.
    """

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
    paid_at: Moment | None
    period_start: Moment | None
    period_end: Moment | None
    invoice_number: str
    invoice_url: str
    refunded_cents: int
    dispute: Literal["", "open", "won", "lost"]
    taken_credits: int


class CheckoutBody(Body):
    kind: Literal["subscription", "credits"]
    plan: Literal["monthly", "yearly"] | None = None
    credits: int | None = None


class AddressAnswer(Answer):
    url: str


LedgerKind = Literal["included", "purchase", "grant", "commit", "adjustment"]


@router.get("/summary")
def summary(who: Owner, session: ShopSession) -> SummaryAnswer:
    """Plan, credits, and whether the shop may send."""
    return SummaryAnswer.model_validate(billing.summary(session, who.shop_id))


@router.get("/ledger", response_model=Listing[LedgerAnswer])
def ledger(
    who: Owner,
    session: ShopSession,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
    kind: LedgerKind | None = None,
    format: Literal["csv"] | None = None,
) -> Listing[LedgerAnswer] | Response:
    """The ledger, newest first; ``format=csv`` streams all of it."""
    if format == "csv":
        return csv_file("ledger.csv", _ledger_csv(who.shop_id, kind))
    page = billing.ledger(session, who.shop_id, limit=limit, cursor=cursor, kind=kind)
    return listing(page, LedgerAnswer.model_validate)


@router.get("/payments", response_model=Listing[PaymentAnswer])
def list_payments(
    who: Owner,
    session: ShopSession,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
    format: Literal["csv"] | None = None,
) -> Listing[PaymentAnswer] | Response:
    """What was paid, newest first, with what its invoice needs; ``format=csv`` streams it."""
    if format == "csv":
        return csv_file("payments.csv", _payments_csv(who.shop_id))
    page = payments.listing(session, who.shop_id, limit=limit, cursor=cursor)
    return listing(page, PaymentAnswer.model_validate)


# Without the shop's session: Stripe is asked between two transactions.
@router.post("/checkout")
def checkout(who: Owner, body: CheckoutBody) -> AddressAnswer:
    """The address of a page on which to pay for a plan or for credits."""
    url = checkouts.begin(who, body.kind, plan=body.plan, credits=body.credits)
    return AddressAnswer(url=url)


@router.post("/portal")
def portal(who: Owner) -> AddressAnswer:
    """The address of the page where card, plan and invoices are managed."""
    return AddressAnswer(url=checkouts.manage(who))


def _ledger_csv(shop_id: int, kind: str | None) -> Iterator[str]:
    head = ["at", "kind", "amount", "balance after", "campaign", "message", "messages", "note"]
    with transaction(shop_id) as session:
        yield from csv_lines(head, map(_ledger_cells, billing.ledger_rows(session, shop_id, kind)))


def _ledger_cells(row: billing.LedgerRow) -> list[object]:
    return [
        clock.written(row.at),
        row.kind,
        row.amount,
        row.balance_after,
        row.campaign_id,
        row.message_id,
        row.count,
        row.note,
    ]


def _payments_csv(shop_id: int) -> Iterator[str]:
    head = ["paid at", "invoice", "kind", "plan", "credits", "net", "VAT", "total", "currency"]
    head += ["VAT rate %", "status", "buyer", "VAT number", "address", "refunded", "dispute"]
    with transaction(shop_id) as session:
        yield from csv_lines(head, map(_payment_cells, payments.every(session, shop_id)))


def _payment_cells(row: payments.PaymentRow) -> list[object]:
    money = [f"{cents / 100:.2f}" for cents in (row.net_cents, row.vat_cents, row.total_cents)]
    return [
        clock.written(row.paid_at) if row.paid_at else "",
        row.invoice_number,
        row.kind,
        row.plan or "",
        row.credits,
        *money,
        row.currency,
        f"{row.vat_rate / 100:g}",
        row.status,
        row.buyer.get("name", ""),
        row.buyer.get("vatNumber", ""),
        row.buyer.get("address", ""),
        f"{row.refunded_cents / 100:.2f}",
        row.dispute,
    ]
