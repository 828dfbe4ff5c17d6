"""API keys: bearer tokens for integrators, shown once and kept as a hash.

A key acts for its shop with the rights of staff, so never on billing, team or keys, and
as long as whoever made it belongs to the shop.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock, security
from astronote.errors import Conflict, Invalid, NotFound, Unauthenticated
from astronote.models import ApiKey, AuditEvent
from astronote.security import Identity
from astronote.words import say

MARK: Final = "ast_"
"""How every key begins, so that it is known when it turns up where it should not."""

MOST: Final = 50
LONGEST_NAME: Final = 80

_SHOWN: Final = len(MARK) + 8
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class KeyRow:
    """A key as its owner sees it again: by its first characters."""

    id: int
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class NewKey:
    """A key that has just been made; ``token`` is never to be seen again."""

    row: KeyRow
    token: str


def listing(session: Session, shop_id: int) -> list[KeyRow]:
    """The shop's keys, the oldest first."""
    found = session.exec(select(ApiKey).where(ApiKey.shop_id == shop_id).order_by(col(ApiKey.id)))
    return [_row(key) for key in found]


def create(session: Session, shop_id: int, who: Identity, name: str) -> NewKey:
    """Make a key.

    Raises:
        Invalid: the name is refused.
        Conflict: ``too_many``: the shop has :data:`MOST` already.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(say("A name has 1 to {n} characters.", n=LONGEST_NAME), field="name")
    if len(listing(session, shop_id)) >= MOST:
        raise Conflict(say("A shop has at most {n} keys.", n=MOST), code="too_many")
    token = MARK + security.new_token()
    key = ApiKey(
        shop_id=shop_id,
        user_id=who.user_id,
        name=name,
        prefix=token[:_SHOWN],
        token_hash=security.digest(token),
    )
    session.add(key)
    session.flush()
    _note(session, who, "create", key)
    return NewKey(_row(key), token)


def delete(session: Session, shop_id: int, who: Identity, key_id: int) -> None:
    """End a key; it opens nothing from now on.

    Raises:
        NotFound: the shop has no such key.
    """
    key = session.exec(
        select(ApiKey).where(ApiKey.shop_id == shop_id, col(ApiKey.id) == key_id)
    ).first()
    if key is None:
        raise NotFound("There is no such key.")
    _note(session, who, "delete", key)
    session.delete(key)
    session.flush()


def is_key(token: str) -> bool:
    """Whether a bearer token is written like a key."""
    return token.startswith(MARK)


def identify(session: Session, token: str) -> Identity:
    """Who a key acts for; in a system transaction. Notes its use, at most once a minute.

    Raises:
        Unauthenticated: there is no such key (any more).
    """
    now = clock.now()
    found = session.execute(_IDENTIFY, {"hash": security.digest(token)}).one_or_none()
    if found is None:
        raise Unauthenticated()
    if found.last_used_at is None or found.last_used_at <= now - _SEEN_EVERY:
        session.execute(_SEEN, {"id": found.id, "now": now, "before": now - _SEEN_EVERY})
    return Identity(
        user_id=found.user_id,
        shop_id=found.shop_id,
        session_id=None,
        role="staff",
        email=found.email,
        shop_name=found.shop_name,
        is_operator=False,
        locale=found.locale,
        api_key_id=found.id,
    )


def _row(key: ApiKey) -> KeyRow:
    return KeyRow(cast("int", key.id), key.name, key.prefix, key.created_at, key.last_used_at)


def _note(session: Session, who: Identity, verb: str, key: ApiKey) -> None:
    session.add(
        AuditEvent(
            shop_id=key.shop_id,
            actor=who.actor,
            action=f"api_key.{verb}",
            details={"key": key.id, "name": key.name, "prefix": key.prefix},
        )
    )


_IDENTIFY: Final = sa.text("""
    SELECT k.id, k.shop_id, k.user_id, k.last_used_at, u.email, u.locale, s.name AS shop_name
    FROM api_key k
    JOIN user_account u ON u.id = k.user_id
    JOIN membership m ON m.user_id = k.user_id AND m.shop_id = k.shop_id
    JOIN shop s ON s.id = k.shop_id
    WHERE k.token_hash = :hash
""")

_SEEN: Final = sa.text("""
    UPDATE api_key SET last_used_at = :now
    WHERE id = :id AND (last_used_at IS NULL OR last_used_at <= :before)
""")
