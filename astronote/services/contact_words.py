"""Looking for words in names, e-mails and phones, and counting what is found.

A trigram index is slow for words that many people share, and a walk along the list is
slow for rare ones. So the nearest :data:`NEAREST` rows in the list's own order are looked
through first, and the index is asked only where they do not fill the page. Words of one
or two letters have no trigrams: beyond the nearest rows they are found where a name or
an address begins with them.

Under row-level security the index is reached through ``contact_search_ids`` only (first
migration).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from astronote.errors import Invalid
from astronote.models import Contact
from astronote.paging import COUNT_LIMIT
from astronote.services.contact_order import Order
from astronote.services.contacts import COLUMNS
from astronote.services.folding import fold
from astronote.services.phones import search_digits
from astronote.words import say

LONGEST_QUERY: Final = 100
NEAREST: Final = 5_000
MOST_HITS: Final = 20_000
"""More hits than this of one word, and walking the list finds a page sooner."""
WALKED: Final = 50_000
"""Rows that a count of a common word looks through."""

ROW: Final = (*COLUMNS, col(Contact.sort_name))
"""What a page's query selects: the row, and what its cursor is made of."""

_TRIGRAM: Final = 3


@dataclass(frozen=True)
class Counted:
    """How many there are; a lower bound where that is not exact."""

    total: int
    is_exact: bool


def terms(q: str) -> list[str]:
    """The words that must all be found, as they stand in the search column, longest first.

    Raises:
        Invalid: over :data:`LONGEST_QUERY` characters.
    """
    if len(q) > LONGEST_QUERY:
        raise Invalid(say("A search has at most {n} characters.", n=LONGEST_QUERY), field="q")
    digits = search_digits(q)
    words = [_phone_part(digits)] if digits else fold(q).split()
    return sorted(set(words), key=len, reverse=True)


def holds_all(words: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a contact has all of the words somewhere (for whole selections)."""
    if len(words[0]) < _TRIGRAM:
        return sa.and_(*_alike(words))
    hits = sa.select(sa.func.contact_search_ids(_anywhere(words[0]), _ALL))
    return sa.and_(col(Contact.id).in_(hits), *_alike(words[1:]))


def count(session: Session, wanted: Sequence[sa.ColumnElement[bool]]) -> Counted:
    """How many contacts meet the conditions, counted up to :data:`COUNT_LIMIT`."""
    found = sa.select(sa.literal(1)).select_from(Contact).where(*wanted).limit(COUNT_LIMIT + 1)
    return _counted(session.scalar(sa.select(sa.func.count()).select_from(found.subquery())))


@dataclass(frozen=True)
class Hunt:
    """One search: all of ``words`` among contacts that meet ``plain``, from ``here`` on."""

    session: Session
    plain: list[Any]
    here: list[Any]
    order: Order
    words: list[str]

    def page(self, size: int) -> tuple[Sequence[Any], Counted]:
        """Up to ``size`` rows, and how many there are from the list's beginning."""
        near = self._nearest()
        if len(near) >= size:
            common = len(near) * 5 >= NEAREST or len(self.words[0]) < _TRIGRAM
            return self._rows(near, size), self._walked() if common else self._indexed_count()
        hits = self._indexed()
        if hits is None:
            found = self._read(_alike(self.words), size)
            return found, self._walked()
        found = self._rows([*near, *hits], size)
        is_all = len(self.here) == len(self.plain) and len(found) < size
        if is_all and len(self.words[0]) >= _TRIGRAM:
            return found, Counted(len(found), True)
        return found, self._indexed_count()

    def _nearest(self) -> list[int]:
        """Those of the nearest rows that have all words, in order."""
        nearest = (
            sa.select(col(Contact.id), col(Contact.search))
            .where(*self.here)
            .order_by(*self.order.by)
            .limit(NEAREST)
            .subquery()
        )
        wanted = [nearest.c.search.like(_anywhere(word)) for word in self.words]
        return list(self.session.execute(sa.select(nearest.c.id).where(*wanted)).scalars())

    def _indexed(self) -> list[int] | None:
        """What the index has for the longest word; None where that is too much."""
        word = self.words[0]
        found: list[int] = []
        patterns = [_anywhere(word)]
        if len(word) < _TRIGRAM:
            patterns = [f"{_literal(word)}%", f"% {_literal(word)}%"]
        for pattern in patterns:
            asked = {"pattern": pattern, "most": MOST_HITS}
            found += self.session.execute(_HITS, asked).scalars()
        return found if len(found) < MOST_HITS else None

    def _rows(self, ids: Sequence[int], size: int) -> Sequence[Any]:
        among = sa.literal(list(ids), ARRAY(sa.BigInteger))
        return self._read([col(Contact.id) == sa.func.any(among), *_alike(self.words)], size)

    def _read(self, wanted: list[Any], size: int) -> Sequence[Any]:
        found = sa.select(*ROW).where(*self.here, *wanted).order_by(*self.order.by).limit(size)
        return self.session.execute(found).all()

    def _indexed_count(self) -> Counted:
        if len(self.words[0]) < _TRIGRAM:
            return self._walked()
        if len(self.plain) == 1 and len(self.words) == 1:
            asked = {"pattern": _anywhere(self.words[0]), "most": COUNT_LIMIT + 1}
            return _counted(self.session.scalar(_COUNT_HITS, asked))
        hits = sa.select(sa.func.contact_search_ids(_anywhere(self.words[0]), MOST_HITS))
        among = [col(Contact.id).in_(hits), *_alike(self.words[1:])]
        return count(self.session, [*self.plain, *among])

    def _walked(self) -> Counted:
        """Counted among the first rows of the list: exact where there are no others."""
        first = (
            sa.select(col(Contact.search))
            .where(*self.plain)
            .order_by(*self.order.by)
            .limit(WALKED)
            .subquery()
        )
        has = sa.and_(*(first.c.search.like(_anywhere(word)) for word in self.words))
        total, all_rows = self.session.execute(
            sa.select(sa.func.count().filter(has), sa.func.count()).select_from(first)
        ).one()
        return Counted(min(total, COUNT_LIMIT), all_rows < WALKED and total <= COUNT_LIMIT)


_ALL: Final = 2**31 - 1

_HITS = sa.text("SELECT contact_search_ids(:pattern, :most)")
_COUNT_HITS = sa.text("SELECT count(*) FROM contact_search_ids(:pattern, :most)")


def _counted(found: int | None) -> Counted:
    total = int(found or 0)
    return Counted(min(total, COUNT_LIMIT), total <= COUNT_LIMIT)


def _alike(words: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    return [col(Contact.search).like(_anywhere(word)) for word in words]


def _anywhere(word: str) -> str:
    return f"%{_literal(word)}%"


def _literal(word: str) -> str:
    """``word`` with nothing in it that ``LIKE`` takes for a pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _phone_part(digits: str) -> str:
    """``digits`` as they stand in E.164, where no number and no country begins with 0."""
    if digits.startswith("+0"):
        return "00" + digits[1:]
    national = len(digits) > 1 and digits[0] == "0" and digits[1] != "0"
    return digits[1:] if national else digits
