"""Erasing a person (GDPR, article 17): nothing personal stays, counts do.

The contact goes. What happened with it stays without a name: its messages keep status,
parts and credits; its consent history keeps what changed and when. The phone remains
only as a keyed HMAC on the shop's suppression list, so that it is never messaged again
unless the person joins anew.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import NotFound
from astronote.models import Contact
from astronote.services import runs
from astronote.services.consent_records import Evidence, Source, event
from astronote.services.suppression import suppress


@dataclass(frozen=True)
class Reach:
    """What erasing would make unreadable: texts sent to a person, texts received."""

    sent: int
    received: int


def reach(session: Session, shop_id: int, contact_id: int) -> Reach:
    """How much :func:`erase` would redact, to be said before it is done.

    Raises:
        NotFound: no such contact in this shop.
    """
    phone_hash = session.scalar(
        sa.select(col(Contact.phone_hash)).where(
            col(Contact.shop_id) == shop_id, col(Contact.id) == contact_id
        )
    )
    if phone_hash is None:
        raise NotFound("There is no such contact.")
    about = {"shop_id": shop_id, "contact_id": contact_id, "phone_hash": phone_hash}
    return Reach(*session.execute(_REACH, about).one())


def erase(
    session: Session,
    shop_id: int,
    contact_id: int,
    *,
    actor: str,
    source: Source = "merchant",
) -> None:
    """Erase a contact and all that the shop holds about this phone.

    A message that is still queued is skipped when its turn comes: its contact is gone.

    Raises:
        NotFound: no such contact in this shop.
    """
    # Messages first, in the order of their ids, then the contact: as a claim locks them.
    about = {"shop_id": shop_id, "contact_id": contact_id, "now": clock.now()}
    runs.keep_off(session, shop_id)
    session.execute(_HOLD_MESSAGES, about)
    contact = session.exec(
        select(Contact)
        .where(Contact.shop_id == shop_id, col(Contact.id) == contact_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if contact is None:
        raise NotFound("There is no such contact.")
    about |= {"phone": contact.phone, "phone_hash": contact.phone_hash}
    # However it was written, the last digits of a number are in it.
    about["digits"] = f"%{contact.phone[-9:]}%"
    suppress(session, shop_id, contact.phone_hash, reason="erased")
    for statement in _REDACTIONS:
        session.execute(statement, about)
    session.add(event(shop_id, contact_id, b"", "erased", source, actor, Evidence()))
    session.delete(contact)
    session.flush()


_OF_PERSON = "shop_id = :shop_id AND (contact_id = :contact_id OR phone_hash = :phone_hash)"

_REACH = sa.text(f"""
    SELECT (SELECT count(*) FROM message WHERE {_OF_PERSON} AND text <> ''),
           (SELECT count(*) FROM conversation_message
            WHERE {_OF_PERSON} AND direction = 'in' AND text <> '')
""")  # noqa: S608

_HOLD_MESSAGES = sa.text("""
    SELECT count(*) FROM (
        SELECT id FROM message
        WHERE shop_id = :shop_id
          AND (contact_id = :contact_id
               OR phone_hash = (SELECT phone_hash FROM contact
                                WHERE shop_id = :shop_id AND id = :contact_id))
        ORDER BY id FOR UPDATE
    ) held
""")

_REDACTIONS = tuple(
    sa.text(statement)
    for statement in (
        f"""
        INSERT INTO message_event (shop_id, message_id, at, event, note)
        SELECT shop_id, id, :now, 'redacted', '' FROM message WHERE {_OF_PERSON}
        """,  # noqa: S608
        f"""
        UPDATE offer_view_event SET user_agent = NULL
        WHERE shop_id = :shop_id AND message_id IN (SELECT id FROM message WHERE {_OF_PERSON})
        """,  # noqa: S608
        # Unique by campaign: each erased message gets a hash that belongs to nobody.
        f"""
        UPDATE message SET phone = '', text = '', failure_reason = NULL, contact_id = NULL,
            phone_hash = sha256(convert_to('erased:' || id, 'UTF8'))
        WHERE {_OF_PERSON}
        """,  # noqa: S608
        f"""
        UPDATE conversation_message SET phone = '', phone_hash = '', text = '', contact_id = NULL
        WHERE {_OF_PERSON}
        """,  # noqa: S608
        f"""
        UPDATE consent_event SET phone_hash = '', ip = NULL, user_agent = NULL,
            text = CASE WHEN text_version = '' THEN '' ELSE text END
        WHERE {_OF_PERSON}
        """,  # noqa: S608
        """
        UPDATE public_signup_event SET contact_id = NULL, ip = NULL, user_agent = NULL
        WHERE shop_id = :shop_id AND contact_id = :contact_id
        """,
        """
        UPDATE import_row SET cells = '[]', errors = '[]'
        WHERE shop_id = :shop_id
          AND regexp_replace(cells::text, '[^0-9]', '', 'g') LIKE :digits
        """,
        """
        DELETE FROM idempotency_key
        WHERE shop_id = :shop_id AND status IS NOT NULL AND strpos(answer, :phone) > 0
        """,
        """
        UPDATE webhook_event SET body = '{}'
        WHERE state IN ('applied', 'ignored', 'parked') AND body::text LIKE :digits
        """,
    )
)
