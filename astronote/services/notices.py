"""Telling a shop's owners that a campaign has stopped by itself.

The campaign's page and the dashboard say so to whoever looks; a letter goes to owners who do
not, where the installation sends e-mail. What is still to be told is a row's own mark, so a
lost ring costs a minute.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.settings import settings
from astronote.words import Language, say, translate

ACTOR: Final = "campaigns.tell_owners"
NEWS_FOR: Final = timedelta(days=1)
"""What stopped earlier is no news: an installation that gets e-mail writes no old letters."""


@dataclass(frozen=True)
class Owner:
    """Who is told, and in which language."""

    email: str
    language: Language


@dataclass(frozen=True)
class Notice:
    """A campaign that stopped; ``reason`` is a sentence in English."""

    shop_id: int
    campaign_id: int
    shop: str
    campaign: str
    reason: str
    owners: tuple[Owner, ...]


@dataclass(frozen=True)
class Letter:
    """Plain text, ready to send."""

    to: str
    subject: str
    text: str


def untold(session: Session, at_most: int = 50) -> list[tuple[int, int]]:
    """Shop and id of campaigns whose owners were not told; a system transaction."""
    since = clock.now() - NEWS_FOR
    rows = session.execute(_UNTOLD, {"since": since, "most": at_most}).all()
    return [(row.shop_id, row.id) for row in rows]


def take(session: Session, shop_id: int, campaign_id: int) -> Notice | None:
    """Take it on to tell the owners; None where somebody else has, or nothing is to be told."""
    named = {"shop": shop_id, "campaign": campaign_id, "now": clock.now()}
    taken = session.execute(_TAKE, named).one_or_none()
    if taken is None:
        return None
    return Notice(
        shop_id,
        campaign_id,
        _line(taken.shop),
        _line(taken.name),
        taken.status_reason,
        owners(session, shop_id),
    )


def put_back(session: Session, notice: Notice) -> None:
    """It could not be told: try again later."""
    session.execute(_PUT_BACK, {"shop": notice.shop_id, "campaign": notice.campaign_id})


def letters(notice: Notice) -> list[Letter]:
    """One letter to each owner, in the owner's language."""
    link = f"{app()}/app/campaigns/{notice.campaign_id}"
    made = []
    for owner in notice.owners:
        reason = translate(notice.reason, owner.language)
        subject = say("{shop}: the campaign “{name}” has stopped", shop=notice.shop,
                      name=notice.campaign)  # fmt: skip
        text = say(
            "The campaign “{name}” has stopped by itself.\n\n{reason}\n\n"
            "What has not been sent yet waits there: {link}",
            name=notice.campaign,
            reason=reason,
            link=link,
        )
        made.append(
            Letter(owner.email, translate(subject, owner.language), translate(text, owner.language))
        )
    return made


def owners(session: Session, shop_id: int) -> tuple[Owner, ...]:
    """Who owns the shop, and the language that each reads."""
    found = session.execute(_OWNERS, {"shop": shop_id})
    return tuple(Owner(row.email, "el" if row.locale == "el" else "en") for row in found)


def app() -> str:
    """Where the app is, for links in letters."""
    return (settings().frontend_url or settings().public_base).rstrip("/")


def _line(text: str) -> str:
    return " ".join(text.split())


_STOPPED = "status IN ('paused', 'missed', 'failed') AND status_reason IS NOT NULL"

_UNTOLD = sa.text(f"""
    SELECT id, shop_id FROM campaign
    WHERE {_STOPPED} AND reason_told_at IS NULL AND updated_at > :since
    ORDER BY id LIMIT :most
""")  # noqa: S608

_TAKE = sa.text(f"""
    UPDATE campaign c SET reason_told_at = :now FROM shop s
    WHERE c.shop_id = :shop AND c.id = :campaign AND s.id = c.shop_id
      AND c.{_STOPPED} AND c.reason_told_at IS NULL
    RETURNING c.name, c.status_reason, s.name AS shop
""")  # noqa: S608

_OWNERS = sa.text("""
    SELECT u.email, u.locale FROM membership m JOIN user_account u ON u.id = m.user_id
    WHERE m.shop_id = :shop AND m.role = 'owner' ORDER BY u.id
""")

_PUT_BACK = sa.text("""
    UPDATE campaign SET reason_told_at = NULL WHERE shop_id = :shop AND id = :campaign
""")
