"""The billing page: plan, credits, and the ledger page by page."""

import dataclasses
from typing import ClassVar

import reflex as rx

from astronote.services import billing, shops
from astronote.state.base import answers, call
from astronote.state.keyset import Keyset
from astronote.state.words import ago, counted, exact, number

PAGE = 25

_KINDS = {
    "included": "Included credits",
    "purchase": "Credits bought",
    "grant": "Credits granted",
    "commit": "Messages sent",
    "adjustment": "Adjustment",
}


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


class BillingState(Keyset, rx.State):
    """Loaded with the billing page."""

    PAGE_SIZE: ClassVar[int] = PAGE

    loading: bool = True
    status: str = "none"
    plan: str = ""
    period_end: str = ""
    balance: str = "–"
    reserved: str = "–"
    available: str = "–"
    rows: rx.Field[list[LedgerView]] = rx.field(default_factory=list)

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page, from the newest line on."""
        summary = await call(billing.summary)
        self.status = summary.subscription.status
        self.plan = (summary.subscription.plan or "No plan").capitalize()
        ends = summary.subscription.current_period_end
        self.period_end = f"This period ends on {ends:%-d %B %Y}" if ends else ""
        self.balance = number(summary.credits.balance)
        self.reserved = number(summary.credits.reserved)
        self.available = number(summary.credits.available)
        self._from_start()
        await self._show_page()
        self.loading = False

    async def _show_page(self) -> None:
        zone = (await call(shops.get)).timezone
        page = await call(billing.ledger, limit=PAGE, cursor=self._cursors[-1])
        self.rows = [_view(line, zone) for line in page.items]
        self._turned(page.next_cursor)
        self.shown = counted(page.total, "line", "lines") + ("" if page.total_is_exact else " +")


def _view(line: billing.LedgerRow, zone: str) -> LedgerView:
    messages = counted(line.count, "message", "messages") if line.count else ""
    return LedgerView(
        id=line.id,
        at=ago(line.at),
        at_exact=exact(line.at, zone),
        kind=_KINDS.get(line.kind, line.kind),
        note=line.note or messages,
        amount=f"{line.amount:+,}".replace("-", "−"),
        balance=number(line.balance_after),
        is_gain=line.amount > 0,
    )
