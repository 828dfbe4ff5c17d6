"""Paying: plans, packs of credits, the way to the payment page and back, and what was paid."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, cast

import reflex as rx
from pydantic import StringConstraints
from reflex.event import EventSpec

from astronote.errors import AstronoteError, Invalid, NotFound
from astronote.security import Identity
from astronote.services import checkouts, payments, prices, shops
from astronote.services.payments import PaymentRow
from astronote.services.prices import Price
from astronote.state import identity
from astronote.state.address import keep_in_address
from astronote.state.base import Sent, answers, call, checked, field_messages
from astronote.state.billing import BillingState
from astronote.state.gate import OwnerOnly
from astronote.state.keyset import Keyset
from astronote.state.money import money, plan_name, rate, short_day
from astronote.state.shell import ShellState
from astronote.state.words import ago, exact, tr, trn

PAGE = 10
PATIENCE_SECONDS = 60
Plan = Annotated[str, StringConstraints(pattern="^(monthly|yearly)$")]


@dataclasses.dataclass(frozen=True)
class Offered:
    """A plan, or a pack of credits, with its price in words."""

    key: str
    name: str
    price: str
    below: str


@dataclasses.dataclass(frozen=True)
class PaymentView:
    """One payment, in words."""

    id: int
    at: str
    at_exact: str
    what: str
    detail: str
    net: str
    vat: str
    total: str
    status: str
    number: str
    url: str
    back: str
    dispute: str


class PaymentsState(OwnerOnly, Keyset, rx.State):
    """Loaded with the billing page."""

    loading: bool = True
    is_possible: bool = True
    plans: rx.Field[list[Offered]] = rx.field(default_factory=list)
    packs: rx.Field[list[Offered]] = rx.field(default_factory=list)
    pack: str = "1000"
    own: str = ""
    net: str = ""
    vat: str = ""
    vat_name: str = ""
    total: str = ""
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    leaving: str = ""
    awaited: str = ""
    buyer: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    rows: rx.Field[list[PaymentView]] = rx.field(default_factory=list)
    _zone: str = "UTC"

    @rx.event
    @answers
    async def load(self) -> EventSpec | None:
        """Fill the page; watch for the payment from which the shop comes back."""
        shop = await call(shops.get)
        self._zone = shop.timezone
        self.is_possible = checkouts.are_possible()
        self.buyer = await call(payments.buyer)
        self.plans = [_plan(key) for key in ("monthly", "yearly")]
        self.packs = [_pack(count) for count in prices.PACKS]
        self.leaving, self.errors = "", {}
        self._show_price()
        self._from_start()
        await self._show_page()
        self.loading = False
        asked = self.router.url.query_parameters
        self.awaited = "cancelled" if "cancelled" in asked else ""
        if "payment" in asked:
            self.awaited = "waiting"
            return PaymentsState.await_payment
        return None

    @rx.event(background=True)
    @answers
    async def await_payment(self) -> AsyncIterator[Sent]:
        """Look once a second whether the payment has been confirmed."""
        async with self:
            number_ = self.router.url.query_parameters.get("payment", "")
        wanted = int(number_) if number_.isdecimal() and len(number_) < 19 else 0
        for _ in range(PATIENCE_SECONDS):
            try:
                found = await call(payments.get, wanted)
            except NotFound:
                async with self:
                    self.awaited = ""
                return
            if found.status != "open":
                async with self:
                    self.awaited = "paid" if found.status == "paid" else "failed"
                    self._from_start()
                    await self._show_page()
                yield keep_in_address("/app/billing", {})
                yield cast(EventSpec, BillingState.load)
                yield cast(EventSpec, ShellState.load)
                return
            await asyncio.sleep(1)
        async with self:
            self.awaited = "late"

    @rx.event
    @answers
    async def choose_pack(self, key: str) -> None:
        """Choose a pack; "own" for a number of one's own."""
        known = {str(count) for count in prices.PACKS} | {"own"}
        if checked(str, key) not in known:
            raise Invalid("This value is not acceptable.")
        self.pack = key
        self._show_price()

    @rx.event
    @answers
    async def write_own(self, text: str) -> None:
        """A number of credits is being written."""
        self.own = checked(Annotated[str, StringConstraints(max_length=12)], text)
        self.pack = "own"
        self._show_price()

    @rx.event
    @answers
    async def buy(self) -> AsyncIterator[Sent]:
        """Go and pay for the chosen credits."""
        try:
            count = self._count()
            prices.of_credits(count)
        except Invalid as error:
            self.errors = field_messages(error)
            return
        self.leaving = "credits"
        yield None
        yield await self._go(lambda who: checkouts.begin(who, "credits", credits=count))

    @rx.event
    @answers
    async def subscribe(self, plan: str) -> AsyncIterator[Sent]:
        """Go and pay for a plan."""
        self.leaving = checked(Plan, plan)
        yield None
        yield await self._go(lambda who: checkouts.begin(who, "subscription", plan=plan))

    @rx.event
    @answers
    async def manage(self) -> AsyncIterator[Sent]:
        """Go where card, plan and invoices are managed."""
        self.leaving = "portal"
        yield None
        yield await self._go(checkouts.manage)

    async def _go(self, ask: Callable[[Identity], str]) -> EventSpec:
        who = await identity.still_here()
        try:
            url = await asyncio.to_thread(ask, who)
        except AstronoteError:
            self.leaving = ""
            raise
        # A full navigation: the page belongs to somebody else.
        return rx.call_script(f"window.location.assign({json.dumps(url)})")

    def _count(self) -> int:
        if self.pack != "own":
            return int(self.pack)
        text = self.own.replace(".", "").replace(",", "").replace(" ", "")
        if not (text.isascii() and text.isdigit()):
            raise Invalid("Write how many credits, in digits.", field="credits")
        return int(text)

    def _show_price(self) -> None:
        self.errors = {}
        try:
            price = prices.of_credits(self._count())
        except Invalid as error:
            if self.own:
                self.errors = field_messages(error)
            self.net = self.vat = self.total = "–"
            return
        self.net, self.vat = money(price.net_cents), money(price.vat_cents)
        self.total = money(price.total_cents)
        self.vat_name = tr("VAT {rate}%", rate=rate(price.vat_rate))

    async def _show_page(self) -> None:
        page = await call(payments.listing, limit=PAGE, cursor=self._cursors[-1])
        self.rows = [_view(payment, self._zone) for payment in page.items]
        self._turned(page.next_cursor)
        self.shown = trn("{n} payment", "{n} payments", page.total)


def _plan(key: str) -> Offered:
    price = prices.of_plan(key)
    return Offered(
        key=key,
        name=plan_name(key),
        price=money(price.total_cents),
        below=_with_vat(price) + " · " + _included(prices.included_credits(key)),
    )


def _included(credits: int) -> str:
    return trn("{n} credit included", "{n} credits included", credits)


def _pack(count: int) -> Offered:
    price = prices.of_credits(count)
    return Offered(
        key=str(count),
        name=trn("{n} credit", "{n} credits", count),
        price=money(price.total_cents),
        below=_with_vat(price),
    )


def _with_vat(price: Price) -> str:
    if not price.vat_cents:
        return money(price.net_cents)
    return tr("{net} + VAT", net=money(price.net_cents))


def _view(payment: PaymentRow, zone: str) -> PaymentView:
    moment = payment.paid_at or payment.created_at
    detail = ""
    if payment.period_start and payment.period_end:
        detail = f"{short_day(payment.period_start, zone)} – {short_day(payment.period_end, zone)}"
    plan = plan_name(payment.plan or "monthly")
    return PaymentView(
        id=payment.id,
        at=ago(moment),
        at_exact=exact(moment, zone),
        what=tr("{plan} plan", plan=plan)
        if payment.kind == "subscription"
        else trn("{n} credit", "{n} credits", payment.credits),
        detail=detail,
        net=money(payment.net_cents, payment.currency),
        vat=money(payment.vat_cents, payment.currency),
        total=money(payment.total_cents, payment.currency),
        status=payment.status,
        number=payment.invoice_number,
        url=payment.invoice_url if payment.invoice_url.startswith(("https://", "http://")) else "",
        back=_gone_back(payment),
        dispute=payment.dispute,
    )


def _gone_back(payment: PaymentRow) -> str:
    """What of a payment was returned, and the credits that went with it; '' where nothing."""
    parts = []
    if payment.refunded_cents:
        sum_ = money(payment.refunded_cents, payment.currency)
        parts.append(tr("{sum} returned to you", sum=sum_))
    if payment.taken_credits:
        words = trn("{n} credit taken back", "{n} credits taken back", payment.taken_credits)
        parts.append(words)
    return " · ".join(parts)
