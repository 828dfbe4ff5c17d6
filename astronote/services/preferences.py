"""What a shopper may say on the preferences page: a name, a birthday, a language; and that
the shop shall forget everything, which one SMS confirms.

Nothing of what the shop knows is shown, because whoever holds the link may not be the
person; so what is left empty stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import sqlalchemy as sa
from sqlmodel import Session

from astronote.errors import Gone, Invalid
from astronote.services import confirmations, contacts, erasing, shops
from astronote.services.confirmations import Asked, Sending
from astronote.services.contact_fields import ContactValues
from astronote.services.shops import ShopRow
from astronote.services.unsubscribe_tokens import Holder
from astronote.services.unsubscribing import ACTOR, mask
from astronote.settings import settings

FIELDS: Final = ("first_name", "last_name", "birthday", "locale")
LANGUAGES: Final = ("el", "en")

_TEXTS: Final = {
    "en": "{{shop_name}}: to erase all your data with us for good, confirm here: ",
    "el": "{{shop_name}}: για να σβηστούν οριστικά όλα τα στοιχεία σας, επιβεβαιώστε εδώ: ",
}


@dataclass(frozen=True)
class Erasing:
    """A link to erase that is ours, and whose it is."""

    shop: ShopRow
    contact_id: int
    phone_masked: str
    state: Literal["pending", "expired"]


def save(session: Session, holder: Holder, given: Mapping[str, str]) -> bool:
    """Keep what was given; returns whether anything was.

    Raises:
        Gone: ``contact_deleted``: the shop no longer has the person.
        Invalid: a refused field.
    """
    contact_id, _ = _held(session, holder)
    wanted: dict[str, Any] = {
        name: given[name].strip() for name in FIELDS if given.get(name, "").strip()
    }
    if wanted.get("locale", "el") not in LANGUAGES:
        raise Invalid("The language is el or en.", field="locale")
    if not wanted:
        return False
    changes = cast("ContactValues", wanted)
    contacts.change(session, holder.shop_id, contact_id, changes, source="preferences", actor=ACTOR)
    return True


def ask_to_erase(session: Session, holder: Holder, language: str) -> Sending:
    """Send the SMS that confirms an erasure, at most one a day.

    Raises:
        Gone: ``contact_deleted``: the shop no longer has the person.
    """
    contact_id, phone = _held(session, holder)
    shop = shops.get(session, holder.shop_id)
    text = _TEXTS[language] + address(confirmations.make("erase", contact_id, phone))
    return confirmations.send(session, shop, contact_id, phone, "erase", text)


def address(token: str) -> str:
    """The link in the SMS."""
    return f"{settings().public_base}/e/{token}"


def question(session: Session, asked: Asked) -> Erasing:
    """What the page behind the SMS shows; changes nothing. In a transaction of the shop.

    Raises:
        BadRequest: ``invalid_token``: the contact is gone.
    """
    named = {"shop": asked.shop_id, "contact": asked.contact_id}
    phone = session.execute(_PHONE, named).scalar_one_or_none()
    if phone is None:
        raise confirmations.invalid()
    return Erasing(
        shop=shops.get(session, asked.shop_id),
        contact_id=asked.contact_id,
        phone_masked=mask(phone),
        state="expired" if asked.is_expired else "pending",
    )


def erase(session: Session, asked: Asked) -> Erasing:
    """The phone says yes: everything about it goes.

    Raises:
        BadRequest: ``invalid_token``: the contact is gone.
        Gone: ``expired``.
    """
    found = question(session, asked)
    if asked.is_expired:
        raise Gone("This link has expired.", code="expired")
    erasing.erase(session, asked.shop_id, asked.contact_id, actor=ACTOR, source="preferences")
    return found


def _held(session: Session, holder: Holder) -> tuple[int, str]:
    """The contact, held to the end: two forms make one SMS."""
    named = {"shop": holder.shop_id, "contact": holder.contact_id, "message": holder.message_id}
    found = session.execute(_CONTACT, named).one_or_none()
    if found is None:
        raise Gone("The shop no longer has this contact.", code="contact_deleted")
    return found.id, found.phone


_PHONE: Final = sa.text("SELECT phone FROM contact WHERE shop_id = :shop AND id = :contact")
_CONTACT: Final = sa.text("""
    SELECT id, phone FROM contact
    WHERE shop_id = :shop AND (id = CAST(:contact AS bigint) OR phone_hash = (
        SELECT phone_hash FROM message
        WHERE shop_id = :shop AND id = CAST(:message AS bigint)))
    ORDER BY id = CAST(:contact AS bigint) DESC NULLS LAST LIMIT 1 FOR UPDATE
""")
