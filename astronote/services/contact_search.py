"""Finding contacts: filters, search, sorting, pages.

A search runs in two steps, because a trigram index is slow for words that many people
share and a walk along the list is slow for rare ones: first the nearest
:data:`NEAREST` rows in the list's own order, then, where those do not fill the page,
the index. Under row-level security the index is reached through
``contact_search_ids`` only (first migration).
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
from astronote.paging import COUNT_LIMIT, DEFAULT_LIMIT, Page
from astronote.services import segments, shops
from astronote.services.contact_order import ORDERS, Order
from astronote.services.contacts import COLUMNS, ContactRow, row
from astronote.services.folding import fold
from astronote.services.phones import search_digits

Sort = Literal["-createdAt", "createdAt", "lastName", "-lastName"]

NEAREST: Final = 5_000
MOST_HITS: Final = 20_000
"""More hits than this of one word, and walking the list finds a page sooner."""
LONGEST_QUERY: Final = 100


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
    here = [*plain, *([order.after(cursor)] if cursor else [])]
    patterns = _patterns(wanted.q)
    base = sa.select(*COLUMNS, col(Contact.sort_name)).order_by(*order.by).limit(limit + 1)
    if patterns:
        found = _hits(session, shop_id, base, here, patterns, order)
    else:
        found = session.execute(base.where(*here)).all()
    items = [row(r) for r in found[:limit]]
    more = order.cursor(found[limit - 1]) if len(found) > limit else None
    total = _count(session, plain, patterns)
    return Page(items, more, min(total, COUNT_LIMIT), total <= COUNT_LIMIT)


def matching(session: Session, shop_id: int, wanted: ContactFilter) -> sa.Select[int | None]:
    """The query of the ids of all contacts that ``wanted`` names.

    Raises:
        NotFound, Invalid: as :func:`search`.
    """
    found = sa.select(col(Contact.id)).where(*conditions(session, shop_id, wanted))
    patterns = _patterns(wanted.q)
    return found.where(_holds_all(patterns, _EVERY_HIT)) if patterns else found


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
    session: Session, shop_id: int, wanted: ContactFilter, *, batch: int = 2_000
) -> Iterator[ContactRow]:
    """All contacts that ``wanted`` names, newest first, a batch in memory at a time."""
    order = ORDERS["-createdAt"]
    named = sa.select(*COLUMNS).where(col(Contact.id).in_(matching(session, shop_id, wanted)))
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
    today = clock.today(shops.get(session, shop_id).timezone)
    if wanted.list is not None:
        found.append(_in_list(session, shop_id, wanted.list, today))
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
        found.append(segments.aged(low, high, today))
    return found


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


def _in_list(session: Session, shop_id: int, named: int | str, today: date) -> Any:
    key = list_key(named)
    if isinstance(key, str):
        return segments.holds(key, today)
    own = sa.select(col(ContactList.id)).where(
        col(ContactList.shop_id) == shop_id, col(ContactList.id) == key
    )
    if session.scalar(own) is None:
        raise NotFound("There is no such list.")
    members = sa.select(col(ListMembership.contact_id)).where(
        col(ListMembership.shop_id) == shop_id, col(ListMembership.list_id) == key
    )
    return col(Contact.id).in_(members)


# Search ----------------------------------------------------------------------------------------

_EVERY_HIT: Final = 2**31 - 1


def _patterns(q: str) -> list[str]:
    """``LIKE`` patterns that must all match, the longest (for the index) first."""
    if len(q) > LONGEST_QUERY:
        raise Invalid(f"A search has at most {LONGEST_QUERY} characters.", field="q")
    digits = search_digits(q)
    words = [_phone_part(digits)] if digits else fold(q).split()
    escaped = [w.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for w in words]
    return [f"%{word}%" for word in sorted(set(escaped), key=len, reverse=True)]


def _phone_part(digits: str) -> str:
    """``digits`` as they stand in E.164, where no number and no country begins with 0."""
    if digits.startswith("+0"):
        return "00" + digits[1:]
    national = len(digits) > 1 and digits[0] == "0" and digits[1] != "0"
    return digits[1:] if national else digits


def _hits(
    session: Session, shop_id: int, base: Any, here: list[Any], patterns: list[str], order: Order
) -> Any:
    """A page of a search: along the list first, then by the index."""
    near = (
        sa.select(col(Contact.id), col(Contact.search))
        .where(*here)
        .order_by(*order.by)
        .limit(NEAREST)
        .subquery()
    )
    wanted = [near.c.search.like(pattern) for pattern in patterns]
    nearby = sa.select(near.c.id).where(*wanted)
    found = session.execute(base.where(*here[:1], col(Contact.id).in_(nearby))).all()
    if len(found) >= base._limit:
        return found
    if session.scalar(_COUNT_HITS, {"pattern": patterns[0], "most": MOST_HITS}) < MOST_HITS:
        return session.execute(base.where(*here, _holds_all(patterns, MOST_HITS))).all()
    alike = [col(Contact.search).like(pattern) for pattern in patterns]
    return session.execute(base.where(*here, *alike)).all()


def _holds_all(patterns: list[str], most: int) -> sa.ColumnElement[bool]:
    hits = sa.select(sa.func.contact_search_ids(patterns[0], most))
    rest = [col(Contact.search).like(pattern) for pattern in patterns[1:]]
    return sa.and_(col(Contact.id).in_(hits), *rest)


_COUNT_HITS = sa.text("SELECT count(*) FROM contact_search_ids(:pattern, :most)")


def _count(session: Session, plain: list[Any], patterns: list[str]) -> int:
    """How many there are, counted up to one more than :data:`COUNT_LIMIT`."""
    found = sa.select(sa.literal(1)).select_from(Contact).where(*plain)
    if patterns and len(plain) == 1 and len(patterns) == 1:
        asked = {"pattern": patterns[0], "most": COUNT_LIMIT + 1}
        return int(session.scalar(_COUNT_HITS, asked) or 0)
    if patterns:
        found = found.where(_holds_all(patterns, MOST_HITS))
    counted = sa.select(sa.func.count()).select_from(found.limit(COUNT_LIMIT + 1).subquery())
    return int(session.scalar(counted) or 0)
