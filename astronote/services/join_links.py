"""Join and NFC addresses: made, renamed, replaced and revoked by the shop.

Their tokens hang on posters, so they are no secret; they are random so that nobody finds
a shop's page by counting. A revoked one stays as a row, because sign-ups point to it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from astronote import clock
from astronote.errors import Conflict, Invalid, NotFound
from astronote.models import AuditEvent, PublicLinkToken
from astronote.security import Identity
from astronote.services import links
from astronote.settings import settings
from astronote.words import say

Kind = Literal["join", "nfc"]

TOKEN_LENGTH: Final = 12
"""Characters of a token: 68 random bits, and still a small QR code."""

LONGEST_NAME: Final = 80
MOST: Final = 200


@dataclass(frozen=True)
class JoinLink:
    """An address at which people join; ``name`` is the merchant's own ("the till")."""

    id: int
    kind: Kind
    name: str
    token: str
    url: str
    created_at: datetime


@dataclass(frozen=True)
class Uses:
    """What came of an address: forms sent in, and how often people opened an NFC page."""

    signups: int = 0
    scans: int = 0


@dataclass(frozen=True)
class Place:
    """Where a public address leads: its shop, and the link by which one came."""

    shop_id: int
    link_id: int


def listing(session: Session, shop_id: int) -> list[JoinLink]:
    """The shop's live addresses, the oldest first."""
    found = session.exec(
        select(PublicLinkToken).where(*_live(shop_id)).order_by(col(PublicLinkToken.id))
    )
    return [_row(link) for link in found]


def uses(session: Session, shop_id: int) -> dict[int, Uses]:
    """What came of each address that was used, by its id."""
    return {
        row.link_id: Uses(row.signups, row.scans)
        for row in session.execute(_USES, {"shop": shop_id})
    }


def get(session: Session, shop_id: int, link_id: int) -> JoinLink:
    """One live address.

    Raises:
        NotFound: the shop has none with this id.
    """
    return _row(_find(session, shop_id, link_id))


def create(session: Session, shop_id: int, who: Identity, kind: str, name: str) -> JoinLink:
    """Make an address.

    Raises:
        Invalid: the kind is neither ``join`` nor ``nfc``, or the name is refused.
        Conflict: ``too_many``: the shop has :data:`MOST` already.
    """
    if kind not in ("join", "nfc"):
        raise Invalid("The kind is join or nfc.", field="kind")
    count = session.scalar(
        sa.select(sa.func.count()).select_from(PublicLinkToken).where(*_live(shop_id))
    )
    if (count or 0) >= MOST:
        raise Conflict(say("A shop has at most {n} such links.", n=MOST), code="too_many")
    link = PublicLinkToken(shop_id=shop_id, kind=kind, name=_checked(name), token=_new_token())
    session.add(link)
    session.flush()
    _note(session, shop_id, who, "create", link)
    return _row(link)


def change(
    session: Session,
    shop_id: int,
    who: Identity,
    link_id: int,
    *,
    name: str | None = None,
    replace_token: bool = False,
) -> JoinLink:
    """Rename an address, or give it a new token: what hangs on walls then leads nowhere.

    Raises:
        NotFound: the shop has none with this id.
        Invalid: the name is refused.
    """
    link = _find(session, shop_id, link_id)
    if name is not None:
        link.name = _checked(name)
    if replace_token:
        link.token = _new_token()
    session.add(link)
    session.flush()
    _note(session, shop_id, who, "replace" if replace_token else "rename", link)
    return _row(link)


def revoke(session: Session, shop_id: int, who: Identity, link_id: int) -> None:
    """End an address for good.

    Raises:
        NotFound: the shop has none with this id.
    """
    link = _find(session, shop_id, link_id)
    link.revoked_at = clock.now()
    session.add(link)
    _note(session, shop_id, who, "revoke", link)
    session.flush()


def find(session: Session, token: str, kind: Kind) -> Place:
    """Where a public address leads, in a system transaction.

    Raises:
        NotFound: it leads nowhere (any more).
    """
    found = session.execute(
        sa.select(col(PublicLinkToken.shop_id), col(PublicLinkToken.id)).where(
            col(PublicLinkToken.token) == token,
            col(PublicLinkToken.kind) == kind,
            col(PublicLinkToken.revoked_at).is_(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("This link is not in use.")
    return Place(found.shop_id, found.id)


def address(kind: str, token: str) -> str:
    """The whole address of a token, as printed and written into tags."""
    return f"{settings().public_base}/{kind}/{token}"


def _live(shop_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(PublicLinkToken.shop_id) == shop_id, col(PublicLinkToken.revoked_at).is_(None))


def _find(session: Session, shop_id: int, link_id: int) -> PublicLinkToken:
    found = session.exec(
        select(PublicLinkToken)
        .where(*_live(shop_id), col(PublicLinkToken.id) == link_id)
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound("There is no such link.")
    return found


def _row(link: PublicLinkToken) -> JoinLink:
    return JoinLink(
        id=cast("int", link.id),
        kind=cast("Kind", link.kind),
        name=link.name,
        token=link.token,
        url=address(link.kind, link.token),
        created_at=link.created_at,
    )


def _new_token() -> str:
    return links.random_words(1, TOKEN_LENGTH)[0]


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(say("A name has 1 to {n} characters.", n=LONGEST_NAME), field="name")
    return name


def _note(session: Session, shop_id: int, who: Identity, verb: str, link: PublicLinkToken) -> None:
    session.add(
        AuditEvent(
            shop_id=shop_id,
            actor=who.actor,
            action=f"join_link.{verb}",
            details={"link": link.id, "name": link.name},
        )
    )


_USES: Final = sa.text("""
    SELECT link_id, sum(signups)::int AS signups, sum(scans)::int AS scans FROM (
        SELECT link_id, count(*) AS signups, 0 AS scans FROM public_signup_event
        WHERE shop_id = :shop GROUP BY link_id
        UNION ALL
        SELECT link_id, 0, count(*) FROM nfc_scan
        WHERE shop_id = :shop AND NOT is_bot GROUP BY link_id
    ) used GROUP BY link_id
""")
