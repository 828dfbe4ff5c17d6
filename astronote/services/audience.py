"""Who receives a campaign, and why everybody else does not.

One list of conditions makes both the preview's counts and the run's recipients, so the
two cannot disagree. Each contact that is left out counts under the first that applies.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import FieldError, Invalid
from astronote.models import (
    Contact,
    ContactList,
    GlobalSuppression,
    ListMembership,
    Suppression,
    SuppressionLift,
)
from astronote.services import segments
from astronote.services.ages import ADULT, born_by
from astronote.services.shops import ShopRow

REASONS: Final = ("unsubscribed", "suppressed", "under18", "unknown_age", "filtered_out")

_Age = Annotated[int, Field(ge=0, le=130)]
_Label = Annotated[str, Field(min_length=1, max_length=100)]
_List = Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=1, max_length=40)]


class Audience(BaseModel):
    """A choice of recipients; the empty one is everybody who may be messaged.

    ``include_lists`` and ``tags`` take contacts that are in any of them. Lists are ids of
    own lists or keys of system lists. Ages are whole years, both ends included.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )

    genders: tuple[Literal["male", "female", "other"], ...] = ()
    age_min: _Age | None = None
    age_max: _Age | None = None
    include_lists: Annotated[tuple[_List, ...], Field(max_length=200)] = ()
    exclude_lists: Annotated[tuple[_List, ...], Field(max_length=200)] = ()
    tags: Annotated[tuple[_Label, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _ages_in_order(self) -> "Audience":
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise ValueError("The lowest age is above the highest.")
        return self

    def document(self) -> dict[str, object]:
        """As it is stored: the API's names, what was left out left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


EVERYBODY: Final = Audience()


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


def parse(document: object, field: str = "audience") -> Audience:
    """Read a stored or sent audience.

    Raises:
        Invalid: it has unknown parts or impossible values.
    """
    try:
        return Audience.model_validate(document)
    except ValidationError as error:
        found: list[FieldError] = [
            {"field": ".".join([field, *map(str, e["loc"])]), "message": e["msg"]}
            for e in error.errors()
        ]
        raise Invalid("This audience cannot be read.", field=field, errors=found) from error


def check_lists(session: Session, shop_id: int, audience: Audience) -> None:
    """Make sure that every list it names is the shop's own or a system list.

    Raises:
        Invalid: ``unknown_list``.
    """
    for field in ("include_lists", "exclude_lists"):
        named = getattr(audience, field)
        own = {n for n in map(_own_id, named) if n is not None}
        known = set(
            session.execute(
                sa.select(col(ContactList.id)).where(
                    col(ContactList.shop_id) == shop_id, col(ContactList.id).in_(own)
                )
            ).scalars()
        )
        strange = [n for n in named if _own_id(n) is None and n not in segments.KEYS]
        if strange or own - known:
            raise Invalid(
                "There is no such list.", code="unknown_list", field=f"audience.{to_camel(field)}"
            )


def reach(session: Session, shop: ShopRow, audience: Audience) -> Reach:
    """Count who is in and who is left out, in one pass over the shop's contacts.

    Raises:
        Invalid: ``unknown_list``.
    """
    check_lists(session, shop.id, audience)
    suppressed = _suppressed(shop.id)
    cases = _left_out(shop, audience, clock.today(shop.timezone), suppressed)
    reason = sa.case(*((when, name) for name, when in cases), else_="in").label("reason")
    found = session.execute(
        sa.select(reason, sa.func.count())
        .select_from(_with_suppression(suppressed))
        .where(col(Contact.shop_id) == shop.id)
        .group_by(reason)
    )
    counts = {name: int(number) for name, number in found}
    excluded = Excluded(**{name: counts.get(name, 0) for name in REASONS})
    return Reach(counts.get("in", 0), excluded)


def recipients(session: Session, shop: ShopRow, audience: Audience) -> sa.Select[*tuple[Any, ...]]:
    """The query of everybody who is in: id, phone, phone_hash, first_name, last_name.

    Raises:
        Invalid: ``unknown_list``.
    """
    check_lists(session, shop.id, audience)
    suppressed = _suppressed(shop.id)
    cases = _left_out(shop, audience, clock.today(shop.timezone), suppressed)
    return (
        sa.select(
            col(Contact.id),
            col(Contact.phone),
            col(Contact.phone_hash),
            col(Contact.first_name),
            col(Contact.last_name),
        )
        .select_from(_with_suppression(suppressed))
        .where(col(Contact.shop_id) == shop.id, *(sa.not_(when) for _, when in cases))
    )


def name_groups(
    session: Session, shop: ShopRow, audience: Audience, tokens: frozenset[str]
) -> list[NameGroup]:
    """The recipients grouped by what their names do to a text with ``tokens``.

    Names of plain Latin letters differ only by their length, and so do those of Greek
    letters; every other name stands for itself. A million people are a few hundred groups.
    """
    names = recipients(session, shop, audience).subquery()
    first = _stand_in(names.c.first_name) if "first_name" in tokens else sa.literal("")
    last = _stand_in(names.c.last_name) if "last_name" in tokens else sa.literal("")
    grouped = sa.select(first.label("f"), last.label("l")).subquery()
    found = session.execute(
        sa.select(grouped.c.f, grouped.c.l, sa.func.count()).group_by(grouped.c.f, grouped.c.l)
    )
    return [NameGroup(f, last_name, int(people)) for f, last_name, people in found]


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


def _left_out(
    shop: ShopRow, audience: Audience, today: date, suppressed: sa.Subquery
) -> list[tuple[str, sa.ColumnElement[bool]]]:
    """Reason and condition, in the order in which they count; no condition is ever null."""
    born = col(Contact.birthday)
    cases: list[tuple[str, sa.ColumnElement[bool]]] = [
        ("unsubscribed", sa.not_(col(Contact.is_subscribed))),
        ("suppressed", suppressed.c.phone_hash.is_not(None)),
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
    own = [number for number in map(_own_id, named) if number is not None]
    keys = [key for key in map(str, named) if key in segments.KEYS]
    either = [segments.holds(key, today) for key in keys]
    if own:
        members = sa.select(col(ListMembership.contact_id)).where(
            col(ListMembership.shop_id) == shop_id, col(ListMembership.list_id).in_(own)
        )
        either.append(col(Contact.id).in_(members))
    return sa.or_(*either)


def _own_id(named: int | str) -> int | None:
    if isinstance(named, int):
        return named
    return int(named) if named.isascii() and named.isdigit() and len(named) < 19 else None


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


def _with_suppression(suppressed: sa.Subquery) -> sa.FromClause:
    return sa.outerjoin(
        sa.inspect(Contact).local_table,
        suppressed,
        suppressed.c.phone_hash == col(Contact.phone_hash),
    )
