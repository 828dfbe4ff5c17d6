"""One SMS that asks a phone whether it meant what somebody did in its name.

The link in it carries the contact, a day, and a keyed MAC over both, the phone and the
purpose: short enough for a text, nothing to store, worthless once the contact has another
phone.
"""

import base64
import binascii
import logging
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Final, Literal

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock, security
from astronote.errors import BadRequest, Conflict, PaymentRequired
from astronote.services import composing, launching, messages
from astronote.services.shops import ShopRow

Purpose = Literal["join", "erase"]
Sending = Literal["sent", "recent", "cannot"]

EVERY: Final = timedelta(days=1)
"""How often one phone is asked one thing at most."""

LIFE_DAYS: Final = 7

_MAC: Final = 12
_DAY: Final = 86_400

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """Whom a confirmation link asks."""

    shop_id: int
    contact_id: int
    is_expired: bool


def send(
    session: Session, shop: ShopRow, contact_id: int, phone: str, purpose: Purpose, text: str
) -> Sending:
    """Send ``text``, unless the phone was asked this within a day or the shop may not send.

    The caller holds the contact's row, so that two forms make one SMS.
    """
    named = {"shop": shop.id, "hash": security.phone_hmac(phone), "purpose": purpose}
    if session.execute(_ASKED, named | {"since": clock.now() - EVERY}).scalar_one():
        return "recent"
    try:
        with session.begin_nested():
            launching.require_may_send(session, shop)
            messages.queue_single(
                session,
                shop.id,
                kind="confirmation",
                phone=phone,
                # In GSM-7 whatever the shop's name, so that the question is one part.
                composer=composing.composer(shop, text, "gsm", False, "confirmation", {}),
                contact_id=contact_id,
                occasion=purpose,
            )
    except (PaymentRequired, Conflict) as refusal:
        log.info("shop %d cannot ask to confirm (%s): %s", shop.id, purpose, refusal.code)
        return "cannot"
    return "sent"


def message_of(session: Session, shop_id: int, phone_hash: bytes, purpose: Purpose) -> int | None:
    """The newest message that asked this; for the proof."""
    named = {"shop": shop_id, "hash": phone_hash, "purpose": purpose}
    found: int | None = session.execute(_MESSAGE, named).scalar_one_or_none()
    return found


def make(purpose: Purpose, contact_id: int, phone: str) -> str:
    """A token that asks this contact, as long as it has this phone."""
    today = int(clock.now().timestamp()) // _DAY
    size = (contact_id.bit_length() + 7) // 8
    body = today.to_bytes(3) + contact_id.to_bytes(size)
    return _written(body + _mac(purpose, body, security.phone_hmac(phone)))


def read(session: Session, purpose: Purpose, token: str) -> Asked:
    """Whom a token of :func:`make` asks; in a system transaction.

    Raises:
        BadRequest: ``invalid_token``.
    """
    raw = _raw(token)
    body, mac = raw[:-_MAC], raw[-_MAC:]
    contact_id = int.from_bytes(body[3:])
    found = session.execute(_CONTACT, {"id": contact_id}).one_or_none()
    if found is None or not compare_digest(mac, _mac(purpose, body, bytes(found.phone_hash))):
        raise invalid()
    age = int(clock.now().timestamp()) // _DAY - int.from_bytes(body[:3])
    return Asked(found.shop_id, contact_id, is_expired=age > LIFE_DAYS)


def invalid() -> BadRequest:
    """The refusal of a link that is not ours, or whose contact is gone."""
    return BadRequest("This link is not valid.", code="invalid_token")


def _mac(purpose: Purpose, body: bytes, phone_hash: bytes) -> bytes:
    return security.keyed(f"{purpose}-confirmation", body + phone_hash)[:_MAC]


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(token: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error) as error:
        raise invalid() from error
    # Decoding is lenient: only the one way of writing a token counts.
    if not _MAC + 4 <= len(raw) <= _MAC + 10 or _written(raw) != token:
        raise invalid()
    return raw


_OF_PHONE: Final = """
    FROM message WHERE phone_hash = :hash AND shop_id = :shop AND kind = 'confirmation'
      AND coalesce(occasion, 'join') = :purpose
"""
_ASKED: Final = sa.text(f"SELECT EXISTS (SELECT {_OF_PHONE} AND created_at > :since)")
_MESSAGE: Final = sa.text(f"SELECT max(id) {_OF_PHONE}")
_CONTACT: Final = sa.text("SELECT shop_id, phone_hash FROM contact WHERE id = :id")
