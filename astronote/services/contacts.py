"""Contacts: make, read, change, delete."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import Conflict, NotFound
from astronote.models import Contact
from astronote.security import phone_hmac
from astronote.services import consent, contact_fields, runs, shops
from astronote.services.consent import NO_PROOF, Evidence, Source
from astronote.services.contact_fields import ContactValues


@dataclass(frozen=True)
class ContactRow:
    """A contact as services, pages and the API see it."""

    id: int
    phone: str
    email: str | None
    first_name: str | None
    last_name: str | None
    gender: str | None
    birthday: date | None
    locale: str | None
    tags: tuple[str, ...]
    attributes: dict[str, object]
    is_subscribed: bool
    unsubscribed_at: datetime | None
    gdpr_consent_at: datetime | None
    gdpr_consent_source: str | None
    gdpr_consent_version: str | None
    sms_consent_status: str
    sms_consent_at: datetime | None
    sms_consent_source: str | None
    consent_evidence: str | None
    opted_out_by: str | None
    created_at: datetime
    updated_at: datetime


FIELDS = tuple(f.name for f in fields(ContactRow))
COLUMNS = tuple(col(getattr(Contact, name)) for name in FIELDS)
"""What a query selects so that :func:`row` can read its result."""

_values = attrgetter(*FIELDS)
_TAGS = FIELDS.index("tags")


def row(found: Any) -> ContactRow:
    """The frozen row of a table object, or of a result of :data:`COLUMNS`."""
    values = list(_values(found))
    values[_TAGS] = tuple(values[_TAGS])
    return ContactRow(*values)


def get(session: Session, shop_id: int, contact_id: int) -> ContactRow:
    """One contact.

    Raises:
        NotFound: no such contact in this shop.
    """
    return row(_find(session, shop_id, contact_id))


def find_by_phone(session: Session, shop_id: int, phone: str) -> ContactRow | None:
    """The contact with this phone (E.164), if the shop has one."""
    found = session.exec(
        select(Contact).where(Contact.shop_id == shop_id, Contact.phone == phone)
    ).first()
    return row(found) if found else None


def create(
    session: Session,
    shop_id: int,
    values: ContactValues,
    *,
    source: Source,
    actor: str,
    proof: Evidence = NO_PROOF,
) -> ContactRow:
    """Make a contact; it is subscribed only where ``is_subscribed`` says so.

    Raises:
        Conflict: ``duplicate_phone``; ``opted_out_by_person``.
        Invalid: a refused field, as :func:`contact_fields.check` says.
    """
    shop = shops.get(session, shop_id)
    given: ContactValues = {"phone": None, **values}
    clean = contact_fields.check(given, country=shop.country, today=clock.today(shop.timezone))
    contact = Contact(shop_id=shop_id, phone_hash=phone_hmac(clean["phone"]), **clean)
    consent.begin(session, contact)
    _save(session, contact, {})
    contact_id = cast("int", contact.id)
    if values.get("is_subscribed"):
        consent.subscribe(session, shop_id, contact_id, source=source, actor=actor, proof=proof)
    return row(contact)


def change(
    session: Session,
    shop_id: int,
    contact_id: int,
    changes: ContactValues,
    *,
    source: Source,
    actor: str,
    proof: Evidence = NO_PROOF,
) -> ContactRow:
    """Change any subset of the fields, the subscription among them.

    Raises:
        NotFound: no such contact in this shop.
        Conflict: ``duplicate_phone``; ``opted_out_by_person`` where a person's opt-out
            would be undone, be it by subscribing or by writing a suppressed phone.
        Invalid: a refused field.
    """
    shop = shops.get(session, shop_id)
    clean = contact_fields.check(changes, country=shop.country, today=clock.today(shop.timezone))
    contact = _find(session, shop_id, contact_id, lock=True)
    if clean.get("phone", contact.phone) != contact.phone:
        clean |= _renumbered(session, contact, clean["phone"], changes.get("is_subscribed"))
    if clean:
        _save(session, contact, clean | {"updated_at": clock.now()})
    wanted = changes.get("is_subscribed")
    if wanted:
        consent.subscribe(session, shop_id, contact_id, source=source, actor=actor, proof=proof)
    elif wanted is False and contact.is_subscribed:
        said = Evidence(text=proof.text)
        consent.unsubscribe(session, shop_id, contact_id, source=source, actor=actor, proof=said)
    return row(contact)


def delete(session: Session, shop_id: int, contact_id: int) -> None:
    """Remove a contact; the opt-out of a person stays on the shop's suppression list.

    Raises:
        NotFound: no such contact in this shop.
    """
    hold_messages(session, shop_id, [contact_id])
    contact = _find(session, shop_id, contact_id, lock=True)
    consent.forget(session, contact)
    session.delete(contact)
    session.flush()


def hold_messages(session: Session, shop_id: int, contact_ids: list[int]) -> None:
    """Lock the contacts' messages, in the order of their ids, before the contacts.

    Deleting a contact takes it off its messages, and a claim locks messages first.
    """
    runs.keep_off(session, shop_id)
    session.execute(_HOLD_MESSAGES, {"shop_id": shop_id, "ids": contact_ids})


# Counted, so that all are locked: who wants but one row is given, and locks, but one.
_HOLD_MESSAGES = sa.text("""
    SELECT count(*) FROM (
        SELECT id FROM message
        WHERE shop_id = :shop_id AND contact_id = ANY(CAST(:ids AS bigint[]))
        ORDER BY id FOR UPDATE
    ) held
""")


def _find(session: Session, shop_id: int, contact_id: int, *, lock: bool = False) -> Contact:
    asked = select(Contact).where(Contact.shop_id == shop_id, Contact.id == contact_id)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    found = session.exec(asked).first()
    if found is None:
        raise NotFound("There is no such contact.")
    return found


def _renumbered(
    session: Session, contact: Contact, phone: str, subscribe: bool | None
) -> dict[str, Any]:
    """What goes with another phone: whoever has it may have said no to messages."""
    changes: dict[str, Any] = {"phone_hash": phone_hmac(phone)}
    if consent.is_suppressed(session, contact.shop_id, changes["phone_hash"]):
        if contact.is_subscribed and subscribe is not False:
            raise consent.opted_out_by_person()
        changes["opted_out_by"] = "person"
    return changes


def _save(session: Session, contact: Contact, changes: dict[str, Any]) -> None:
    """Write the contact; within a savepoint, so that a caller may go on after a refusal."""
    try:
        with session.begin_nested():
            for name, value in changes.items():
                setattr(contact, name, value)
            session.add(contact)
            session.flush()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", "")
        if name != "uq_contact_shop_id_phone":
            raise
        raise Conflict(
            "Another contact has this phone number already.", code="duplicate_phone", field="phone"
        ) from error
