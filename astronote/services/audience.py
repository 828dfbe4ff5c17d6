"""Who receives a campaign, and why everybody else does not.

One list of conditions makes both the preview's counts and the run's recipients, so the
two cannot disagree. Each contact that is left out counts under the first that applies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from astronote import clock
from astronote.models import (
    Contact,
    GlobalSuppression,
    ListMembership,
    Suppression,
    SuppressionLift,
)
from astronote.services import segments
from astronote.services.ages import ADULT, born_by
from astronote.services.audience_document import (
    EVERYBODY,
    Audience,
    check_lists,
    own_id,
    parse,
)
from astronote.services.shops import ShopRow

__all__ = [
    "EVERYBODY",
    "REASONS",
    "Audience",
    "Excluded",
    "NameGroup",
    "Reach",
    "check_lists",
    "name_groups",
    "parse",
    "reach",
    "recipients",
]

REASONS: Final = ("unsubscribed", "suppressed", "under18", "unknown_age", "filtered_out")

Case = tuple[str, sa.ColumnElement[bool]]
"""A reason, and when it holds for a contact."""


@dataclass(frozen=True)
class Excluded:
    """How many contacts are left out, each under the first reason that applies."""

    unsubscribed: int
    suppressed: int
    under18: int
    unknown_age: int
    filtered_out: int


@dataclass(frozen=True)
class Reach:
    """How many an audience takes in and leaves out."""

    count: int
    excluded: Excluded


@dataclass(frozen=True)
class NameGroup:
    """People whose texts have the same length and encoding, shown by one of them."""

    first_name: str
    last_name: str
    people: int


def reach(session: Session, shop: ShopRow, audience: Audience) -> Reach:
    """Count who is in and who is left out, in one pass over the shop's contacts.

    The pass reads an index alone. It knows nothing of suppressed phones, because those
    are few: a second look takes them out of what they were counted as.

    Raises:
        Invalid: ``unknown_list``.
    """
    check_lists(session, shop.id, audience)
    cases = _left_out(shop, audience, clock.today(shop.timezone))
    suppressed = _suppressed(shop.id)
    everybody = _remaining(cases).where(col(Contact.shop_id) == shop.id)
    suppressed_ones = (
        _remaining(cases)
        .join(suppressed, suppressed.c.phone_hash == col(Contact.phone_hash))
        .where(col(Contact.shop_id) == shop.id, col(Contact.is_subscribed))
    )
    of_all = session.execute(everybody).one()
    of_suppressed = session.execute(suppressed_ones).one()
    left = [all_of_them - out for all_of_them, out in zip(of_all, of_suppressed, strict=True)]
    counts = {
        name: before - after
        for (name, _), before, after in zip(cases, left, left[1:], strict=False)
    }
    counts["suppressed"] = of_suppressed[0]
    excluded = Excluded(**{name: counts.get(name, 0) for name in REASONS})
    return Reach(left[-1], excluded)


def recipients(session: Session, shop: ShopRow, audience: Audience) -> sa.Select[*tuple[Any, ...]]:
    """The query of everybody who is in: id, phone, phone_hash, first_name, last_name.

    Raises:
        Invalid: ``unknown_list``.
    """
    check_lists(session, shop.id, audience)
    suppressed = _suppressed(shop.id)
    cases = _left_out(shop, audience, clock.today(shop.timezone))
    return (
        sa.select(
            col(Contact.id),
            col(Contact.phone),
            col(Contact.phone_hash),
            col(Contact.first_name),
            col(Contact.last_name),
        )
        .outerjoin(suppressed, suppressed.c.phone_hash == col(Contact.phone_hash))
        .where(
            col(Contact.shop_id) == shop.id,
            suppressed.c.phone_hash.is_(None),
            *(sa.not_(when) for _, when in cases),
        )
    )


def name_groups(
    session: Session, shop: ShopRow, audience: Audience, tokens: frozenset[str]
) -> list[NameGroup]:
    """The recipients grouped by what their names do to a text with ``tokens``.

    Names of plain Latin letters differ only by their length, and so do those of Greek
    letters; every other name stands for itself. A million people are a few hundred groups.
    """
    people = recipients(session, shop, audience).subquery()
    said = [
        people.c[token] if token in tokens else sa.literal("").label(token)
        for token in ("first_name", "last_name")
    ]
    # Grouped as they are first, so that each different name is looked at once.
    names = sa.select(*said, sa.func.count().label("n")).group_by(*said).subquery()
    shown = sa.select(
        _stand_in(names.c.first_name).label("f"), _stand_in(names.c.last_name).label("l"), names.c.n
    ).subquery()
    found = session.execute(
        sa.select(shown.c.f, shown.c.l, sa.func.sum(shown.c.n)).group_by(shown.c.f, shown.c.l)
    )
    return [NameGroup(first, last, int(number)) for first, last, number in found]


# Of the second kind each name has a letter that GSM-7 lacks, and every letter has one
# capital there (services.greek), so `α` behaves as they do.
_LATIN: Final = "^[A-Za-z]+$"
_GREEK: Final = (
    "^[A-Za-zΑ-Ωα-ωΆΈΉΊΌΎΏάέήίόύώϊϋΐΰ]*[α-ωάέήίόύώϊϋΐΰ][A-Za-zΑ-Ωα-ωΆΈΉΊΌΎΏάέήίόύώϊϋΐΰ]*$"
)


def _stand_in(name: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.case(
        (name.is_(None), ""),
        (name.op("~")(_LATIN), sa.func.repeat("x", sa.func.length(name))),
        (name.op("~")(_GREEK), sa.func.repeat("α", sa.func.length(name))),
        else_=name,
    )


def _remaining(cases: Sequence[Case]) -> sa.Select[*tuple[Any, ...]]:
    """How many contacts there are, then how many are left after each reason.

    Plain filtered counts: PostgreSQL shares them out among its workers, and each row is
    looked at once (a third of the time of numbering each row's reason first).
    """
    stay = [sa.not_(when) for _, when in cases]
    return sa.select(
        sa.func.count().label("n"),
        *(
            sa.func.count().filter(sa.and_(*stay[:n])).label(f"n{n}")
            for n in range(1, len(stay) + 1)
        ),
    ).select_from(Contact)


def _left_out(shop: ShopRow, audience: Audience, today: date) -> list[Case]:
    """Reason and condition, in the order in which they count; no condition is ever null.

    Suppression, which comes second, is a join and so the caller's.
    """
    born = col(Contact.birthday)
    cases: list[Case] = [
        ("unsubscribed", sa.not_(col(Contact.is_subscribed))),
        ("under18", sa.and_(born.is_not(None), born > born_by(today, ADULT))),
    ]
    if shop.require_known_age:
        cases.append(("unknown_age", born.is_(None)))
    wanted = _wanted(shop.id, audience, today)
    if wanted:
        cases.append(("filtered_out", sa.not_(sa.and_(*wanted))))
    return cases


def _wanted(shop_id: int, audience: Audience, today: date) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if audience.genders:
        conditions.append(sa.func.coalesce(col(Contact.gender).in_(audience.genders), sa.false()))
    if audience.age_min is not None or audience.age_max is not None:
        conditions.append(segments.aged(audience.age_min, audience.age_max, today))
    if audience.tags:
        conditions.append(
            col(Contact.tags).bool_op("&&")(sa.cast(list(audience.tags), ARRAY(sa.Text)))
        )
    if audience.include_lists:
        conditions.append(_in_any(shop_id, audience.include_lists, today))
    if audience.exclude_lists:
        conditions.append(sa.not_(_in_any(shop_id, audience.exclude_lists, today)))
    return conditions


def _in_any(shop_id: int, named: tuple[int | str, ...], today: date) -> sa.ColumnElement[bool]:
    own = [number for number in map(own_id, named) if number is not None]
    keys = [key for key in map(str, named) if key in segments.KEYS]
    either = [segments.holds(key, today) for key in keys]
    if own:
        members = sa.select(col(ListMembership.contact_id)).where(
            col(ListMembership.shop_id) == shop_id, col(ListMembership.list_id).in_(own)
        )
        either.append(col(Contact.id).in_(members))
    return sa.or_(*either)


def _suppressed(shop_id: int) -> sa.Subquery:
    """Phones that the shop must not message: its own, and those of everywhere not lifted."""
    everywhere = col(GlobalSuppression.phone_hash)
    lifted = sa.exists().where(
        col(SuppressionLift.shop_id) == shop_id, col(SuppressionLift.phone_hash) == everywhere
    )
    return sa.union(
        sa.select(col(Suppression.phone_hash)).where(col(Suppression.shop_id) == shop_id),
        sa.select(everywhere).where(~lifted),
    ).subquery("suppressed")
