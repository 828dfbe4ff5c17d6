"""The inbox: what shoppers wrote, and the shop's answers, a conversation for each contact.

Answering is in ``replies``.

A text belongs to the contact it was filed under, else to the contact that has its phone
now; texts of a phone that no contact has are a conversation of their own, which can be
read but not answered. A thread also shows the shop's other messages to that phone, so
that an answer can be understood.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.errors import NotFound
from astronote.paging import COUNT_LIMIT, Page, decode_cursor, encode_cursor
from astronote.security import phone_hmac
from astronote.services import contacts
from astronote.services.contacts import ContactRow

MOST: Final = 200
"""How many entries of a thread are shown, the newest."""


@dataclass(frozen=True)
class Conversation:
    """A conversation by its newest text; times are UTC.

    ``contact_id`` is None where no contact has the phone. ``marked`` where an unread text
    holds an opt-out word without being an opt-out.
    """

    contact_id: int | None
    phone: str
    name: str
    is_subscribed: bool
    last_id: int
    last_text: str
    last_direction: str
    last_at: datetime
    unread: int
    marked: bool


@dataclass(frozen=True)
class Entry:
    """Something said: ``in`` or ``out``; ``kind`` is ``inbound``, ``direct``, or that of
    the shop's other messages. ``status`` and ``failure_reason`` are of what went out."""

    id: int
    direction: str
    kind: str
    text: str
    at: datetime
    marked: bool
    is_read: bool
    message_id: int | None
    status: str | None
    failure_reason: str | None


@dataclass(frozen=True)
class Thread:
    """A conversation with all that was said, the oldest first."""

    conversation: Conversation
    entries: list[Entry]


@dataclass(frozen=True)
class Pulse:
    """What changes when anything in the inbox does."""

    last_id: int
    unread: int


def listing(
    session: Session, shop_id: int, *, limit: int = 50, cursor: str | None = None
) -> Page[Conversation]:
    """The shop's conversations, the one with the newest text first.

    Raises:
        BadRequest: ``invalid_cursor``.
    """
    before = int(decode_cursor(cursor, 1)[0]) if cursor else None
    asked = {"shop": shop_id, "before": before, "most": limit + 1, "key": None}
    found = session.execute(_CONVERSATIONS, asked).all()
    counted = int(session.execute(_COUNT, {"shop": shop_id, "most": COUNT_LIMIT + 1}).scalar_one())
    rows = [_conversation(row) for row in found[:limit]]
    more = encode_cursor(rows[-1].last_id) if len(found) > limit else None
    return Page(rows, more, min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT)


def pulse(session: Session, shop_id: int) -> Pulse:
    """Whether anything came in, at little cost: what a page asks every few seconds."""
    row = session.execute(_PULSE, {"shop": shop_id}).one()
    return Pulse(row.last_id, row.unread)


def thread(session: Session, shop_id: int, contact_id: int) -> Thread:
    """A contact's conversation; empty where nothing was said.

    Raises:
        NotFound: the shop has no such contact.
    """
    contact = contacts.get(session, shop_id, contact_id)
    return _thread(session, shop_id, f"c{contact_id}", contact)


def thread_of(session: Session, shop_id: int, conversation_message_id: int) -> Thread:
    """The conversation that a text is part of, also where no contact has its phone.

    Raises:
        NotFound: the shop has no such text.
    """
    named = {"shop": shop_id, "id": conversation_message_id}
    row = session.execute(_KEY_OF, named).one_or_none()
    if row is None:
        raise NotFound("There is no such conversation.")
    contact = None if row.contact_id is None else contacts.get(session, shop_id, row.contact_id)
    return _thread(session, shop_id, row.key, contact)


def mark_read(session: Session, shop_id: int, seen: Thread) -> int:
    """Note that somebody read what ``seen`` shows; how many texts were unread."""
    ids = [entry.id for entry in seen.entries if entry.kind == "inbound" and not entry.is_read]
    if not ids:
        return 0
    return rows_changed(session.execute(_READ, {"shop": shop_id, "ids": ids, "now": clock.now()}))


def _thread(session: Session, shop_id: int, key: str, contact: ContactRow | None) -> Thread:
    asked = {"shop": shop_id, "before": None, "most": 1, "key": key}
    head = session.execute(_CONVERSATIONS, asked).one_or_none()
    found = session.execute(
        _ENTRIES,
        {
            "shop": shop_id,
            "key": key,
            "most": MOST,
            "hash": phone_hmac(contact.phone if contact else head.phone if head else ""),
        },
    ).all()
    entries = [
        Entry(
            id=row.id,
            direction=row.direction,
            kind=row.kind,
            text=row.text,
            at=row.at,
            marked=row.marked is not None,
            is_read=row.read_at is not None,
            message_id=row.message_id,
            status=row.status,
            failure_reason=row.failure_reason,
        )
        for row in reversed(found)
    ]
    return Thread(_conversation(head) if head else _silent(contact), entries)


def _silent(contact: ContactRow | None) -> Conversation:
    """A contact with whom nothing was said yet."""
    if contact is None:
        raise NotFound("There is no such conversation.")
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return Conversation(
        contact_id=contact.id,
        phone=contact.phone,
        name=name,
        is_subscribed=contact.is_subscribed,
        last_id=0,
        last_text="",
        last_direction="",
        last_at=contact.created_at,
        unread=0,
        marked=False,
    )


def _conversation(row: sa.Row[Any]) -> Conversation:
    return Conversation(
        contact_id=row.contact_id,
        phone=row.phone,
        name=row.name,
        is_subscribed=row.is_subscribed,
        last_id=row.id,
        last_text=row.text,
        last_direction=row.direction,
        last_at=row.at,
        unread=row.unread,
        marked=row.marked,
    )


# Texts of erased people have no phone and are in no conversation.
_TEXTS: Final = """
    texts AS (
        SELECT m.id, m.phone, m.direction, m.text, m.marked, m.message_id, m.at, m.read_at,
               coalesce(m.contact_id, c.id) AS contact_id,
               coalesce('c' || coalesce(m.contact_id, c.id),
                        'p' || encode(m.phone_hash, 'hex')) AS key
        FROM conversation_message m
        LEFT JOIN contact c ON c.shop_id = m.shop_id AND c.phone_hash = m.phone_hash
        WHERE m.shop_id = :shop AND m.phone_hash <> ''
    )
"""

_CONVERSATIONS: Final = sa.text(f"""
    WITH {_TEXTS}, newest AS (
        SELECT key, max(id) AS id,
               count(*) FILTER (WHERE direction = 'in' AND read_at IS NULL) AS unread,
               coalesce(bool_or(marked IS NOT NULL) FILTER (WHERE read_at IS NULL), false)
                   AS marked
        FROM texts WHERE CAST(:key AS text) IS NULL OR key = :key
        GROUP BY key
    )
    SELECT t.id, t.contact_id, coalesce(c.phone, t.phone) AS phone, t.text, t.direction, t.at,
           concat_ws(' ', nullif(c.first_name, ''), nullif(c.last_name, '')) AS name,
           coalesce(c.is_subscribed, false) AS is_subscribed, n.unread, n.marked
    FROM newest n JOIN texts t USING (id)
    LEFT JOIN contact c ON c.shop_id = :shop AND c.id = t.contact_id
    WHERE CAST(:before AS bigint) IS NULL OR n.id < :before
    ORDER BY n.id DESC LIMIT :most
""")  # noqa: S608

_COUNT: Final = sa.text(f"""
    WITH {_TEXTS} SELECT count(*) FROM (SELECT DISTINCT key FROM texts LIMIT :most) found
""")  # noqa: S608

_KEY_OF: Final = sa.text(f"""
    WITH {_TEXTS} SELECT key, contact_id FROM texts WHERE id = :id
""")  # noqa: S608

_ENTRIES: Final = sa.text(f"""
    WITH {_TEXTS}
    SELECT * FROM (
        SELECT t.id, t.direction, CASE t.direction WHEN 'in' THEN 'inbound' ELSE 'direct' END
                   AS kind,
               t.text, t.at, t.marked, t.read_at, t.message_id, s.status, s.failure_reason
        FROM texts t LEFT JOIN message s ON s.shop_id = :shop AND s.id = t.message_id
        WHERE t.key = :key
        UNION ALL
        SELECT s.id, 'out', s.kind, s.text, coalesce(s.sent_at, s.created_at), NULL,
               s.created_at, s.id, s.status, s.failure_reason
        FROM message s
        WHERE s.shop_id = :shop AND s.phone_hash = :hash
          AND s.kind NOT IN ('direct', 'test') AND s.status <> 'skipped'
    ) said
    ORDER BY at DESC, id DESC LIMIT :most
""")  # noqa: S608

_PULSE: Final = sa.text("""
    SELECT coalesce(max(id), 0) AS last_id,
           count(*) FILTER (WHERE direction = 'in' AND read_at IS NULL AND phone_hash <> '')
               AS unread
    FROM conversation_message WHERE shop_id = :shop
""")

_READ: Final = sa.text("""
    UPDATE conversation_message SET read_at = :now
    WHERE shop_id = :shop AND id = ANY(CAST(:ids AS bigint[])) AND read_at IS NULL
""")
