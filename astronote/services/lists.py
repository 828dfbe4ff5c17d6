"""Lists of contacts: the system's own (queries) and the shop's (rows)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from astronote import clock
from astronote.db import rows_changed
from astronote.errors import Conflict, Invalid, NotFound
from astronote.models import Contact, ContactList, ListMembership
from astronote.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor
from astronote.services import contact_bulk, segments, shops
from astronote.services.contact_search import Selection, list_key
from astronote.words import say

LONGEST_NAME: Final = 80

SYSTEM_NAMES: Final[dict[str, str]] = {
    "all": "All contacts",
    "male": "Male",
    "female": "Female",
    "other": "Other",
    "age_18_24": "18–24",
    "age_25_39": "25–39",
    "age_40_59": "40–59",
    "age_60_plus": "60+",
}


@dataclass(frozen=True)
class ListRow:
    """A list: a system list has a ``key``, an own list an ``id``."""

    id: int | None
    key: str | None
    name: str
    kind: Literal["system", "own"]
    count: int


def page(
    session: Session, shop_id: int, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[ListRow]:
    """The system lists, then the shop's own in the order in which they were made.

    Raises:
        BadRequest: ``invalid_cursor``.
    """
    after_system, after_own = (0, 0) if cursor is None else _read(cursor)
    system = _system(session, shop_id) if after_system < len(segments.KEYS) else []
    items = system[after_system : after_system + limit]
    room = limit - len(items)
    own = _own(session, shop_id, after_own, room + 1)
    items = [*items, *own[:room]]
    reached = min(after_system + limit, len(segments.KEYS))
    last = cast("int", own[room - 1].id) if room and len(own) >= room else after_own
    more = reached < len(segments.KEYS) or len(own) > room
    total = len(segments.KEYS) + _count_own(session, shop_id)
    return Page(items, encode_cursor(reached, last) if more else None, total, True)


def everything(session: Session, shop_id: int) -> list[ListRow]:
    """All lists of the shop, the system's first (for choosing among them)."""
    return [*_system(session, shop_id), *_own(session, shop_id, 0, None)]


def get(session: Session, shop_id: int, key: int | str) -> ListRow:
    """One list, by the id of an own list or the key of a system list.

    Raises:
        NotFound: there is none.
    """
    named = list_key(key)
    if isinstance(named, str):
        return next(item for item in _system(session, shop_id) if item.key == named)
    found = _find(session, shop_id, named)
    return _row(found, _size(session, shop_id, named))


def create(session: Session, shop_id: int, name: str) -> ListRow:
    """Make an own list, empty.

    Raises:
        Conflict: ``duplicate_name``, whatever the case.
        Invalid: a name of none or too many characters.
    """
    made = ContactList(shop_id=shop_id, name=_check_name(name))
    _save(session, made)
    return _row(made, 0)


def rename(session: Session, shop_id: int, key: int | str, name: str) -> ListRow:
    """Give an own list another name.

    Raises:
        NotFound: there is none.
        Conflict: ``duplicate_name``; ``system_list``.
        Invalid: a name of none or too many characters.
    """
    found = _find(session, shop_id, _own_id(key))
    found.name = _check_name(name)
    _save(session, found)
    return _row(found, _size(session, shop_id, cast("int", found.id)))


def delete(session: Session, shop_id: int, key: int | str) -> None:
    """Remove an own list; its contacts stay.

    Raises:
        NotFound: there is none.
        Conflict: ``system_list``.
    """
    session.delete(_find(session, shop_id, _own_id(key)))
    session.flush()


def add(session: Session, shop_id: int, key: int | str, selection: Selection) -> int:
    """Put the selected contacts into an own list; returns how many were not yet in it.

    Raises:
        NotFound: no such list.
        Conflict: ``system_list``.
        Invalid: as :func:`contact_search.chosen`.
    """
    list_id = _find(session, shop_id, _own_id(key)).id
    ids = contact_bulk.hold(session, shop_id, selection)
    return add_ids(session, shop_id, cast("int", list_id), ids)


def add_ids(session: Session, shop_id: int, list_id: int, contact_ids: Iterable[int]) -> int:
    """The same for contacts that the caller has found; returns how many are new in it."""
    asked = {"shop": shop_id, "list": list_id, "ids": list(contact_ids), "now": clock.now()}
    return rows_changed(session.execute(_ADD, asked))


def remove(session: Session, shop_id: int, key: int | str, selection: Selection) -> int:
    """Take the selected contacts out of an own list; returns how many were in it.

    Raises:
        NotFound: no such list.
        Conflict: ``system_list``.
        Invalid: as :func:`contact_search.chosen`.
    """
    list_id = _find(session, shop_id, _own_id(key)).id
    ids = contact_bulk.hold(session, shop_id, selection)
    asked = {"shop": shop_id, "list": list_id, "ids": ids}
    return rows_changed(session.execute(_REMOVE, asked))


_ADD = sa.text("""
    INSERT INTO list_membership (list_id, contact_id, shop_id, created_at)
    SELECT :list, id, :shop, :now FROM unnest(CAST(:ids AS bigint[])) AS chosen(id)
    ON CONFLICT DO NOTHING
""")

_REMOVE = sa.text("""
    DELETE FROM list_membership
    WHERE shop_id = :shop AND list_id = :list AND contact_id = ANY(CAST(:ids AS bigint[]))
""")


def _system(session: Session, shop_id: int) -> list[ListRow]:
    """All system lists, counted in one pass over the contacts."""
    today = clock.today(shops.get(session, shop_id).timezone)
    counts = (sa.func.count().filter(segments.holds(key, today)) for key in segments.KEYS)
    found = session.execute(sa.select(*counts).where(col(Contact.shop_id) == shop_id)).one()
    return [
        ListRow(None, key, SYSTEM_NAMES[key], "system", count)
        for key, count in zip(segments.KEYS, found, strict=True)
    ]


def _own(session: Session, shop_id: int, after: int, limit: int | None) -> list[ListRow]:
    members = (
        sa.select(sa.func.count())
        .where(
            col(ListMembership.shop_id) == shop_id,
            col(ListMembership.list_id) == col(ContactList.id),
        )
        .scalar_subquery()
    )
    found = session.execute(
        sa.select(col(ContactList.id), col(ContactList.name), members)
        .where(col(ContactList.shop_id) == shop_id, col(ContactList.id) > after)
        .order_by(col(ContactList.id))
        .limit(limit)
    )
    return [ListRow(number, None, name, "own", count) for number, name, count in found]


def _count_own(session: Session, shop_id: int) -> int:
    counted = sa.select(sa.func.count()).where(col(ContactList.shop_id) == shop_id)
    return int(session.scalar(counted) or 0)


def _size(session: Session, shop_id: int, list_id: int) -> int:
    counted = sa.select(sa.func.count()).where(
        col(ListMembership.shop_id) == shop_id, col(ListMembership.list_id) == list_id
    )
    return int(session.scalar(counted) or 0)


def _row(found: ContactList, count: int) -> ListRow:
    return ListRow(found.id, None, found.name, "own", count)


def _find(session: Session, shop_id: int, list_id: int) -> ContactList:
    found = session.exec(
        select(ContactList).where(ContactList.shop_id == shop_id, ContactList.id == list_id)
    ).first()
    if found is None:
        raise NotFound("There is no such list.")
    return found


def _own_id(key: int | str) -> int:
    named = list_key(key)
    if isinstance(named, str):
        raise Conflict("The system keeps this list itself.", code="system_list")
    return named


def _read(cursor: str) -> tuple[int, int]:
    system, own = (v if type(v) is int else 0 for v in decode_cursor(cursor, 2))
    return max(system, 0), own


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(say("A list's name has 1 to {n} characters.", n=LONGEST_NAME), field="name")
    return name


def _save(session: Session, made: ContactList) -> None:
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            "There is a list with this name already.", code="duplicate_name", field="name"
        ) from error
