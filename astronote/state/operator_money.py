"""The operator's page: payments that were refunded or disputed."""

import dataclasses

import reflex as rx

from astronote.services import reversals
from astronote.services.reversals import Reversal
from astronote.state.base import answers, call_operator
from astronote.state.gate import OperatorOnly
from astronote.state.money import money
from astronote.state.words import ago, exact, number, tr, trn

ZONE = "UTC"


@dataclasses.dataclass(frozen=True)
class ReversalView:
    """A payment of which money went back, in words; its ``id`` is the payment's."""

    id: int
    shop_id: int
    shop: str
    what: str
    total: str
    at: str
    at_exact: str
    refunded: str
    dispute: str
    taken: str
    short: str


class OperatorMoneyState(OperatorOnly, rx.State):
    """Loaded with the operator's page."""

    loading: bool = True
    rows: rx.Field[list[ReversalView]] = rx.field(default_factory=list)

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the list."""
        self.rows = [_view(one) for one in await call_operator(reversals.listing)]
        self.loading = False


def _view(one: Reversal) -> ReversalView:
    missing = trn("{n} was spent already", "{n} were spent already", one.short)
    return ReversalView(
        id=one.payment_id,
        shop_id=one.shop_id,
        shop=one.shop,
        what=tr("Plan")
        if one.kind == "subscription"
        else trn("{n} credit", "{n} credits", one.credits),
        total=money(one.total_cents, one.currency),
        at=ago(one.at),
        at_exact=exact(one.at, ZONE),
        refunded=money(one.refunded_cents, one.currency),
        dispute=one.dispute,
        taken=number(one.taken),
        short=missing if one.short else "",
    )
