"""Short links: their codes, their addresses, and the rows of free URLs.

A message carries one code: ``/o/CODE`` is its offer, ``/s/CODE`` its way out, and
``/s/CODE.n`` the n-th free URL of its campaign. Only free URLs need rows.
"""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from astronote import clock
from astronote.models import ShortLink
from astronote.services.web_addresses import normal_address
from astronote.settings import settings

# Without 0 O o Q D, 1 I i l L and j, which people read for one another. 51 letters and
# digits: five of them to a byte's 256 values with one left over, so hardly a byte is lost.
ALPHABET: Final = "23456789ABCEFGHJKMNPRSTUVWXYZabcdefghkmnpqrstuvwxyz"
_EVENLY: Final = 256 // len(ALPHABET) * len(ALPHABET)
_TO_ALPHABET: Final = bytes(ord(ALPHABET[n % len(ALPHABET)]) for n in range(256))
_LEFT_OVER: Final = bytes(range(_EVENLY, 256))

KIND: Final = "custom"


def new_codes(count: int) -> list[str]:
    """``count`` different random short codes; 100,000 take a few hundredths of a second.

    They are unguessable, not unique against the database: that is its unique index's to
    say, and the caller's to try again.
    """
    return random_words(count, settings().short_code_length)


def random_words(count: int, length: int) -> list[str]:
    """``count`` different random words of ``length`` characters of :data:`ALPHABET`."""
    found: dict[str, None] = {}
    while len(found) < count:
        needed = (count - len(found)) * length
        raw = secrets.token_bytes(needed + needed // 100 + 32)
        letters = raw.translate(_TO_ALPHABET, _LEFT_OVER).decode()
        whole = len(letters) // length * length
        found.update((letters[i : i + length], None) for i in range(0, whole, length))
    return list(found)[:count]


def stand_in() -> str:
    """A code of the real length that belongs to nobody, for previews and test sends."""
    return "x" * settings().short_code_length


def offer_url(code: str) -> str:
    """Where the message with ``code`` shows its offer."""
    return f"{settings().public_base}/o/{code}"


def unsubscribe_url(code: str) -> str:
    """Where the recipient of the message with ``code`` can unsubscribe."""
    return f"{settings().public_base}/s/{code}"


def free_url(code: str, ordinal: int) -> str:
    """The short form of the ``ordinal``-th free URL in the message with ``code``."""
    return f"{settings().public_base}/s/{code}.{ordinal}"


def own_url(code: str) -> str:
    """The short form of a free URL outside messages, by its row's own code."""
    return f"{settings().public_base}/s/{code}"


def shorten(
    session: Session, shop_id: int, campaign_id: int | None, urls: Iterable[str]
) -> dict[str, int]:
    """Give each of ``urls``, as written, its ordinal among the campaign's links.

    The same URL keeps its ordinal and its row, however often it is asked for. Without a
    campaign (automations, inbox) the links are the shop's.

    Raises:
        Invalid: ``invalid_url`` for an address that a message may not lead to.
    """
    normal = {url: normal_address(url) for url in urls}
    if not normal:
        return {}
    hashes = {target: hash_of(target) for target in normal.values()}
    # Ordinals are handed out one campaign at a time.
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_key(shop_id, campaign_id))))
    ordinals = _ordinals(session, shop_id, campaign_id, hashes.values())
    written = {target: url for url, target in reversed(normal.items())}
    missing = [target for target, hashed in hashes.items() if hashed not in ordinals]
    if missing:
        _add(session, shop_id, campaign_id, {t: (written[t], hashes[t]) for t in missing})
        ordinals = _ordinals(session, shop_id, campaign_id, hashes.values())
    return {url: ordinals[hashes[target]] for url, target in normal.items()}


def external(
    session: Session, shop_id: int, campaign_id: int | None, urls: Iterable[str]
) -> dict[str, str]:
    """The other shortener's links of those of ``urls``, as written, that have one.

    None has where this product shortens by itself (``SHORTENER=custom``).

    Raises:
        Invalid: ``invalid_url`` for an address that a message may not lead to.
    """
    if settings().shortener == "custom":
        return {}
    hashes = {url: hash_of(normal_address(url)) for url in urls}
    if not hashes:
        return {}
    found = session.exec(
        select(ShortLink.long_url_hash, ShortLink.external_url).where(
            *_of(shop_id, campaign_id), col(ShortLink.long_url_hash).in_(list(hashes.values()))
        )
    )
    known = {hashed: link for hashed, link in found if link}
    return {url: known[hashed] for url, hashed in hashes.items() if hashed in known}


def without_external(
    session: Session, shop_id: int, campaign_id: int | None, urls: Iterable[str]
) -> dict[str, int]:
    """Row ids of ``urls`` that no other shortener has a link for, by :func:`own_url`.

    Makes the rows that are missing; raises as :func:`shorten` does.
    """
    ordinals = shorten(session, shop_id, campaign_id, urls)
    waiting = session.exec(
        select(ShortLink.short_code, ShortLink.id).where(
            *_of(shop_id, campaign_id),
            col(ShortLink.ordinal).in_(list(ordinals.values())),
            col(ShortLink.external_url).is_(None),
        )
    )
    return {own_url(code): id for code, id in waiting if id is not None}


def keep_external(session: Session, shop_id: int, found: dict[int, str]) -> None:
    """Note the other shortener's link of each row; the first that is noted stays."""
    for id in sorted(found):
        session.execute(
            sa.update(ShortLink)
            .where(
                col(ShortLink.shop_id) == shop_id,
                col(ShortLink.id) == id,
                col(ShortLink.external_url).is_(None),
            )
            .values(external_url=found[id])
        )


def hash_of(target: str) -> bytes:
    """SHA-256 of a normal address: what a free URL's row is found by."""
    return hashlib.sha256(target.encode()).digest()


def _lock_key(shop_id: int, campaign_id: int | None) -> int:
    name = f"links:{shop_id}:{campaign_id or 0}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)


def _ordinals(
    session: Session, shop_id: int, campaign_id: int | None, hashes: Iterable[bytes]
) -> dict[bytes, int]:
    found = session.exec(
        select(ShortLink.long_url_hash, ShortLink.ordinal).where(
            *_of(shop_id, campaign_id), col(ShortLink.long_url_hash).in_(list(hashes))
        )
    )
    return dict(found.all())


def _of(shop_id: int, campaign_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(ShortLink.shop_id) == shop_id,
        col(ShortLink.campaign_id).is_not_distinct_from(campaign_id),
        col(ShortLink.kind) == KIND,
    )


def _add(
    session: Session,
    shop_id: int,
    campaign_id: int | None,
    targets: dict[str, tuple[str, bytes]],
) -> None:
    """Insert a row for each normal target (as written, hash); a taken code is drawn again."""
    last = sa.select(sa.func.coalesce(sa.func.max(ShortLink.ordinal), 0))
    ordinal = session.execute(last.where(*_of(shop_id, campaign_id))).scalar_one()
    for target, (written, hashed) in targets.items():
        ordinal += 1
        row = {
            "shop_id": shop_id,
            "campaign_id": campaign_id,
            "ordinal": ordinal,
            "kind": KIND,
            "target_url": target,
            "original_url": written,
            "long_url_normalized": target,
            "long_url_hash": hashed,
            "click_count": 0,
            "created_at": clock.now(),
        }
        added = None
        while added is None:
            statement = insert(ShortLink).values(row | {"short_code": new_codes(1)[0]})
            unless_taken = statement.on_conflict_do_nothing(index_elements=["short_code"])
            added = session.execute(unless_taken.returning(col(ShortLink.id))).scalar()
