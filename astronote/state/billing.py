"""The billing page: plan, credits, and the ledger page by page; for owners."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar

import reflex as rx
from pydantic import StringConstraints

from astronote.services import billing, shops
from astronote.state.address import keep_in_address
from astronote.state.base import Sent, answers, call, checked
from astronote.state.gate import OwnerOnly
from astronote.state.keyset import Keyset
from astronote.state.money import day, kind_of_line, plan_name, status_name
from astronote.state.words import ago, exact, language, number, tr, trn
from astronote.words import translate

PAGE = 25
Kind = Annotated[str, StringConstraints(pattern="^(|included|purchase|grant|commit|adjustment)$")]


@dataclasses.dataclass(frozen=True)
class LedgerView:
    """One line of the ledger, in words."""

    id: int
    at: str
    at_exact: str
    kind: str
    note: str
    amount: str
    balance: str
    is_gain: bool


class BillingState(OwnerOnly, Keyset, rx.State):
    """Loaded with the billing page."""

    PAGE_SIZE: ClassVar[int] = PAGE

    loading: bool = True
    status: str = "none"
    status_name: str = ""
    plan: str = ""
    period_end: str = ""
    is_paid: bool = False
    is_granted: bool = False
    has_customer: bool = False
    balance: str = "–"
    reserved: str = "–"
    available: str = "–"
    kind: str = ""
    rows: rx.Field[list[LedgerView]] = rx.field(default_factory=list)
    _zone: str = "UTC"

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page, from the newest line on."""
        asked = self.router.url.query_parameters.get("kind", "")
        self.kind = asked if asked in _KINDS else ""
        await self._show_summary()
        self._from_start()
        await self._show_page()
        self.loading = False

    @rx.event
    @answers
    async def choose_kind(self, kind: str) -> AsyncIterator[Sent]:
        """Show only lines of one kind; all of them for ''."""
        self.kind = checked(Kind, kind)
        self._from_start()
        await self._show_page()
        yield keep_in_address("/app/billing", {"kind": self.kind})

    async def _show_summary(self) -> None:
        summary = await call(billing.summary)
        self._zone = (await call(shops.get)).timezone
        found = summary.subscription
        self.status, self.is_paid = found.status, found.is_paid
        self.is_granted = found.status == "active" and not found.is_paid
        self.has_customer, self.status_name = found.has_customer, status_name(found.status)
        self.plan = plan_name(found.plan) if found.plan else tr("No plan")
        self.period_end = _period(found, self._zone)
        self.balance = number(summary.credits.balance)
        self.reserved = number(summary.credits.reserved)
        self.available = number(summary.credits.available)

    async def _show_page(self) -> None:
        page = await call(
            billing.ledger, limit=PAGE, cursor=self._cursors[-1], kind=self.kind or None
        )
        self.rows = [_view(line, self._zone) for line in page.items]
        self._turned(page.next_cursor)
        more = "" if page.total_is_exact else " +"
        self.shown = trn("{n} line", "{n} lines", page.total) + more


_KINDS = frozenset({"included", "purchase", "grant", "commit", "adjustment"})


def _period(found: billing.SubscriptionRow, zone: str) -> str:
    if found.status == "none" or found.current_period_end is None:
        return ""
    ends = day(found.current_period_end, zone)
    if found.status == "cancelled":
        return tr("Ended")
    if found.status != "active":
        return tr("Not paid since {day}", day=ends) if found.status == "past_due" else ""
    if found.cancel_at is not None:
        return tr("Ends on {day} and is not renewed", day=day(found.cancel_at, zone))
    if found.is_paid:
        return tr("Renewed on {day}", day=ends)
    # Nothing ends then: without the payment provider nobody renews it, or stops it.
    return tr("Set up for you by whoever runs this service. Nothing is charged.")


def _view(line: billing.LedgerRow, zone: str) -> LedgerView:
    messages = trn("{n} message", "{n} messages", line.count) if line.count else ""
    return LedgerView(
        id=line.id,
        at=ago(line.at),
        at_exact=exact(line.at, zone),
        kind=kind_of_line(line.kind),
        note=translate(line.note, language()) or messages,
        amount=("+" if line.amount > 0 else "−") + number(abs(line.amount)),
        balance=number(line.balance_after),
        is_gain=line.amount > 0,
    )
