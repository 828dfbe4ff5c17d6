"""What is kept of every change of consent, and the history a contact's page shows of it."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote.errors import NotFound
from astronote.models import ConsentEvent, Contact

Action = Literal["opted_in", "opted_out", "pending", "imported", "erased"]
Basis = Literal["consent", "existing_customer"]
Source = Literal[
    "form",
    "import",
    "join",
    "nfc",
    "unsubscribe_link",
    "resubscribe_link",
    "keyword",
    "merchant",
    "api",
    "preferences",
]

OWN_ACTS: Final = frozenset(
    {"join", "nfc", "unsubscribe_link", "resubscribe_link", "keyword", "preferences"}
)
"""Sources that only the person's own hand can produce."""

NEW_HERE: Final = frozenset({"form", "api", "join", "nfc"})
"""Sources of a subscription that begins with a welcome. Imports send their own where the
merchant ticks it; who comes back, or is put back, is known already."""

EXISTING_CUSTOMER: Final = "existing customer"
"""The stated source whose legal basis is not consent."""

NO_CONTACT: Final = 0
"""``contact_id`` of a change that concerns a phone no contact of the shop has."""


@dataclass(frozen=True)
class ConsentRow:
    """One change of consent, as the contact's page and its proof show it."""

    id: int
    at: datetime
    action: str
    source: str
    legal_basis: str
    text: str
    text_version: str
    actor: str
    ip: str | None
    user_agent: str | None
    message_id: int | None


@dataclass(frozen=True)
class Evidence:
    """What proves a change: the wording shown and its version, where it came from.

    ``stated_source`` is the merchant's own word for where he got the consent ("paper
    form"). It never makes a change the person's own act. ``agreed_at`` is when the consent
    was given, where that was not now.
    """

    text: str = ""
    text_version: str = ""
    ip: str | None = None
    user_agent: str | None = None
    message_id: int | None = None
    legal_basis: Basis = "consent"
    stated_source: str = ""
    agreed_at: datetime | None = None

    def named(self, source: str) -> str:
        """How the change came about, as the history shows it; an import is always one."""
        return source if source == "import" else self.origin(source)

    def origin(self, source: str) -> str:
        """Where the consent came from: the stated source, or else the channel ``source``."""
        stated = self.stated_source.strip()
        return source if not stated or stated in OWN_ACTS else stated


NO_PROOF: Final = Evidence()
"""For a change of which nothing more is known than who made it."""


def statement(source: str, text: str, agreed_at: datetime | None = None) -> Evidence:
    """What a merchant states of a consent: where it came from, in which words, when."""
    source = " ".join(source.split())
    basis: Basis = (
        "existing_customer"
        if source.casefold().replace("_", " ") == EXISTING_CUSTOMER
        else "consent"
    )
    return Evidence(text=text.strip(), stated_source=source, legal_basis=basis, agreed_at=agreed_at)


def history(session: Session, shop_id: int, contact_id: int) -> list[ConsentRow]:
    """Every change of a contact's consent, newest first.

    Raises:
        NotFound: no such contact in this shop.
    """
    known = sa.select(col(Contact.id)).where(
        col(Contact.shop_id) == shop_id, col(Contact.id) == contact_id
    )
    if session.scalar(known) is None:
        raise NotFound("There is no such contact.")
    events = session.exec(
        select(ConsentEvent)
        .where(ConsentEvent.shop_id == shop_id, ConsentEvent.contact_id == contact_id)
        .order_by(col(ConsentEvent.id).desc())
    )
    return [ConsentRow(**{n: getattr(e, n) for n in _SHOWN}) for e in events]


_SHOWN = tuple(f.name for f in fields(ConsentRow))


def record(
    session: Session, contact: Contact, action: Action, source: str, actor: str, proof: Evidence
) -> None:
    session.add(contact)
    contact_id = contact.id if contact.id is not None else NO_CONTACT
    session.add(
        event(contact.shop_id, contact_id, contact.phone_hash, action, source, actor, proof)
    )
    session.flush()


def event(
    shop_id: int,
    contact_id: int,
    phone_hash: bytes,
    action: Action,
    source: str,
    actor: str,
    proof: Evidence,
) -> ConsentEvent:
    return ConsentEvent(
        shop_id=shop_id,
        contact_id=contact_id,
        phone_hash=phone_hash,
        action=action,
        source=proof.named(source),
        actor=actor,
        legal_basis=proof.legal_basis,
        text=proof.text,
        text_version=proof.text_version,
        ip=proof.ip,
        user_agent=(proof.user_agent or "")[:300] or None,
        message_id=proof.message_id,
    )
