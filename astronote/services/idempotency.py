"""Repeating a POST safely: one effect a key, the same answer again.

A key is scoped to shop and route. A refusal frees it, so that it can be tried again; a
lock whose request died is taken over after a minute.
"""

from dataclasses import dataclass
from datetime import timedelta

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


def begin(
    session: Session, shop_id: int, route: str, key: str, body_hash: bytes
) -> StoredAnswer | None:
    """Take the key for a first request (None), or find what was answered before.

    Raises:
        Conflict: ``idempotency_in_progress``: the first request is still running.
        Invalid: ``idempotency_mismatch``: the key was used with another body.
    """
    now = clock.now()
    values = {
        "shop_id": shop_id,
        "route": route,
        "key": key,
        "body_hash": body_hash,
        "locked_at": now,
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
        return None
    found = session.execute(sa.select(IdempotencyKey).where(*_is(shop_id, route, key))).scalar_one()
    if found.body_hash != body_hash:
        raise Invalid(
            "This Idempotency-Key was used with another body.", code="idempotency_mismatch"
        )
    if found.status is None:
        raise Conflict(
            "The first request with this key is still running.", code="idempotency_in_progress"
        )
    return StoredAnswer(found.status, found.answer or "", found.content_type or "")


def finish(session: Session, shop_id: int, route: str, key: str, answer: StoredAnswer) -> None:
    """Keep the answer of a first request that succeeded."""
    session.execute(
        sa.update(IdempotencyKey)
        .where(*_is(shop_id, route, key))
        .values(status=answer.status, answer=answer.body, content_type=answer.content_type)
    )


def release(session: Session, shop_id: int, route: str, key: str) -> None:
    """Free the key after a refusal."""
    session.execute(
        sa.delete(IdempotencyKey).where(
            *_is(shop_id, route, key), col(IdempotencyKey.status).is_(None)
        )
    )


def _is(shop_id: int, route: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(IdempotencyKey.shop_id) == shop_id,
        col(IdempotencyKey.route) == route,
        col(IdempotencyKey.key) == key,
    )
