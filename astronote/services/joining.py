"""Public sign-up: what a form on a poster or behind an NFC tag leads to.

Whoever fills it in has proved nothing but that he knows a phone number. So the answer is
the same for everybody; a number that has once said no is only asked, by SMS, whether it
means yes (as is every number, where the shop wants that); and what the shop knows about a
person is never overwritten. What the SMS leads to is in ``join_confirmations``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import Conflict
from astronote.models import Contact, NfcScan, PublicSignupEvent
from astronote.services import (
    consent,
    consent_wording,
    contact_fields,
    contacts,
    join_confirmations,
    shops,
)
from astronote.services.consent_wording import Wording
from astronote.services.contact_fields import ContactValues
from astronote.services.contacts import ContactRow
from astronote.services.join_links import Kind, Place
from astronote.services.shops import ShopRow
from astronote.services.unsubscribing import ACTOR, Visit

Outcome = Literal["joined", "known", "pending"]

FIELDS: Final[dict[Kind, tuple[str, ...]]] = {
    "join": ("phone", "first_name", "last_name", "email", "gender", "birthday"),
    "nfc": ("phone", "first_name"),
}
"""What each form asks for; only the phone is required."""


@dataclass(frozen=True)
class Invitation:
    """What a sign-up form shows."""

    shop: ShopRow
    wording: Wording


@dataclass(frozen=True)
class Signup:
    """A form as it was sent: what was typed, which wording it showed, in which language."""

    values: Mapping[str, Any]
    wording_version: str
    language: str
    visit: Visit


def invitation(session: Session, place: Place, language: str) -> Invitation:
    """What the form shows; in a transaction of its shop."""
    shop = shops.get(session, place.shop_id)
    return Invitation(shop, consent_wording.current(session, shop, language))


def note_scan(session: Session, place: Place, visit: Visit, *, is_bot: bool) -> None:
    """Record one opening of an NFC page."""
    session.add(
        NfcScan(
            shop_id=place.shop_id,
            link_id=place.link_id,
            is_bot=is_bot,
            ip=visit.ip,
            user_agent=visit.user_agent,
        )
    )


def join(session: Session, place: Place, source: Kind, signup: Signup) -> Outcome:
    """Take in a form with its consent; in a transaction of its shop.

    The outcome is for the shop's records: nobody outside is told.

    Returns:
        ``joined``: subscribed now. ``known``: was already. ``pending``: asked by SMS, at
        most once a day, where the shop may send.

    Raises:
        Invalid: ``invalid_phone``, ``invalid_email``, ``invalid_birthday`` or ``invalid``.
    """
    shop = shops.get(session, place.shop_id)
    clean = contact_fields.check(
        cast("ContactValues", signup.values), country=shop.country, today=clock.today(shop.timezone)
    )
    contact = _contact(session, shop, clean, source, signup.language)
    outcome = _settle(session, shop, contact, clean, source, signup)
    session.add(
        PublicSignupEvent(
            shop_id=shop.id,
            link_id=place.link_id,
            contact_id=contact.id,
            outcome=outcome,
            ip=signup.visit.ip,
            user_agent=signup.visit.user_agent,
        )
    )
    session.flush()
    return outcome


def _settle(
    session: Session,
    shop: ShopRow,
    contact: ContactRow,
    clean: dict[str, Any],
    source: Kind,
    signup: Signup,
) -> Outcome:
    if contact.is_subscribed:
        return "known"
    wording = consent_wording.shown(session, shop, signup.wording_version, signup.language)
    proof = signup.visit.evidence(wording.text, wording.version)
    if _must_confirm(session, shop, contact):
        consent.mark_pending(session, shop.id, contact.id, source=source, actor=ACTOR, proof=proof)
        join_confirmations.ask(session, shop, contact, signup.language)
        return "pending"
    missing = {name: given for name, given in clean.items() if given and not getattr(contact, name)}
    if missing:
        contacts.change(
            session,
            shop.id,
            contact.id,
            cast("ContactValues", missing),
            source=source,
            actor=ACTOR,
        )
    consent.subscribe(session, shop.id, contact.id, source=source, actor=ACTOR, proof=proof)
    return "joined"


def _must_confirm(session: Session, shop: ShopRow, contact: ContactRow) -> bool:
    said_no = contact.opted_out_by or contact.sms_consent_status in ("opted_out", "pending")
    return bool(
        shop.double_opt_in or said_no or consent.is_suppressed(session, shop.id, contact.phone)
    )


def _contact(
    session: Session, shop: ShopRow, clean: dict[str, Any], source: Kind, language: str
) -> ContactRow:
    """The contact with this phone, held to the end; made where there is none."""
    known = _held(session, shop.id, clean["phone"])
    if known is not None:
        return known
    values = cast("ContactValues", {**clean, "locale": language})
    try:
        return contacts.create(session, shop.id, values, source=source, actor=ACTOR)
    except Conflict:
        # Two forms with one new phone: the other was first.
        known = _held(session, shop.id, clean["phone"])
        if known is None:
            raise
        return known


def _held(session: Session, shop_id: int, phone: str) -> ContactRow | None:
    found = session.execute(
        sa.select(*contacts.COLUMNS)
        .where(col(Contact.shop_id) == shop_id, col(Contact.phone) == phone)
        .with_for_update()
    ).one_or_none()
    return None if found is None else contacts.row(found)
