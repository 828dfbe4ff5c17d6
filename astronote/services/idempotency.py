"""Repeating a POST safely: one effect a key, the same answer again.

A key is scoped to shop and route. A refusal frees it, so that it can be tried again; a
lock whose request died is taken over after a minute, unless it took effect before: that is
written in the effect's own transaction, where a lock that was lost undoes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import Conflict, Invalid
from astronote.models import IdempotencyKey
from astronote.settings import settings

ABANDONED = timedelta(minutes=1)


@dataclass(frozen=True)
class StoredAnswer:
    """What was answered the first time."""

    status: int
    body: str
    content_type: str


@dataclass(frozen=True)
class Lock:
    """A first request's hold on its key."""

    shop_id: int
    route: str
    key: str
    taken_at: datetime


def begin(
    session: Session, shop_id: int, route: str, key: str, body_hash: bytes
) -> Lock | StoredAnswer:
    """Take the key for a first request, or find what was answered before.

    Raises:
        Conflict: ``idempotency_in_progress``: the first request is still running;
            ``idempotency_answer_lost``: it took effect and died before it could answer.
        Invalid: ``idempotency_mismatch``: the key was used with another body.
    """
    now = clock.now()
    values = {
        "shop_id": shop_id,
        "route": route,
        "key": key,
        "body_hash": body_hash,
        "locked_at": now,
        "effect_at": None,
        "expires_at": now + timedelta(days=settings().idempotency_retention_days),
        "status": None,
        "answer": None,
        "content_type": None,
    }
    # An expired key, and a lock nobody holds any more, are as good as new.
    free = sa.or_(
        col(IdempotencyKey.expires_at) < now,
        sa.and_(
            col(IdempotencyKey.status).is_(None),
            col(IdempotencyKey.effect_at).is_(None),
            col(IdempotencyKey.locked_at) < now - ABANDONED,
            col(IdempotencyKey.body_hash) == body_hash,
        ),
    )
    taken = session.execute(
        insert(IdempotencyKey)
        .values(**values)
        .on_conflict_do_update(index_elements=["shop_id", "route", "key"], set_=values, where=free)
        .returning(col(IdempotencyKey.id))
    ).first()
    if taken is not None:
        return Lock(shop_id, route, key, now)
    return _first_answer(session, shop_id, route, key, body_hash)


def _first_answer(
    session: Session, shop_id: int, route: str, key: str, body_hash: bytes
) -> StoredAnswer:
    """What the first request with this key was answered; refused where that cannot be said."""
    found = session.execute(
        sa.select(IdempotencyKey).where(
            col(IdempotencyKey.shop_id) == shop_id,
            col(IdempotencyKey.route) == route,
            col(IdempotencyKey.key) == key,
        )
    ).scalar_one()
    if found.body_hash != body_hash:
        raise Invalid(
            "This Idempotency-Key was used with another body.", code="idempotency_mismatch"
        )
    if found.status is not None:
        return StoredAnswer(found.status, found.answer or "", found.content_type or "")
    if found.locked_at < clock.now() - ABANDONED:
        raise Conflict(
            "The first request with this key took effect, but its answer was lost. Look at what"
            " it did before you ask again with another key.",
            code="idempotency_answer_lost",
        )
    raise Conflict(
        "The first request with this key is still running.", code="idempotency_in_progress"
    )


def settle(session: Session, lock: Lock) -> None:
    """Write, in the transaction of the effect, that there is one.

    Raises:
        Conflict: ``idempotency_in_progress``: this request took so long that another one
            with its key took over; its effect must not be a second one.
    """
    settled = session.execute(
        sa.update(IdempotencyKey)
        .where(*_held(lock), col(IdempotencyKey.effect_at).is_(None))
        .values(effect_at=clock.now())
        .returning(col(IdempotencyKey.id))
    ).first()
    if settled is None:
        raise Conflict(
            "Another request with this key has taken over.", code="idempotency_in_progress"
        )


def finish(session: Session, lock: Lock, answer: StoredAnswer) -> None:
    """Keep the answer of a first request that succeeded."""
    session.execute(
        sa.update(IdempotencyKey)
        .where(*_held(lock))
        .values(status=answer.status, answer=answer.body, content_type=answer.content_type)
    )


def release(session: Session, lock: Lock, *, refused: bool) -> None:
    """Free the key after a refusal, or after a failure that came before any effect."""
    free = sa.true() if refused else col(IdempotencyKey.effect_at).is_(None)
    session.execute(sa.delete(IdempotencyKey).where(*_held(lock), free))


def _held(lock: Lock) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(IdempotencyKey.shop_id) == lock.shop_id,
        col(IdempotencyKey.route) == lock.route,
        col(IdempotencyKey.key) == lock.key,
        col(IdempotencyKey.locked_at) == lock.taken_at,
        col(IdempotencyKey.status).is_(None),
    )
