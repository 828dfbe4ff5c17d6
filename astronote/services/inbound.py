"""Texts that shoppers send: STOP, START and HELP are obeyed, the rest goes to an inbox.

Applied one after the other in the order in which they came: STOP and then START is not
START and then STOP. Everything here is done in a system transaction, because a phone
belongs to people, and they may be known at several shops.
"""

import logging
import re
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from astronote import clock
from astronote.errors import AstronoteError, Invalid
from astronote.integrations import mitto
from astronote.integrations.mitto import Inbound
from astronote.security import phone_hmac
from astronote.services import composing, consent, messages, phones, shops
from astronote.services.consent import Evidence
from astronote.services.keywords import meaning
from astronote.services.shops import ShopRow
from astronote.settings import settings

HELP_EVERY = timedelta(days=1)
_HELP = {
    "en": "{name}: for help, contact {contact}. To stop our messages, answer STOP.",
    "el": "{name}: για βοήθεια: {contact}. Για διακοπή μηνυμάτων απαντήστε ΣΤΟΠ.",
}

log = logging.getLogger(__name__)


def apply_next(session: Session) -> bool:
    """Apply the oldest inbound text; False where there is none, or another worker is at it."""
    if not session.execute(_ONE_WORKER).scalar_one():
        return False
    event = session.execute(_NEXT).one_or_none()
    if event is None:
        return False
    state, error = "applied", None
    try:
        with session.begin_nested():
            error = _apply(session, event.body)
            state = "ignored" if error else "applied"
    except AstronoteError as refusal:
        state, error = "parked", refusal.detail
    except OperationalError:
        raise  # the database's trouble, not the text's
    except Exception as broken:
        # Kept where the operator sees it, so that it keeps no other from being obeyed.
        log.exception("inbound text %d cannot be applied", event.id)
        state, error = "parked", f"It could not be applied ({type(broken).__name__})."
    session.execute(_SETTLE, {"id": event.id, "state": state, "error": error})
    return True


def _apply(session: Session, body: object) -> str | None:
    """Obey or keep one text; why nothing could be done with it, or None."""
    text = mitto.read_inbound(body)
    if text is None:
        return "It names no sender."
    shop_ids = _shops_named(session, text.to)
    country = shops.get(session, shop_ids[0]).country if len(shop_ids) == 1 else "GR"
    phone = _phone(text.sender, country)
    if phone is None:
        return "The sender is not a phone number."
    asked = meaning(text.text)
    if asked.command == "stop":
        _stop(session, phone, text.text)
        return None
    if asked.command == "start":
        _start(session, phone, text.text)
        return None
    shop_id = shop_ids[0] if len(shop_ids) == 1 else _last_writer(session, phone)
    if shop_id is None:
        return "No shop has written to this phone."
    if asked.command == "help":
        _help(session, shops.get(session, shop_id), phone)
        return None
    _keep(session, shop_id, phone, text, marked="opt_out_word" if asked.marked else None)
    return None


def _phone(sender: str, country: str) -> str | None:
    """E.164 of a sender; digits without ``+`` are read as international first."""
    digits = re.sub(r"[\s().-]", "", sender)
    international = digits if digits.startswith(("+", "00")) else "+" + digits
    for reading in (international, digits):
        try:
            return phones.parse(reading, country)
        except Invalid:
            continue
    # A number whose range our tables do not know may still be one that we wrote to.
    return digits if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits) else None


def _stop(session: Session, phone: str, words: str) -> None:
    """The phone wants no more messages, from anybody."""
    phone_hash = phone_hmac(phone)
    session.execute(_SUPPRESS_EVERYWHERE, {"hash": phone_hash, "now": clock.now()})
    session.execute(_NO_LIFTS, {"hash": phone_hash})
    for contact in session.execute(_CONTACTS, {"hash": phone_hash}).all():
        consent.unsubscribe(
            session,
            contact.shop_id,
            contact.id,
            source="keyword",
            actor="person",
            proof=Evidence(text=words[:200], message_id=contact.message_id),
        )


def _start(session: Session, phone: str, words: str) -> None:
    """The phone takes back its STOP, at the shops whose messages the STOP had ended.

    Where it had never agreed, or had left before by another way, there is nothing to take
    back: START is no consent to what a shop merely has on file.
    """
    for contact in session.execute(_CONTACTS, {"hash": phone_hmac(phone)}).all():
        if contact.opted_out_by == "person" and contact.ended_by_keyword:
            consent.subscribe(
                session,
                contact.shop_id,
                contact.id,
                source="keyword",
                actor="person",
                proof=Evidence(text=words[:200], message_id=contact.message_id),
            )


def _help(session: Session, shop: ShopRow, phone: str) -> None:
    """Answer with the shop's contact, at most once a day."""
    answered = session.execute(
        _HELPED,
        {"shop": shop.id, "hash": phone_hmac(phone), "since": clock.now() - HELP_EVERY},
    ).scalar_one()
    if answered:
        return
    sentence = _HELP[shop.locale].format(name=shop.name, contact=shop.support_contact or shop.name)
    composer = composing.composer(
        shop, sentence.replace("{{", "").replace("}}", ""), "auto", False, "help", {}
    )
    messages.queue_single(session, shop.id, kind="help", phone=phone, composer=composer)


def _keep(session: Session, shop_id: int, phone: str, text: Inbound, *, marked: str | None) -> None:
    session.execute(
        _KEEP,
        {
            "shop": shop_id,
            "phone": phone,
            "hash": phone_hmac(phone),
            "text": text.text,
            "marked": marked,
            "provider_id": text.message_id or None,
            "now": clock.now(),
        },
    )


def _shops_named(session: Session, to: str) -> list[int]:
    """The shops whose sender name or number is ``to``.

    Nobody's is the one that all shops share, nor is a name its shop's before it is approved.
    """
    name = to.lstrip("+").lower()
    if name in ("", settings().mitto_sender.lstrip("+").lower()):
        return []
    asked = {"to": name, "approved_only": settings().sender_approval_required}
    return list(session.execute(_NAMED, asked).scalars())


def _last_writer(session: Session, phone: str) -> int | None:
    found = session.execute(_LAST_WRITER, {"hash": phone_hmac(phone)}).scalar_one_or_none()
    return None if found is None else int(found)


_ONE_WORKER = sa.text("SELECT pg_try_advisory_xact_lock(hashtext('astronote inbound')::bigint)")

_NEXT = sa.text("""
    SELECT id, body FROM webhook_event
    WHERE state = 'received' AND kind = 'inbound' ORDER BY id LIMIT 1 FOR UPDATE
""")

_SETTLE = sa.text("""
    UPDATE webhook_event SET state = :state, error = :error, attempts = attempts + 1
    WHERE id = :id
""")

_SUPPRESS_EVERYWHERE = sa.text("""
    INSERT INTO global_suppression (phone_hash, reason, at) VALUES (:hash, 'keyword', :now)
    ON CONFLICT (phone_hash) DO NOTHING
""")

_NO_LIFTS = sa.text("DELETE FROM suppression_lift WHERE phone_hash = :hash")

# Held, so that one which a shop is just deleting is not among them any more.
_CONTACTS = sa.text("""
    SELECT c.id, c.shop_id, c.opted_out_by,
        coalesce(c.sms_consent_source = 'keyword' AND c.unsubscribed_at = c.sms_consent_at, false)
            AS ended_by_keyword,
        (SELECT max(m.id) FROM message m
         WHERE m.phone_hash = c.phone_hash AND m.shop_id = c.shop_id
           AND m.sent_at IS NOT NULL) AS message_id
    FROM contact c WHERE c.phone_hash = :hash ORDER BY c.shop_id, c.id
    FOR NO KEY UPDATE OF c
""")

_HELPED = sa.text("""
    SELECT EXISTS (SELECT FROM message
        WHERE phone_hash = :hash AND shop_id = :shop AND kind = 'help' AND created_at > :since)
""")

_KEEP = sa.text("""
    INSERT INTO conversation_message
        (shop_id, contact_id, phone, phone_hash, direction, text, marked, provider_message_id, at)
    VALUES (:shop,
        (SELECT id FROM contact WHERE shop_id = :shop AND phone = :phone),
        :phone, :hash, 'in', :text, :marked, :provider_id, :now)
""")

_NAMED = sa.text("""
    SELECT id FROM shop
    WHERE (lower(sender_name) = :to OR ltrim(sender_name, '+') = :to)
      AND (NOT :approved_only OR sender_approved_at IS NOT NULL)
    ORDER BY id LIMIT 2
""")

_LAST_WRITER = sa.text("""
    SELECT shop_id FROM message WHERE phone_hash = :hash AND sent_at IS NOT NULL
    ORDER BY id DESC LIMIT 1
""")
