"""The orders in which contacts are listed: keysets that have an index each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from astronote.errors import BadRequest
from astronote.models import Contact
from astronote.paging import decode_cursor, encode_cursor


@dataclass(frozen=True)
class Order:
    """A keyset: a column, then the id, both in one direction."""

    sort: str
    column: Any
    descending: bool

    @property
    def by(self) -> list[Any]:
        """What ``ORDER BY`` takes."""
        pair = (self.column, col(Contact.id))
        return [c.desc() if self.descending else c.asc() for c in pair]

    def after(self, cursor: str) -> sa.ColumnElement[bool]:
        """Whether a contact comes behind the one of ``cursor``.

        Raises:
            BadRequest: ``invalid_cursor``: not ours, or of another order.
        """
        sort, value, last = decode_cursor(cursor, 3)
        if sort != self.sort or not isinstance(value, str) or type(last) is not int:
            raise _bad_cursor()
        at: Any = value
        if self.column is Contact.created_at:
            at = _moment(value)
        pair = sa.tuple_(self.column, col(Contact.id))
        limit = sa.tuple_(sa.literal(at, self.column.type), sa.literal(last, sa.BigInteger))
        return pair < limit if self.descending else pair > limit

    def cursor(self, last: Any) -> str:
        """The cursor of a page's last row, which has the order's column and ``id``."""
        if self.column is Contact.created_at:
            return encode_cursor(self.sort, last.created_at.isoformat(), last.id)
        return encode_cursor(self.sort, last.sort_name, last.id)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _bad_cursor() from None
    if at.tzinfo is None:
        raise _bad_cursor()
    return at


def _bad_cursor() -> BadRequest:
    return BadRequest("This page address is not valid.", code="invalid_cursor", field="cursor")


ORDERS: Final[dict[str, Order]] = {
    "-createdAt": Order("-createdAt", Contact.created_at, True),
    "createdAt": Order("createdAt", Contact.created_at, False),
    "lastName": Order("lastName", Contact.sort_name, False),
    "-lastName": Order("-lastName", Contact.sort_name, True),
}
