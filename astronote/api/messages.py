"""The log of every message."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse
from sqlmodel import Session

from astronote import clock
from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, ShopSession, SignedIn
from astronote.api.schemas import Answer, Listing, Moment, listing
from astronote.db import transaction
from astronote.services import message_log
from astronote.services.cells import neutralise
from astronote.services.message_log import MessageRow

router = APIRouter(prefix="/api", tags=["messages"])

Format = Literal["csv", "json"]
_COLUMNS = (
    "id",
    "created at",
    "kind",
    "phone",
    "status",
    "failure reason",
    "parts",
    "credits",
    "provider message id",
    "text",
)


@dataclass(frozen=True)
class Filters:
    """What to show of the log."""

    status: Annotated[str | None, Query(max_length=20)] = None
    phone: Annotated[str | None, Query(max_length=40)] = None
    kind: Annotated[str | None, Query(max_length=20)] = None


Filter = Annotated[Filters, Depends()]


class StepAnswer(Answer):
    status: str
    at: Moment


class MessageAnswer(Answer):
    id: int
    contact_id: int | None
    campaign_id: int | None
    phone: str
    kind: str
    status: str
    text: str
    encoding: str
    parts: int
    credits: int
    provider_message_id: str | None
    failure_reason: str | None
    history: list[StepAnswer]
    created_at: Moment


@router.get("/messages", response_model=Listing[MessageAnswer])
def find(
    who: SignedIn,
    session: ShopSession,
    wanted: Filter,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
    format: Format = "json",
) -> Listing[MessageAnswer] | Response:
    """The shop's messages, newest first; ``format=csv`` streams all of them."""
    return _found(session, who.shop_id, None, wanted, limit, cursor, format)


@router.get("/campaigns/{campaign_id}/messages", response_model=Listing[MessageAnswer])
def of_campaign(
    campaign_id: ObjectId,
    who: SignedIn,
    session: ShopSession,
    wanted: Filter,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
    format: Format = "json",
) -> Listing[MessageAnswer] | Response:
    """The same of one campaign."""
    return _found(session, who.shop_id, campaign_id, wanted, limit, cursor, format)


@router.get("/messages/{message_id}")
def read(message_id: ObjectId, who: SignedIn, session: ShopSession) -> MessageAnswer:
    """One message with its history."""
    return MessageAnswer.model_validate(message_log.get(session, who.shop_id, message_id))


def _found(
    session: Session,
    shop_id: int,
    campaign_id: int | None,
    wanted: Filters,
    limit: int,
    cursor: str | None,
    format: str,
) -> Listing[MessageAnswer] | Response:
    asked = {"campaign_id": campaign_id, **asdict(wanted)}
    if format == "csv":
        # Refuses here, before the answer has begun, what the stream could only break off at.
        message_log.export(session, shop_id, **asked)
        return _download(shop_id, campaign_id, wanted)
    page = message_log.listing(session, shop_id, limit=limit, cursor=cursor, **asked)
    return listing(page, MessageAnswer.model_validate)


def _download(shop_id: int, campaign_id: int | None, wanted: Filters) -> Response:
    name = "messages.csv" if campaign_id is None else f"campaign-{campaign_id}.csv"
    return StreamingResponse(
        _lines(shop_id, campaign_id, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(shop_id: int, campaign_id: int | None, wanted: Filters) -> Iterator[str]:
    buffer = io.StringIO()
    write = csv.writer(buffer).writerow
    write(_COLUMNS)
    yield buffer.getvalue()
    # A unit of work of its own: the request's has ended when the file begins to flow.
    with transaction(shop_id) as session:
        rows = message_log.export(session, shop_id, campaign_id=campaign_id, **asdict(wanted))
        for row in rows:
            buffer.seek(0)
            buffer.truncate()
            write(_cells(row))
            yield buffer.getvalue()


def _cells(row: MessageRow) -> list[object]:
    return [
        row.id,
        clock.written(row.created_at),
        row.kind,
        neutralise(row.phone),
        row.status,
        neutralise(row.failure_reason or ""),
        row.parts,
        row.credits,
        neutralise(row.provider_message_id or ""),
        neutralise(row.text),
    ]
