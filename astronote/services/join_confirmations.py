"""The one SMS that asks a phone whether it was the one that joined, and its answer.

It works while the contact waits for it, and once.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import sqlalchemy as sa
from sqlmodel import Session

from astronote.services import confirmations, consent, shops
from astronote.services.confirmations import Asked
from astronote.services.consent import Source
from astronote.services.contacts import ContactRow
from astronote.services.shops import ShopRow
from astronote.services.unsubscribing import ACTOR, Visit, mask
from astronote.settings import settings

_TEXTS: Final = {
    "en": "{{shop_name}}: to receive our offers by SMS, confirm here: ",
    "el": "{{shop_name}}: για να λαμβάνετε τις προσφορές μας με SMS, επιβεβαιώστε εδώ: ",
}

State = Literal["pending", "confirmed", "expired"]


@dataclass(frozen=True)
class Question:
    """A confirmation link that is ours, and where it stands; ``wording`` is agreed to."""

    shop: ShopRow
    contact_id: int
    phone_masked: str
    wording: str
    state: State


def ask(session: Session, shop: ShopRow, contact: ContactRow, language: str) -> bool:
    """Send the SMS, unless it was sent within a day or the shop may not send.

    The caller holds the contact's row, so that two forms make one SMS.
    """
    text = _TEXTS[language] + address(make(contact.id, contact.phone))
    sent = confirmations.send(session, shop, contact.id, contact.phone, "join", text)
    return sent == "sent"


def address(token: str) -> str:
    """The link in the SMS."""
    return f"{settings().public_base}/c/{token}"


def make(contact_id: int, phone: str) -> str:
    """A token that asks this contact, as long as it has this phone."""
    return confirmations.make("join", contact_id, phone)


def read(session: Session, token: str) -> Asked:
    """Whom a token of :func:`make` asks; in a system transaction.

    Raises:
        BadRequest: ``invalid_token``.
    """
    return confirmations.read(session, "join", token)


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
        proof=visit.evidence(
            text=event.text,
            text_version=event.text_version,
            message_id=confirmations.message_of(session, asked.shop_id, contact.phone_hash, "join"),
        ),
    )
    return "confirmed"


def _waiting(
    session: Session, asked: Asked, *, lock: bool = False
) -> tuple[sa.Row[Any], sa.Row[Any] | None]:
    """The contact, and what it was shown when it joined."""
    named = {"shop": asked.shop_id, "contact": asked.contact_id}
    contact = session.execute(_STANDING_LOCKED if lock else _STANDING, named).one_or_none()
    if contact is None:
        raise confirmations.invalid()
    return contact, session.execute(_PENDING, named).one_or_none()


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
