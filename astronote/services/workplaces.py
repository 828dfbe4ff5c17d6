"""The shops that one person works in, of which a session shows one at a time."""

from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from sqlmodel import Session

from astronote.errors import NotFound
from astronote.security import Identity, Role
from astronote.services import accounts
from astronote.services.accounts import SignedIn


@dataclass(frozen=True)
class Workplace:
    """A shop, and what this person is there."""

    shop_id: int
    name: str
    role: Role


def listed(session: Session, who: Identity) -> list[Workplace]:
    """Where this person works, by name; in a system transaction."""
    found = session.execute(_LISTED, {"user": who.user_id})
    return [Workplace(row.shop_id, row.name, cast("Role", row.role)) for row in found]


_LISTED = sa.text("""
    SELECT m.shop_id, s.name, m.role FROM membership m JOIN shop s ON s.id = m.shop_id
    WHERE m.user_id = :user ORDER BY lower(s.name), m.shop_id
""")


def enter(
    session: Session, who: Identity, shop_id: int, user_agent: str = "", address: str = ""
) -> SignedIn:
    """Go to another of this person's shops, in a system transaction.

    A session belongs to one shop, so this one ends and another begins.

    Raises:
        NotFound: the person does not work there.
    """
    if shop_id not in {each.shop_id for each in listed(session, who)}:
        raise NotFound("You do not work in this shop.")
    accounts.sign_out(session, who)
    return accounts.open_session(session, who.user_id, shop_id, user_agent, address)
