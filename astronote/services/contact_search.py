"""Finding contacts: filters, search, sorting, pages.

How words are looked for is ``contact_words``' business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import Invalid, NotFound
from astronote.models import Contact, ContactList, ListMembership
from astronote.paging import DEFAULT_LIMIT, Page
from astronote.services import segments, shops
from astronote.services.contact_order import ORDERS
from astronote.services.contact_words import (
    EVERYWHERE,
    LONGEST_QUERY,
    ROWS,
    Counted,
    Hunt,
    count,
    holds_all,
    terms,
)
from astronote.services.contacts import COLUMNS, ContactRow, row

__all__ = [
    "EVERYBODY",
    "LONGEST_QUERY",
    "ContactFilter",
    "Selection",
    "Sort",
    "chosen",
    "conditions",
    "every",
    "list_key",
    "matching",
    "search",
]

Sort = Literal["-createdAt", "createdAt", "lastName", "-lastName"]


@dataclass(frozen=True)
class ContactFilter:
    """Which contacts a list shows; the empty one shows all.

    ``list`` is the id of an own list or the key of a system list. Ages are whole years on
    the shop's present day, both ends included; they take only contacts with a birthday.
    """

    q: str = ""
    list: int | str | None = None
    gender: str | None = None
    subscribed: bool | None = None
    tag: str | None = None
    age_min: int | None = None
    age_max: int | None = None


EVERYBODY: Final = ContactFilter()


@dataclass(frozen=True)
class Selection:
    """Some contacts, by their ids or by a filter; ids that the shop has not count for none."""

    ids: tuple[int, ...] | None = None
    filter: ContactFilter | None = None


def search(
    session: Session,
    shop_id: int,
    wanted: ContactFilter = EVERYBODY,
    *,
    sort: Sort = "-createdAt",
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[ContactRow]:
    """One page of the contacts that ``wanted`` names.

    Raises:
        NotFound: it names a list that the shop has not.
        BadRequest: ``invalid_cursor``.
        Invalid: a search over :data:`LONGEST_QUERY` characters, ages out of order.
    """
    plain = conditions(session, shop_id, wanted)
    order = ORDERS[sort]
    after = order.after(cursor) if cursor else EVERYWHERE
    words = terms(wanted.q)
    if words:
        found, counted = Hunt(session, plain, after, order, words).page(limit + 1)
    else:
        asked = ROWS.where(*plain, after).order_by(*order.by).limit(limit + 1)
        found = session.execute(asked).all()
        is_all = cursor is None and len(found) <= limit
        counted = Counted(len(found), True) if is_all else count(session, plain)
    items = [row(r) for r in found[:limit]]
    more = order.cursor(found[limit - 1]) if len(found) > limit else None
    return Page(items, more, counted.total, counted.is_exact)


def matching(session: Session, shop_id: int, wanted: ContactFilter) -> sa.Select[int | None]:
    """The query of the ids of all contacts that ``wanted`` names.

    Raises:
        NotFound, Invalid: as :func:`search`.
    """
    found = sa.select(col(Contact.id)).where(*conditions(session, shop_id, wanted))
    words = terms(wanted.q)
    return found.where(holds_all(words)) if words else found


def chosen(session: Session, shop_id: int, selection: Selection) -> sa.Select[int | None]:
    """The query of the ids of the selected contacts.

    Raises:
        Invalid: neither ids nor a filter.
        NotFound: the filter names a list that the shop has not.
    """
    if selection.ids is not None:
        ids = sa.literal(list(selection.ids), ARRAY(sa.BigInteger))
        return sa.select(col(Contact.id)).where(
            col(Contact.shop_id) == shop_id, col(Contact.id) == sa.func.any(ids)
        )
    if selection.filter is not None:
        return matching(session, shop_id, selection.filter)
    raise Invalid("Say which contacts, by contactIds or by a filter.", field="contactIds")


def every(
    session: Session, shop_id: int, selection: Selection, *, batch: int = 2_000
) -> Iterator[ContactRow]:
    """All selected contacts, newest first, a batch in memory at a time.

    Raises:
        NotFound, Invalid: as :func:`chosen`.
    """
    order = ORDERS["-createdAt"]
    named = sa.select(*COLUMNS).where(col(Contact.id).in_(chosen(session, shop_id, selection)))
    named = named.where(col(Contact.shop_id) == shop_id).order_by(*order.by)
    found = session.execute(named.execution_options(yield_per=batch))
    return (row(r) for r in found)


def conditions(
    session: Session, shop_id: int, wanted: ContactFilter
) -> list[sa.ColumnElement[bool]]:
    """All of ``wanted`` but its search, as conditions on contacts.

    Raises:
        NotFound: it names a list that the shop has not.
        Invalid: ages out of order.
    """
    found: list[sa.ColumnElement[bool]] = [col(Contact.shop_id) == shop_id]
    if wanted.list is not None:
        found.append(_in_list(session, shop_id, wanted.list))
    if wanted.gender is not None:
        found.append(col(Contact.gender) == wanted.gender)
    if wanted.subscribed is not None:
        found.append(col(Contact.is_subscribed) == sa.literal(wanted.subscribed))
    if wanted.tag:
        found.append(sa.literal(wanted.tag) == sa.any_(col(Contact.tags)))
    if wanted.age_min is not None or wanted.age_max is not None:
        low, high = wanted.age_min, wanted.age_max
        if low is not None and high is not None and low > high:
            raise Invalid("The lowest age is above the highest.", field="ageMin")
        found.append(segments.aged(low, high, _today(session, shop_id)))
    return found


def _today(session: Session, shop_id: int) -> date:
    return clock.today(shops.get(session, shop_id).timezone)


def list_key(named: int | str) -> int | str:
    """The id of an own list, or the key of a system list.

    Raises:
        NotFound: it is neither.
    """
    if isinstance(named, int):
        return named
    if named in segments.KEYS:
        return named
    if named.isascii() and named.isdigit() and len(named) < 19:
        return int(named)
    raise NotFound("There is no such list.")


def _in_list(session: Session, shop_id: int, named: int | str) -> Any:
    key = list_key(named)
    if isinstance(key, str):
        return segments.holds(key, _today(session, shop_id))
    own = sa.select(col(ContactList.id)).where(
        col(ContactList.shop_id) == shop_id, col(ContactList.id) == key
    )
    if session.scalar(own) is None:
        raise NotFound("There is no such list.")
    return sa.exists().where(
        col(ListMembership.shop_id) == shop_id,
        col(ListMembership.list_id) == key,
        col(ListMembership.contact_id) == col(Contact.id),
    )
