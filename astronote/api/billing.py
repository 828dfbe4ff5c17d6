"""What the shop has paid for and spent."""

import csv
import io
from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from astronote.api.deps import DEFAULT, Cursor, Limit, ShopSession, SignedIn
from astronote.api.schemas import Answer, Listing, Moment, listing
from astronote.db import transaction
from astronote.services import billing

router = APIRouter(prefix="/api/billing", tags=["billing"])


class SubscriptionAnswer(Answer):
    status: str
    plan: str | None
    current_period_end: Moment | None


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


@router.get("/summary")
def summary(who: SignedIn, session: ShopSession) -> SummaryAnswer:
    """Plan, credits, and whether the shop may send."""
    return SummaryAnswer.model_validate(billing.summary(session, who.shop_id))


@router.get("/ledger", response_model=Listing[LedgerAnswer])
def ledger(
    who: SignedIn,
    session: ShopSession,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
    format: Literal["csv"] | None = None,
) -> Listing[LedgerAnswer] | Response:
    """The ledger, newest first; ``format=csv`` streams all of it."""
    if format == "csv":
        return StreamingResponse(
            _ledger_csv(who.shop_id),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="ledger.csv"'},
        )
    page = billing.ledger(session, who.shop_id, limit=limit, cursor=cursor)
    return listing(page, LedgerAnswer.model_validate)


def _ledger_csv(shop_id: int) -> Iterator[str]:
    buffer = io.StringIO()
    write = csv.writer(buffer).writerow
    write(["at", "kind", "amount", "balance after", "campaign", "message", "messages", "note"])
    with transaction(shop_id) as session:
        for row in billing.ledger_rows(session, shop_id):
            write(
                [
                    row.at.isoformat(),
                    row.kind,
                    row.amount,
                    row.balance_after,
                    row.campaign_id,
                    row.message_id,
                    row.count,
                    row.note,
                ]
            )
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
