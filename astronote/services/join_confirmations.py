"""The one SMS that asks a phone whether it was the one that joined, and its answer.

The link in it carries the contact, a day, and a keyed MAC over both and the phone: short
enough for a text, nothing to store, worthless once the contact has another phone. It
works while the contact waits for it, and once.
"""

import base64
import binascii
import logging
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final, Literal, cast

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock, security
from astronote.errors import BadRequest, Conflict, PaymentRequired
from astronote.services import composing, consent, launching, messages, shops
from astronote.services.consent import Source
from astronote.services.contacts import ContactRow
from astronote.services.shops import ShopRow
from astronote.services.unsubscribing import ACTOR, Visit, mask
from astronote.settings import settings

EVERY: Final = timedelta(days=1)
"""How often one phone is asked at most."""

LIFE_DAYS: Final = 7

_MAC: Final = 12
_DAY: Final = 86_400
_TEXTS: Final = {
    "en": "{{shop_name}}: to receive our offers by SMS, confirm here: ",
    "el": "{{shop_name}}: για να λαμβάνετε τις προσφορές μας με SMS, επιβεβαιώστε εδώ: ",
}

log = logging.getLogger(__name__)

State = Literal["pending", "confirmed", "expired"]


@dataclass(frozen=True)
class Question:
    """A confirmation link that is ours, and where it stands; ``wording`` is agreed to."""

    shop: ShopRow
    contact_id: int
    phone_masked: str
    wording: str
    state: State


@dataclass(frozen=True)
class Asked:
    """Whom a confirmation link asks."""

    shop_id: int
    contact_id: int
    is_expired: bool


def ask(session: Session, shop: ShopRow, contact: ContactRow, language: str) -> bool:
    """Send the SMS, unless it was sent within a day or the shop may not send.

    The caller holds the contact's row, so that two forms make one SMS.
    """
    recent = session.execute(
        _ASKED,
        {
            "shop": shop.id,
            "hash": security.phone_hmac(contact.phone),
            "since": clock.now() - EVERY,
        },
    ).scalar_one()
    if recent:
        return False
    text = _TEXTS[language] + address(make(contact.id, contact.phone))
    try:
        with session.begin_nested():
            launching.require_may_send(session, shop)
            messages.queue_single(
                session,
                shop.id,
                kind="confirmation",
                phone=contact.phone,
                # In GSM-7 whatever the shop's name, so that the question is one part.
                composer=composing.composer(shop, text, "gsm", False, "confirmation", {}),
                contact_id=contact.id,
            )
    except (PaymentRequired, Conflict) as refusal:
        log.info("shop %d cannot ask who joins to confirm: %s", shop.id, refusal.code)
        return False
    return True


def address(token: str) -> str:
    """The link in the SMS."""
    return f"{settings().public_base}/c/{token}"


def make(contact_id: int, phone: str) -> str:
    """A token that asks this contact, as long as it has this phone."""
    today = int(clock.now().timestamp()) // _DAY
    size = (contact_id.bit_length() + 7) // 8
    body = today.to_bytes(3) + contact_id.to_bytes(size)
    return _written(body + _mac(body, security.phone_hmac(phone)))


def read(session: Session, token: str) -> Asked:
    """Whom a token of :func:`make` asks; in a system transaction.

    Raises:
        BadRequest: ``invalid_token``.
    """
    raw = _raw(token)
    body, mac = raw[:-_MAC], raw[-_MAC:]
    contact_id = int.from_bytes(body[3:])
    found = session.execute(_CONTACT, {"id": contact_id}).one_or_none()
    if found is None or not compare_digest(mac, _mac(body, bytes(found.phone_hash))):
        raise _invalid()
    age = int(clock.now().timestamp()) // _DAY - int.from_bytes(body[:3])
    return Asked(found.shop_id, contact_id, is_expired=age > LIFE_DAYS)


def question(session: Session, asked: Asked) -> Question:
    """What the confirmation page shows; changes nothing. In a transaction of the shop.

    Raises:
        BadRequest: ``invalid_token``: the contact is gone.
    """
    contact, event = _waiting(session, asked)
    state: State = "expired"
    if contact.is_subscribed:
        state = "confirmed"
    elif contact.sms_consent_status == "pending" and event and not asked.is_expired:
        state = "pending"
    return Question(
        shop=shops.get(session, asked.shop_id),
        contact_id=asked.contact_id,
        phone_masked=mask(contact.phone),
        wording=event.text if event else "",
        state=state,
    )


def confirm(session: Session, asked: Asked, visit: Visit) -> State:
    """The phone says yes: subscribed, and its suppression lifted for this shop.

    Raises:
        BadRequest: ``invalid_token``: the contact is gone.
    """
    contact, event = _waiting(session, asked, lock=True)
    if contact.is_subscribed:
        return "confirmed"
    if contact.sms_consent_status != "pending" or event is None or asked.is_expired:
        return "expired"
    consent.subscribe(
        session,
        asked.shop_id,
        asked.contact_id,
        source=cast("Source", event.source),
        actor=ACTOR,
        text=event.text,
        text_version=event.text_version,
        ip=visit.ip,
        user_agent=visit.user_agent,
        message_id=session.execute(
            _MESSAGE, {"shop": asked.shop_id, "hash": contact.phone_hash}
        ).scalar_one_or_none(),
    )
    return "confirmed"


def _waiting(
    session: Session, asked: Asked, *, lock: bool = False
) -> tuple[sa.Row[Any], sa.Row[Any] | None]:
    """The contact, and what it was shown when it joined."""
    named = {"shop": asked.shop_id, "contact": asked.contact_id}
    contact = session.execute(_STANDING_LOCKED if lock else _STANDING, named).one_or_none()
    if contact is None:
        raise _invalid()
    return contact, session.execute(_PENDING, named).one_or_none()


def _mac(body: bytes, phone_hash: bytes) -> bytes:
    return security.keyed("join-confirmation", body + phone_hash)[:_MAC]


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(token: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error) as error:
        raise _invalid() from error
    # Decoding is lenient: only the one way of writing a token counts.
    if not _MAC + 4 <= len(raw) <= _MAC + 10 or _written(raw) != token:
        raise _invalid()
    return raw


def _invalid() -> BadRequest:
    return BadRequest("This link is not valid.", code="invalid_token")


_ASKED = sa.text("""
    SELECT EXISTS (SELECT FROM message WHERE phone_hash = :hash AND shop_id = :shop
                   AND kind = 'confirmation' AND created_at > :since)
""")

_CONTACT = sa.text("SELECT shop_id, phone_hash FROM contact WHERE id = :id")

_COLUMNS = """
    SELECT phone, phone_hash, is_subscribed, sms_consent_status FROM contact
    WHERE shop_id = :shop AND id = :contact
"""
_STANDING = sa.text(_COLUMNS)
_STANDING_LOCKED = sa.text(_COLUMNS + " FOR UPDATE")

_PENDING = sa.text("""
    SELECT source, text, text_version FROM consent_event
    WHERE shop_id = :shop AND contact_id = :contact AND action = 'pending'
    ORDER BY id DESC LIMIT 1
""")

_MESSAGE = sa.text("""
    SELECT max(id) FROM message
    WHERE phone_hash = :hash AND shop_id = :shop AND kind = 'confirmation'
""")
