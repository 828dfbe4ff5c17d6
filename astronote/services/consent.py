"""Consent: who may be messaged, and every change of that, in one place.

``contact.is_subscribed`` decides. Each change writes a row to ``consent_event``, which
is append-only. A phone that opted out by the person's own act is also kept, as an HMAC,
in ``suppression`` (one shop) or ``global_suppression`` (everywhere, by keyword), so that
neither deleting the contact nor importing it again brings it back.

Who opted out by their own act comes back by their own act only; whom the merchant
unsubscribed, the merchant may subscribe again. The source of a change says whose act it
was: :data:`OWN_ACTS` are the person's.
"""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import Conflict, NotFound
from astronote.jobs import enqueue
from astronote.models import Contact
from astronote.services.consent_records import (
    NEW_HERE,
    NO_CONTACT,
    NO_PROOF,
    OWN_ACTS,
    ConsentRow,
    Evidence,
    Source,
    event,
    history,
    record,
    statement,
)
from astronote.services.suppression import (
    is_suppressed,
    lift,
    not_suppressed_sql,
    suppress,
    suppressed_sql,
)

__all__ = [
    "NO_PROOF",
    "OWN_ACTS",
    "ConsentRow",
    "Evidence",
    "Source",
    "agree",
    "begin",
    "forget",
    "history",
    "is_suppressed",
    "lift",
    "mark_pending",
    "not_suppressed_sql",
    "opted_out_by_person",
    "statement",
    "subscribe",
    "suppress",
    "suppressed_sql",
    "unsubscribe",
    "unsubscribe_phone",
]


def subscribe(
    session: Session,
    shop_id: int,
    contact_id: int,
    *,
    source: Source,
    actor: str,
    proof: Evidence = NO_PROOF,
) -> bool:
    """Subscribe the contact; returns whether that changed anything.

    A person's own act lifts what suppresses the phone, for this shop only.

    Raises:
        NotFound: no such contact in this shop.
        Conflict: ``opted_out_by_person`` when a merchant tries to undo a person's act.
    """
    contact = _locked(session, shop_id, contact_id)
    if source in OWN_ACTS:
        lift(session, shop_id, contact.phone_hash)
    elif contact.opted_out_by == "person" or is_suppressed(session, shop_id, contact.phone_hash):
        raise opted_out_by_person()
    if contact.is_subscribed:
        return False
    agree(contact, source, proof)
    record(session, contact, "opted_in", source, actor, proof)
    if source in NEW_HERE:
        enqueue(session, "automations.send_welcome", shop_id, contact_id)
    return True


def unsubscribe(
    session: Session,
    shop_id: int,
    contact_id: int,
    *,
    source: Source,
    actor: str,
    proof: Evidence = NO_PROOF,
) -> bool:
    """End the contact's subscription; returns whether there was one.

    A person's own act also suppresses the phone for this shop, and counts for more than
    a merchant's: it is kept even where nothing was left to end. A join that waits for its
    confirmation waits no longer.

    Raises:
        NotFound: no such contact in this shop.
    """
    contact = _locked(session, shop_id, contact_id)
    by = "person" if source in OWN_ACTS else "merchant"
    was, pending = contact.is_subscribed, contact.sms_consent_status == "pending"
    if not was and not pending and contact.opted_out_by in (by, "person"):
        return False
    if by == "person":
        suppress(session, shop_id, contact.phone_hash, reason=source)
    now = clock.now()
    contact.is_subscribed = False
    if was:
        contact.unsubscribed_at = now
    contact.opted_out_by = "person" if contact.opted_out_by == "person" else by
    contact.sms_consent_status = "opted_out"
    contact.sms_consent_at = now
    contact.sms_consent_source = source
    contact.updated_at = now
    record(session, contact, "opted_out", source, actor, proof)
    return was


def unsubscribe_phone(
    session: Session,
    shop_id: int,
    phone_hash: bytes,
    *,
    source: Source,
    actor: str,
    proof: Evidence = NO_PROOF,
) -> bool:
    """The same for a phone, whether or not the shop (still) has a contact with it."""
    # Held: a contact that is being deleted at this moment must not take the "no" with it.
    contact_id = session.scalar(
        sa.select(col(Contact.id))
        .where(col(Contact.shop_id) == shop_id, col(Contact.phone_hash) == phone_hash)
        .with_for_update(key_share=True)
    )
    if contact_id is not None:
        return unsubscribe(session, shop_id, contact_id, source=source, actor=actor, proof=proof)
    if not suppress(session, shop_id, phone_hash, reason=source):
        return False
    session.add(event(shop_id, NO_CONTACT, phone_hash, "opted_out", source, actor, proof))
    return True


def mark_pending(
    session: Session,
    shop_id: int,
    contact_id: int,
    *,
    source: Source,
    actor: str,
    proof: Evidence = NO_PROOF,
) -> bool:
    """A join that waits for its confirmation: nothing may be sent yet but the question.

    Returns whether that is new; a subscribed contact stays as it is.

    Raises:
        NotFound: no such contact in this shop.
    """
    contact = _locked(session, shop_id, contact_id)
    if contact.is_subscribed or contact.sms_consent_status == "pending":
        return False
    contact.sms_consent_status = "pending"
    contact.sms_consent_at = contact.updated_at = clock.now()
    contact.sms_consent_source = source
    record(session, contact, "pending", source, actor, proof)
    return True


def opted_out_by_person() -> Conflict:
    """The refusal that a merchant meets where the person has said no."""
    return Conflict(
        "This person has opted out. Only the person can subscribe again.",
        code="opted_out_by_person",
        field="isSubscribed",
    )


def begin(session: Session, contact: Contact) -> None:
    """Set the consent of a contact that is being made: not subscribed, and opted out
    where the person had said no before. Subscribing is a step of its own."""
    contact.is_subscribed = False
    if is_suppressed(session, contact.shop_id, contact.phone_hash):
        contact.opted_out_by = "person"
        contact.sms_consent_status = "opted_out"
        contact.unsubscribed_at = clock.now()


def forget(session: Session, contact: Contact) -> None:
    """Keep what must outlive a contact that is being deleted: the person's opt-out."""
    if contact.opted_out_by == "person":
        suppress(session, contact.shop_id, contact.phone_hash, reason="deleted")


def agree(contact: Contact, source: str, proof: Evidence) -> None:
    """Write the fields of a subscription that begins now (no event)."""
    now = clock.now()
    contact.is_subscribed = True
    contact.unsubscribed_at = None
    contact.opted_out_by = None
    contact.sms_consent_status = "opted_in"
    contact.sms_consent_at = now
    contact.sms_consent_source = proof.named(source)
    if proof.legal_basis == "consent":
        contact.gdpr_consent_at = proof.agreed_at or now
        contact.gdpr_consent_source = proof.origin(source)
        contact.gdpr_consent_version = proof.text_version or None
    contact.consent_evidence = proof.text or contact.consent_evidence
    contact.updated_at = now


def _locked(session: Session, shop_id: int, contact_id: int) -> Contact:
    """The contact, held until the end: two changes of one person's consent never cross."""
    found = session.exec(
        select(Contact)
        .where(Contact.shop_id == shop_id, Contact.id == contact_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound("There is no such contact.")
    return found
