"""The sentence that people agree to when they join, in numbered versions.

Until a shop writes its own, it is a default in the visitor's language. A version never
changes: what somebody agreed to is stored with the consent, and can be looked up here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote.errors import Invalid
from astronote.models import AuditEvent, ConsentWording, Shop
from astronote.security import Identity
from astronote.services.shops import ShopRow
from astronote.words import say

DEFAULTS: Final = {
    "en": "I agree to receive offers and news from {shop} by SMS. I can stop at any time, free "
    "of charge, with the link in every message.",
    "el": "Συμφωνώ να λαμβάνω με SMS νέα και προσφορές από το κατάστημα {shop}. Μπορώ να "
    "σταματήσω όποτε θέλω, χωρίς χρέωση, με τον σύνδεσμο κάθε μηνύματος.",
}
"""By language; ``{shop}`` is the shop's name."""

_DEFAULT: Final = "default-"
LONGEST: Final = 1_000


@dataclass(frozen=True)
class Wording:
    """What is shown beside the consent box; ``version`` is ``default-el``, or a number."""

    version: str
    text: str
    is_default: bool
    created_at: datetime | None


def current(session: Session, shop: ShopRow, language: str | None = None) -> Wording:
    """The wording shown now: the shop's own, else the default in ``language`` (its own)."""
    own = _newest(session, shop.id)
    return _row(own) if own else default(shop, language or shop.locale)


def versions(session: Session, shop_id: int, limit: int = 50) -> list[Wording]:
    """The shop's own wordings, the newest first."""
    found = session.exec(
        select(ConsentWording)
        .where(ConsentWording.shop_id == shop_id)
        .order_by(col(ConsentWording.version).desc())
        .limit(limit)
    )
    return [_row(one) for one in found]


def default(shop: ShopRow, language: str) -> Wording:
    """The default in ``language``, with the shop's name in it."""
    text = DEFAULTS[language].replace("{shop}", shop.name)
    return Wording(f"{_DEFAULT}{language}", text, True, None)


def shown(session: Session, shop: ShopRow, version: str, language: str) -> Wording:
    """The wording that a form showed, as it names it; the current one where it names none.

    A form may have been open while the shop wrote a new version: what was agreed to is
    what was on the screen.
    """
    language_named = version.removeprefix(_DEFAULT)
    if version.startswith(_DEFAULT) and language_named in DEFAULTS:
        return default(shop, language_named)
    if version.isascii() and version.isdigit() and len(version) < 10:
        found = session.exec(
            select(ConsentWording).where(
                ConsentWording.shop_id == shop.id, ConsentWording.version == int(version)
            )
        ).first()
        if found:
            return _row(found)
    return current(session, shop, language)


def change(session: Session, shop_id: int, who: Identity, text: str) -> Wording:
    """Make ``text`` the wording from now on: a new version, unless it is the current one.

    Raises:
        Invalid: it is empty or too long.
    """
    text = " ".join(text.split())
    if not 1 <= len(text) <= LONGEST:
        raise Invalid(say("The wording has 1 to {n} characters.", n=LONGEST), field="text")
    # Versions are handed out one at a time.
    session.execute(sa.select(col(Shop.id)).where(col(Shop.id) == shop_id).with_for_update())
    before = _newest(session, shop_id)
    if before is not None and before.text == text:
        return _row(before)
    made = ConsentWording(shop_id=shop_id, version=before.version + 1 if before else 1, text=text)
    session.add(made)
    session.add(
        AuditEvent(
            shop_id=shop_id,
            actor=who.actor,
            action="consent_wording.change",
            details={"version": made.version},
        )
    )
    session.flush()
    return _row(made)


def _newest(session: Session, shop_id: int) -> ConsentWording | None:
    return session.exec(
        select(ConsentWording)
        .where(ConsentWording.shop_id == shop_id)
        .order_by(col(ConsentWording.version).desc())
        .limit(1)
    ).first()


def _row(found: ConsentWording) -> Wording:
    return Wording(str(found.version), found.text, False, found.created_at)
