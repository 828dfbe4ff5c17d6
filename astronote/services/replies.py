"""Answers from the inbox: one message to one contact, through the pipeline of all others."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.errors import Conflict, Invalid
from astronote.services import composing, contacts, inbox, launching, links, messages, shops
from astronote.services.campaigns import MAX_TEXT
from astronote.services.consent import is_suppressed
from astronote.services.inbox import Thread
from astronote.services.shops import ShopRow
from astronote.settings import settings
from astronote.words import say


@dataclass(frozen=True)
class Reply:
    """An answer that was queued; ``credits`` are what it costs."""

    message_id: int
    conversation_message_id: int
    text: str
    credits: int


def reply(
    session: Session, shop_id: int, contact_id: int, text: str, *, created_by: int | None = None
) -> Reply:
    """Write to one contact; the way out is added only where the shop writes first.

    Raises:
        NotFound: the shop has no such contact.
        Invalid: ``empty_message``, ``unknown_token``, ``invalid_url``, or too long.
        Conflict: ``not_subscribed``, ``sender_not_approved``.
        PaymentRequired: ``subscription_inactive``, ``insufficient_credits``.
    """
    contact = contacts.get(session, shop_id, contact_id)
    written = _checked_text(text)
    if not contact.is_subscribed or is_suppressed(session, shop_id, contact.phone):
        raise Conflict(
            "This person is not subscribed, so no message can be sent.", code="not_subscribed"
        )
    shop = shops.get(session, shop_id)
    launching.require_may_send(session, shop)
    seen = inbox.thread(session, shop_id, contact_id)
    message_id = messages.queue_single(
        session,
        shop_id,
        kind="direct",
        phone=contact.phone,
        composer=_composer(session, shop, written, seen),
        first_name=contact.first_name,
        last_name=contact.last_name,
        contact_id=contact_id,
        created_by=created_by,
    )
    inbox.mark_read(session, shop_id, seen)
    return _note(session, shop_id, message_id)


def sender_of(shop: ShopRow) -> str:
    """Who the shop's messages come from."""
    return shop.sender_name or settings().mitto_sender


def can_receive(shop: ShopRow) -> bool:
    """Whether phones can answer the shop's sender: a number can be, a name cannot."""
    return sender_of(shop).removeprefix("+").isdigit()


def _checked_text(text: str) -> str:
    if not text.strip():
        raise Invalid("Write a message first.", code="empty_message", field="text")
    if len(text) > MAX_TEXT:
        raise Invalid(say("A message has at most {n} characters.", n=MAX_TEXT), field="text")
    return text.strip()


def _composer(session: Session, shop: ShopRow, text: str, seen: Thread) -> composing.Composer:
    try:
        urls = composing.urls_to_shorten(shop, text, "direct")
        ordinals = links.shorten(session, shop.id, None, urls)
        is_answer = any(entry.direction == "in" for entry in seen.entries)
        made = composing.composer(
            shop,
            text,
            "auto",
            False,
            "direct",
            ordinals,
            external=links.external(session, shop.id, None, urls),
            shop_writes_first=not is_answer,
        )
    except Invalid as refusal:
        extra = {"code": refusal.code, "field": "text", **refusal.extra}
        raise Invalid(refusal.detail, **extra) from refusal
    if made.is_blank:
        raise Invalid("Write a message first.", code="empty_message", field="text")
    return made


def _note(session: Session, shop_id: int, message_id: int) -> Reply:
    """Put the message, as it will be sent, into its conversation."""
    row = session.execute(_NOTE, {"shop": shop_id, "message": message_id, "now": clock.now()}).one()
    return Reply(message_id, row.id, row.text, row.credits)


_NOTE: Final = sa.text("""
    WITH sent AS (SELECT * FROM message WHERE shop_id = :shop AND id = :message), noted AS (
        INSERT INTO conversation_message
            (shop_id, contact_id, phone, phone_hash, direction, text, message_id, at)
        SELECT shop_id, contact_id, phone, phone_hash, 'out', text, id, :now FROM sent
        RETURNING id, message_id
    )
    SELECT noted.id, sent.text, sent.credits FROM noted JOIN sent ON sent.id = noted.message_id
""")
