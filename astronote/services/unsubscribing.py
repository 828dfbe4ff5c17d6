"""The shopper's own way out, and back: what a signed link shows and does.

Each function runs in a transaction of the token's shop and touches that one contact, or,
where the contact has been deleted since, the phone that the message went to.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlmodel import Session

from astronote.errors import BadRequest, Gone
from astronote.services import consent, shops
from astronote.services.consent import Evidence
from astronote.services.shops import ShopRow
from astronote.services.unsubscribe_tokens import Holder, make

Left = Literal["unsubscribed", "already_unsubscribed"]
Returned = Literal["resubscribed", "already_subscribed"]
Way = Literal["unsubscribe_link", "resubscribe_link", "preferences"]

ACTOR: Final = "person"


@dataclass(frozen=True)
class Standing:
    """Where a token's holder stands; ``phone_masked`` is all that is shown of a person."""

    shop: ShopRow
    phone_masked: str
    is_subscribed: bool
    is_contact: bool


@dataclass(frozen=True)
class Visit:
    """Whence an act came, for the proof of consent."""

    ip: str | None = None
    user_agent: str | None = None

    def evidence(
        self, text: str = "", text_version: str = "", message_id: int | None = None
    ) -> Evidence:
        """The proof of an act that came so."""
        return Evidence(text, text_version, self.ip, self.user_agent, message_id)


def standing(session: Session, holder: Holder) -> Standing:
    """What the pages show; changes nothing.

    Raises:
        BadRequest: ``invalid_token`` when neither the contact nor the message is left.
    """
    person = _person(session, holder)
    subscribed = person.is_subscribed
    if subscribed is None:
        subscribed = not consent.is_suppressed(session, holder.shop_id, person.phone_hash)
    return Standing(
        shop=shops.get(session, holder.shop_id),
        phone_masked=mask(person.phone),
        is_subscribed=subscribed,
        is_contact=person.contact_id is not None,
    )


def unsubscribe(
    session: Session, holder: Holder, visit: Visit, source: Way = "unsubscribe_link"
) -> Left:
    """Stop this shop's messages to the holder of a token, for good.

    Raises:
        BadRequest: ``invalid_token``.
    """
    person = _person(session, holder)
    changed = consent.unsubscribe_phone(
        session,
        holder.shop_id,
        person.phone_hash,
        source=source,
        actor=ACTOR,
        proof=visit.evidence(message_id=holder.message_id),
    )
    return "unsubscribed" if changed else "already_unsubscribed"


def resubscribe(
    session: Session, holder: Holder, visit: Visit, wording: str, source: Way = "resubscribe_link"
) -> Returned:
    """Let this shop message the holder of a token again; ``wording`` is what was agreed to.

    Raises:
        BadRequest: ``invalid_token``.
        Gone: ``contact_deleted``: the shop no longer has the person.
    """
    person = _person(session, holder)
    if person.contact_id is None:
        raise Gone("The shop no longer has this contact.", code="contact_deleted")
    changed = consent.subscribe(
        session,
        holder.shop_id,
        person.contact_id,
        source=source,
        actor=ACTOR,
        proof=visit.evidence(wording, message_id=holder.message_id),
    )
    return "resubscribed" if changed else "already_subscribed"


def preferences_token(holder: Holder) -> str:
    """The holder's token for the preferences page."""
    return make(
        holder.shop_id,
        contact_id=holder.contact_id,
        campaign_id=holder.campaign_id,
        message_id=holder.message_id,
        purpose="preferences",
    )


def mask(phone: str) -> str:
    """A phone with its middle hidden: enough to know one's own, not to learn another's."""
    if len(phone) < 9:
        return ""
    return f"{phone[:3]} ••• ••• {phone[-3:]}"


def _person(session: Session, holder: Holder) -> sa.Row[Any]:
    """The contact of a token, or whoever has its message's phone."""
    parameters = {
        "shop": holder.shop_id,
        "contact": holder.contact_id,
        "message": holder.message_id,
    }
    found = session.execute(_CONTACT, parameters).one_or_none()
    found = found or session.execute(_RECIPIENT, parameters).one_or_none()
    if found is None:
        raise BadRequest("This link is not valid any more.", code="invalid_token")
    return found


_CONTACT: Final = sa.text("""
    SELECT id AS contact_id, phone, phone_hash, is_subscribed FROM contact
    WHERE shop_id = :shop AND id = CAST(:contact AS bigint)
""")
_RECIPIENT: Final = sa.text("""
    SELECT c.id AS contact_id, coalesce(c.phone, m.phone) AS phone, m.phone_hash,
           c.is_subscribed
    FROM message m
    LEFT JOIN contact c ON c.shop_id = m.shop_id AND c.phone_hash = m.phone_hash
    WHERE m.shop_id = :shop AND m.id = CAST(:message AS bigint)
""")
