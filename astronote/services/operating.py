"""What an operator does: shops on hold, sender names, parked events, and who operates.

All in system transactions. Every act leaves an ``audit_event``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import Conflict, NotFound
from astronote.models import AuditEvent, LinkMiss, Shop, UserAccount, WebhookEvent
from astronote.paging import COUNT_LIMIT, Page, decode_cursor, encode_cursor
from astronote.services import sender_names
from astronote.services.folding import fold
from astronote.words import say

PARKED_SHOWN: Final = 100
MISSES_SHOWN: Final = 100
COMMAND_LINE: Final = "operator:command-line"
"""The actor where an act comes from the command line."""


@dataclass(frozen=True)
class ShopLine:
    """A shop as the operator sees it; times are UTC, credits whole."""

    id: int
    name: str
    owner: str
    status: str
    plan: str | None
    credits: int
    sender_name: str
    sender_approved: bool
    sender_refusal: str
    on_hold_at: datetime | None
    hold_reason: str
    sent_30_days: int
    created_at: datetime


@dataclass(frozen=True)
class Parked:
    """An event that could not be applied; ``about`` names no phone and no text."""

    id: int
    provider: str
    kind: str
    received_at: datetime
    attempts: int
    error: str
    about: str


@dataclass(frozen=True)
class Miss:
    """A short code that nobody has."""

    code: str
    count: int
    last_at: datetime


def shops(
    session: Session, *, q: str = "", limit: int = 25, cursor: str | None = None
) -> Page[ShopLine]:
    """Shops, newest first; ``q`` is part of a name or of an owner's e-mail, or an id.

    Raises:
        BadRequest: ``invalid_cursor``.
    """
    before = decode_cursor(cursor, 1)[0] if cursor else None
    wanted = fold(q.strip())[:100]
    literal = wanted.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    asked = {"q": literal, "id": int(wanted) if _is_id(wanted) else None}
    counted = session.execute(_COUNT, asked | {"most": COUNT_LIMIT + 1}).scalar_one()
    since = clock.now() - timedelta(days=30)
    found = session.execute(
        _SHOPS, asked | {"before": before, "since": since, "most": limit + 1}
    ).all()
    rows = [ShopLine(*row) for row in found[:limit]]
    more = encode_cursor(rows[-1].id) if len(found) > limit else None
    return Page(rows, more, min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT)


def hold(session: Session, actor: str, shop_id: int, reason: str) -> None:
    """Stop everything a shop sends; its owner reads the reason.

    Raises:
        NotFound: there is no such shop.
        Invalid: no reason, or one that is too long.
    """
    shop = _shop(session, shop_id)
    shop.hold_reason = sender_names.check_reason(reason)
    shop.on_hold_at = shop.on_hold_at or clock.now()
    _note(session, actor, "operator.hold", shop_id, reason=shop.hold_reason)


def release(session: Session, actor: str, shop_id: int) -> None:
    """Let a shop send again.

    Raises:
        NotFound: there is no such shop.
        Conflict: ``not_on_hold``.
    """
    shop = _shop(session, shop_id)
    if shop.on_hold_at is None:
        raise Conflict("The shop is not on hold.", code="not_on_hold")
    shop.on_hold_at, shop.hold_reason = None, ""
    _note(session, actor, "operator.release", shop_id)


def approve_sender(session: Session, actor: str, shop_id: int, name: str | None = None) -> str:
    """Approve a shop's sender name: ``name`` as the operator saw it, else the present one.

    Returns the name.

    Raises:
        NotFound: there is no such shop.
        Conflict: ``name_changed``, ``no_sender_name``.
    """
    shop = _shop(session, shop_id)
    sender_names.approve(shop, shop.sender_name if name is None else name)
    _note(session, actor, "operator.approve_sender", shop_id, name=shop.sender_name)
    return shop.sender_name


def refuse_sender(
    session: Session, actor: str, shop_id: int, reason: str, name: str | None = None
) -> str:
    """Refuse a shop's sender name, with a reason for its owner; returns the name.

    Raises:
        NotFound: there is no such shop.
        Conflict: ``name_changed``, ``no_sender_name``.
        Invalid: no reason, or one that is too long.
    """
    shop = _shop(session, shop_id)
    sender_names.refuse(shop, shop.sender_name if name is None else name, reason)
    note = {"name": shop.sender_name, "reason": shop.sender_refusal}
    _note(session, actor, "operator.refuse_sender", shop_id, **note)
    return shop.sender_name


def parked(session: Session) -> list[Parked]:
    """Events that wait for an operator, newest first, the first hundred."""
    found = session.exec(
        select(WebhookEvent)
        .where(WebhookEvent.state == "parked")
        .order_by(col(WebhookEvent.id).desc())
        .limit(PARKED_SHOWN)
    )
    return [_parked(event) for event in found]


def retry(session: Session, actor: str, event_id: int) -> str:
    """Let a parked event be applied again; returns its provider.

    Raises:
        NotFound: there is no such event, or it is not parked.
    """
    event = _event(session, event_id)
    # It waits another while for what it is about, as one that has just come.
    event.state, event.attempts, event.retry_at, event.error = "received", 0, None, None
    event.received_at = clock.now()
    _note(session, actor, "operator.retry_event", None, event=event_id)
    return event.provider


def drop(session: Session, actor: str, event_id: int) -> None:
    """Forget a parked event.

    Raises:
        NotFound: there is no such event, or it is not parked.
    """
    event = _event(session, event_id)
    event.state = "ignored"
    _note(session, actor, "operator.drop_event", None, event=event_id)


def misses(session: Session) -> list[Miss]:
    """Short codes that were asked for and do not exist, the most often first."""
    found = session.exec(
        select(LinkMiss)
        .order_by(col(LinkMiss.count).desc(), col(LinkMiss.last_at).desc())
        .limit(MISSES_SHOWN)
    )
    return [Miss(miss.code, miss.count, miss.last_at) for miss in found]


def make_operator(session: Session, email: str, is_operator: bool) -> None:
    """Let a user operate the installation, or no more; by command line only.

    Raises:
        NotFound: nobody has this e-mail.
    """
    user = session.exec(
        select(UserAccount).where(UserAccount.email == email.strip().lower())
    ).first()
    if user is None:
        raise NotFound(say("There is no account with the e-mail {email}.", email=email))
    user.is_operator = is_operator
    session.add(user)
    verb = "grant" if is_operator else "revoke"
    _note(session, COMMAND_LINE, f"operator.{verb}", None, user=user.id)


def _shop(session: Session, shop_id: int) -> Shop:
    found = session.exec(
        select(Shop)
        .where(Shop.id == shop_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound("There is no such shop.")
    session.add(found)
    return found


def _event(session: Session, event_id: int) -> WebhookEvent:
    found = session.exec(
        select(WebhookEvent)
        .where(WebhookEvent.id == event_id, WebhookEvent.state == "parked")
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound("There is no such event.")
    session.add(found)
    return found


def _parked(event: WebhookEvent) -> Parked:
    named = event.body.get("messageId") or event.body.get("id") or event.body.get("message_id")
    return Parked(
        id=event.id or 0,
        provider=event.provider,
        kind=str(event.body.get("type", event.kind)) if event.provider == "stripe" else event.kind,
        received_at=event.received_at,
        attempts=event.attempts,
        error=event.error or "",
        about=str(named or "")[:80],
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _note(
    session: Session, actor: str, action: str, shop_id: int | None, **details: object
) -> None:
    session.add(AuditEvent(shop_id=shop_id, actor=actor, action=action, details=dict(details)))
    session.flush()


_MATCHES: Final = """
    (CAST(:q AS text) = '' OR s.id = CAST(:id AS bigint)
     OR search_fold(s.name) LIKE '%' || CAST(:q AS text) || '%'
     OR EXISTS (SELECT FROM membership m JOIN user_account u ON u.id = m.user_id
                WHERE m.shop_id = s.id AND u.email LIKE '%' || CAST(:q AS text) || '%'))
"""

_COUNT: sa.TextClause = sa.text(f"""
    SELECT count(*) FROM (SELECT FROM shop s WHERE {_MATCHES} LIMIT :most) found
""")  # noqa: S608

_SHOPS: Any = sa.text(f"""
    SELECT s.id, s.name,
           coalesce((SELECT u.email FROM membership m JOIN user_account u ON u.id = m.user_id
                     WHERE m.shop_id = s.id AND m.role = 'owner' ORDER BY m.id LIMIT 1), ''),
           b.status, b.plan, coalesce(w.posted - w.reserved, 0),
           s.sender_name, s.sender_approved_at IS NOT NULL, s.sender_refusal,
           s.on_hold_at, s.hold_reason,
           coalesce((SELECT sum(t.count) FROM credit_transaction t
                     WHERE t.shop_id = s.id AND t.kind = 'commit' AND t.at >= :since), 0),
           s.created_at
    FROM shop s
    LEFT JOIN subscription b ON b.shop_id = s.id
    LEFT JOIN wallet w ON w.shop_id = s.id
    WHERE {_MATCHES} AND (CAST(:before AS bigint) IS NULL OR s.id < CAST(:before AS bigint))
    ORDER BY s.id DESC LIMIT :most
""")  # noqa: S608
