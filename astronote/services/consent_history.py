"""The history of a contact's consent, as the contact's page and its proof show it."""

from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote.errors import NotFound
from astronote.models import ConsentEvent, Contact


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
