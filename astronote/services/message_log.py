"""The log of every message of a shop: search, filter, read one, export."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote.errors import Invalid, NotFound
from astronote.models import Message, MessageBatch, MessageEvent
from astronote.models.messages import MESSAGE_KINDS, MESSAGE_STATUSES
from astronote.paging import COUNT_LIMIT, Page, decode_cursor, encode_cursor
from astronote.security import phone_hmac
from astronote.services import campaign_rows, phones, shops

_PORTION: Final = 1_000


@dataclass(frozen=True)
class Step:
    """A moment in a message's life (UTC)."""

    status: str
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class MessageRow:
    """A message as the log shows it, its history oldest first."""

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
    history: tuple[Step, ...]
    created_at: datetime


def listing(
    session: Session,
    shop_id: int,
    *,
    campaign_id: int | None = None,
    contact_id: int | None = None,
    status: str | None = None,
    phone: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[MessageRow]:
    """The shop's messages, or one campaign's or contact's, newest first.

    ``phone`` is a whole number in any spelling, or some of its digits.

    Raises:
        NotFound: the shop has no such campaign.
        Invalid: there is no such status or kind.
        BadRequest: ``invalid_cursor``.
    """
    conditions = _conditions(session, shop_id, campaign_id, status, phone, kind)
    if contact_id is not None:
        conditions.append(col(Message.contact_id) == contact_id)
    counted = session.execute(
        sa.select(sa.func.count()).select_from(
            sa.select(col(Message.id)).where(*conditions).limit(COUNT_LIMIT + 1).subquery()
        )
    ).scalar_one()
    before = int(decode_cursor(cursor, 1)[0]) if cursor else None
    found = _portion(session, conditions, before, limit + 1)
    rows = _rows(session, shop_id, found[:limit])
    more = encode_cursor(rows[-1].id) if len(found) > limit else None
    return Page(rows, more, min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT)


def export(
    session: Session,
    shop_id: int,
    *,
    campaign_id: int | None = None,
    status: str | None = None,
    phone: str | None = None,
    kind: str | None = None,
) -> Iterator[MessageRow]:
    """Every message that :func:`listing` would page through, read in portions.

    Raises:
        NotFound: the shop has no such campaign.
        Invalid: there is no such status or kind.
    """
    conditions = _conditions(session, shop_id, campaign_id, status, phone, kind)
    return _all(session, shop_id, conditions)


def get(session: Session, shop_id: int, message_id: int) -> MessageRow:
    """One message.

    Raises:
        NotFound: the shop has no such message.
    """
    found = _portion(session, [col(Message.shop_id) == shop_id, col(Message.id) == message_id])
    if not found:
        raise NotFound("There is no such message.")
    return _rows(session, shop_id, found)[0]


def _all(
    session: Session, shop_id: int, conditions: Sequence[sa.ColumnElement[bool]]
) -> Iterator[MessageRow]:
    before: int | None = None
    while found := _portion(session, conditions, before, _PORTION):
        yield from _rows(session, shop_id, found)
        before = found[-1].id
        session.expunge_all()


def _portion(
    session: Session,
    conditions: Sequence[sa.ColumnElement[bool]],
    before: int | None = None,
    limit: int = 1,
) -> list[Message]:
    query = sa.select(Message).where(*conditions).order_by(col(Message.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(Message.id) < before)
    return list(session.execute(query.execution_options(populate_existing=True)).scalars())


def _conditions(
    session: Session,
    shop_id: int,
    campaign_id: int | None,
    status: str | None,
    phone: str | None,
    kind: str | None,
) -> list[sa.ColumnElement[bool]]:
    conditions = [col(Message.shop_id) == shop_id]
    if campaign_id is not None:
        campaign_rows.get(session, shop_id, campaign_id)
        conditions += _of_campaign(session, shop_id, campaign_id)
    if status:
        if status not in MESSAGE_STATUSES:
            raise Invalid("There is no such status.", field="status")
        conditions.append(col(Message.status) == status)
    if kind:
        if kind not in MESSAGE_KINDS:
            raise Invalid("There is no such kind.", field="kind")
        conditions.append(col(Message.kind) == kind)
    if phone and phone.strip():
        conditions.append(_has_phone(shops.get(session, shop_id).country, phone))
    return conditions


def _of_campaign(session: Session, shop_id: int, campaign_id: int) -> list[sa.ColumnElement[bool]]:
    """A run's messages stand close together: its first and last batch say between which ids,
    so that a page is a few steps on the primary key however many messages came after."""
    of = (col(MessageBatch.shop_id) == shop_id, col(MessageBatch.campaign_id) == campaign_id)
    first, last = session.execute(
        sa.select(sa.func.min(MessageBatch.id), sa.func.max(MessageBatch.id)).where(*of)
    ).one()
    low, high = session.execute(
        sa.select(
            sa.select(sa.func.min(Message.id))
            .where(col(Message.batch_id) == first)
            .scalar_subquery(),
            sa.select(sa.func.max(Message.id))
            .where(col(Message.batch_id) == last)
            .scalar_subquery(),
        )
    ).one()
    return [
        col(Message.campaign_id) == campaign_id,
        col(Message.id).between(low or 0, high or 0),
    ]


def _has_phone(country: str, asked: str) -> sa.ColumnElement[bool]:
    try:
        return col(Message.phone_hash) == phone_hmac(phones.parse(asked, country))
    except Invalid:
        digits = re.sub(r"\D", "", asked)
    if not digits:
        return sa.false()
    return sa.func.strpos(col(Message.phone), digits) > 0


def _rows(session: Session, shop_id: int, found: Sequence[Message]) -> list[MessageRow]:
    events: dict[int, list[Step]] = {}
    if found:
        noted = session.execute(
            sa.select(
                col(MessageEvent.message_id),
                col(MessageEvent.event),
                col(MessageEvent.at),
                col(MessageEvent.note),
            ).where(
                col(MessageEvent.shop_id) == shop_id,
                col(MessageEvent.message_id).in_([message.id for message in found]),
            )
        )
        for message_id, event, at, note in noted:
            events.setdefault(message_id, []).append(Step(event, at, note))
    return [_row(message, events.get(message.id or 0, [])) for message in found]


def _row(message: Message, unusual: list[Step]) -> MessageRow:
    return MessageRow(
        id=message.id or 0,
        contact_id=message.contact_id,
        campaign_id=message.campaign_id,
        phone=message.phone,
        kind=message.kind,
        status=message.status,
        text=message.text,
        encoding=message.encoding,
        parts=message.parts,
        credits=message.credits,
        provider_message_id=message.provider_message_id,
        failure_reason=message.failure_reason,
        history=_history(message, unusual),
        created_at=message.created_at,
    )


def _history(message: Message, unusual: list[Step]) -> tuple[Step, ...]:
    """The time stamps are the usual history; what is out of the ordinary has rows."""
    stamps: list[tuple[str, Any]] = [
        ("queued", message.created_at),
        ("sending", message.dispatched_at or message.claimed_at),
        ("sent", message.sent_at),
        ("delivered", message.delivered_at),
    ]
    if message.status in ("failed", "skipped", "expired"):
        stamps.append((message.status, message.ended_at))
    steps = [Step(status, at) for status, at in stamps if at is not None]
    # Sorting is stable: of what happened at one moment, the usual order stays.
    return tuple(sorted([*steps, *unusual], key=lambda step: step.at))
