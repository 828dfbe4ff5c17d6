"""The operator's page: shops with holds and sender names, and how the installation does."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Annotated

import reflex as rx
from pydantic import StringConstraints

from astronote.errors import Refused
from astronote.services import gauges, invariant_runs, operating, sender_names
from astronote.services.gauges import Gauge
from astronote.services.invariant_runs import Look
from astronote.services.operating import ShopLine
from astronote.services.sender_names import Waiting
from astronote.settings import settings
from astronote.state import identity
from astronote.state.base import (
    Id,
    Sent,
    Text,
    answers,
    call_operator,
    checked,
    done,
    field_messages,
)
from astronote.state.gate import OperatorOnly
from astronote.state.keyset import Keyset
from astronote.state.money import plan_name, status_name
from astronote.state.words import ago, exact, number, tr, trn

PAGE = 25
ZONE = "UTC"
Act = Annotated[str, StringConstraints(pattern="^(hold|refuse)$")]


@dataclasses.dataclass(frozen=True)
class ShopView:
    """A shop, in words."""

    id: int
    name: str
    owner: str
    status: str
    status_name: str
    plan: str
    credits: str
    sent: str
    sender: str
    sender_state: str
    held: bool
    hold_reason: str
    since: str
    since_exact: str


@dataclasses.dataclass(frozen=True)
class NameView:
    """A sender name that waits."""

    shop_id: int
    shop: str
    name: str
    asked: str
    asked_exact: str


@dataclasses.dataclass(frozen=True)
class Figure:
    """A number of the installation with its name."""

    name: str
    value: str


class OperatorState(OperatorOnly, Keyset, rx.State):
    """Loaded with the operator's page."""

    loading: bool = True
    q: str = ""
    rows: rx.Field[list[ShopView]] = rx.field(default_factory=list)
    names: rx.Field[list[NameView]] = rx.field(default_factory=list)
    names_count: str = ""
    approval_required: bool = False
    figures: rx.Field[list[Figure]] = rx.field(default_factory=list)
    looked: str = ""
    looked_exact: str = ""
    broken: rx.Field[list[str]] = rx.field(default_factory=list)
    looking: bool = False
    act: str = ""
    opened: int = 0
    asked_shop: int = 0
    asked_name: str = ""
    asked_words: str = ""
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    working: bool = False

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        self.act, self.errors = "", {}
        self.approval_required = settings().sender_approval_required
        self._from_start()
        await self._show_page()
        await self._show_names()
        await self._show_figures()
        self.loading = False

    @rx.event
    @answers
    async def search(self, text: str) -> None:
        """Shops by part of a name or e-mail, or by number."""
        self.q = checked(Text, text)
        self._from_start()
        await self._show_page()

    @rx.event
    @answers
    async def ask_hold(self, shop_id: int) -> None:
        """Ask why the shop is to be stopped."""
        row = self._row(shop_id)
        if row is not None:
            self._ask("hold", row.id, "", row.name)

    @rx.event
    @answers
    async def ask_refuse(self, shop_id: int, name: str) -> None:
        """Ask why a sender name is refused."""
        self._ask("refuse", checked(Id, shop_id), checked(Text, name), checked(Text, name))

    @rx.event
    async def never_mind(self) -> None:
        """Do nothing."""
        self.act, self.asked_shop = "", 0

    @rx.event
    @answers
    async def confirm(self, form: dict[str, str]) -> AsyncIterator[Sent]:
        """Stop the shop, or refuse the name, for the reason that was written."""
        reason = checked(Text, checked(dict, form).get("reason", ""))
        act, shop_id, name = checked(Act, self.act), self.asked_shop, self.asked_name
        self.working = True
        yield None
        actor = identity.current().actor
        try:
            if act == "hold":
                await call_operator(operating.hold, actor, shop_id, reason)
            else:
                await call_operator(operating.refuse_sender, actor, shop_id, reason, name)
        except Refused as error:
            self.errors, self.working = field_messages(error), False
            return
        self.working, self.act = False, ""
        await self._show_again()
        yield done(tr("The shop is on hold.") if act == "hold" else tr("The name is refused."))

    @rx.event
    @answers
    async def release(self, shop_id: int) -> AsyncIterator[Sent]:
        """Let a shop send again."""
        actor = identity.current().actor
        await call_operator(operating.release, actor, checked(Id, shop_id))
        await self._show_again()
        yield done(tr("The shop may send again."))

    @rx.event
    @answers
    async def approve(self, shop_id: int, name: str) -> AsyncIterator[Sent]:
        """Approve the sender name that is shown."""
        actor = identity.current().actor
        await call_operator(
            operating.approve_sender, actor, checked(Id, shop_id), checked(Text, name)
        )
        await self._show_again()
        yield done(tr("{name} is approved.", name=name))

    @rx.event
    @answers
    async def look(self) -> AsyncIterator[Sent]:
        """Check the invariants now."""
        self.looking = True
        yield None
        try:
            self._show_look(await call_operator(invariant_runs.run))
        finally:
            self.looking = False

    def _ask(self, act: str, shop_id: int, name: str, words: str) -> None:
        self.act, self.asked_shop, self.asked_name = act, shop_id, name
        self.asked_words, self.errors = words, {}
        self.opened += 1

    def _row(self, shop_id: object) -> ShopView | None:
        wanted = checked(Id, shop_id)
        return next((row for row in self.rows if row.id == wanted), None)

    async def _show_again(self) -> None:
        await self._show_page()
        await self._show_names()

    async def _show_page(self) -> None:
        page = await call_operator(operating.shops, q=self.q, limit=PAGE, cursor=self._cursors[-1])
        self.rows = [_shop(line) for line in page.items]
        self._turned(page.next_cursor)
        more = "" if page.total_is_exact else " +"
        self.shown = trn("{n} shop", "{n} shops", page.total) + more

    async def _show_names(self) -> None:
        found = await call_operator(sender_names.waiting)
        self.names = [_name(one) for one in found]
        self.names_count = number(len(found)) if found else ""

    async def _show_figures(self) -> None:
        found = await asyncio.to_thread(gauges.queues)
        found += await call_operator(gauges.read)
        self.figures = [f for f in map(_figure, found) if f is not None]
        self._show_look(await call_operator(invariant_runs.last))

    def _show_look(self, look: Look | None) -> None:
        self.looked = ago(look.at) if look else ""
        self.looked_exact = exact(look.at, ZONE) if look else ""
        self.broken = list(look.broken) if look else []


def _shop(line: ShopLine) -> ShopView:
    if not line.sender_name:
        sender_state = ""
    elif line.sender_approved:
        sender_state = "approved"
    else:
        sender_state = "refused" if line.sender_refusal else "waiting"
    return ShopView(
        id=line.id,
        name=line.name,
        owner=line.owner,
        status=line.status,
        status_name=status_name(line.status),
        plan=plan_name(line.plan) if line.plan else "",
        credits=number(line.credits),
        sent=number(line.sent_30_days),
        sender=line.sender_name,
        sender_state=sender_state,
        held=line.on_hold_at is not None,
        hold_reason=line.hold_reason,
        since=ago(line.created_at),
        since_exact=exact(line.created_at, ZONE),
    )


def _name(one: Waiting) -> NameView:
    return NameView(
        one.shop_id, one.shop_name, one.sender_name, ago(one.asked_at), exact(one.asked_at, ZONE)
    )


def _figure(gauge: Gauge) -> Figure | None:
    """What of the installation's numbers a person looks at first."""
    label = gauge.labels[0][1] if gauge.labels else ""
    value = number(round(gauge.value))
    names = {
        "astronote_jobs_waiting": tr("Jobs waiting: {queue}", queue=label),
        "astronote_queue_messages": tr("Messages waiting to be sent"),
        "astronote_queue_oldest_seconds": tr("Oldest message waiting, in seconds"),
        "astronote_receipts_open": tr("Receipts not applied yet"),
        "astronote_receipts_lag_seconds": tr("Oldest receipt not applied, in seconds"),
        "astronote_receipts_waiting": tr("Receipts that wait for their message"),
        "astronote_receipts_parked": tr("Receipts parked"),
        "astronote_imports_open": tr("Imports under way"),
        "astronote_reserved_credits": tr("Credits reserved"),
        "astronote_processes": tr("Processes: {kind}", kind=label),
    }
    name = names.get(gauge.name)
    return Figure(name, value) if name else None
