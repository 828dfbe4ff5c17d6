"""Looking for words in names, e-mails and phones, and counting what is found.

A trigram index is slow for words that many people share, and a walk along the list is
slow for rare ones. So the nearest :data:`NEAREST` rows in the list's own order are looked
through first, some more where they hold enough for the page to be full soon, and the index
is asked only where they do not fill it. What has been looked through or found by then is
all that is counted: a word that many share is not worth a second way through the table.

Words of one or two letters have no trigrams: the index finds them where a name or an
address begins with them. Row-level security lets ``contact_search_ids`` alone reach it.
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
NEAREST: Final = 10_000
"""Rows of the list that every search looks through."""
FARTHEST: Final = 50_000
"""Rows that take as long as the index takes for words that few share."""
MOST_HITS: Final = 20_000
"""Rows that take as long by the index as all of a million take one after another."""

ROWS: Final = sa.select(*COLUMNS, col(Contact.sort_name))
"""What a page's query selects: the rows, and what their cursors are made of."""

EVERYWHERE: Final = sa.true()
_TRIGRAM: Final = 3
_ALL: Final = 2**31 - 1


@dataclass(frozen=True)
class Counted:
    """How many there are; at least so many where that is not exact."""

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
    hits = sa.select(sa.func.contact_search_ids(_anywhere(words[0]), "%", _ALL))
    return sa.and_(col(Contact.id).in_(hits), *_alike(words[1:]))


def count(session: Session, wanted: Sequence[sa.ColumnElement[bool]]) -> Counted:
    """How many contacts meet the conditions, counted up to :data:`COUNT_LIMIT`."""
    found = sa.select(sa.literal(1)).select_from(Contact).where(*wanted).limit(COUNT_LIMIT + 1)
    return _counted(session.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0)


@dataclass(frozen=True)
class Hunt:
    """One search: all of ``words`` among contacts that meet ``plain``, from ``after`` on."""

    session: Session
    plain: Sequence[sa.ColumnElement[bool]]
    """The shop first, then the filters."""
    after: sa.ColumnElement[bool]
    order: Order
    words: list[str]

    def page(self, size: int) -> tuple[Sequence[Any], Counted]:
        """Up to ``size`` rows, and how many there are from the list's beginning."""
        first = self._look(EVERYWHERE, size)
        near = first if self.after is EVERYWHERE else self._look(self.after, size)
        ids, counted = near.ids, Counted(first.hits, first.is_all)
        if first.falls_short(size) or near.falls_short(size):
            indexed, total = self._indexed(size)
            ids = indexed if near.falls_short(size) else ids
            counted = total if first.falls_short(size) else counted
        rows = ROWS.where(self.plain[0], _among(ids)).order_by(*self.order.by)
        return self.session.execute(rows).all(), counted

    def _look(self, after: sa.ColumnElement[bool], size: int) -> "_Seen":
        """What the nearest rows hold, or as many as should fill a page."""
        seen = self._walk(after, NEAREST, size)
        reach = 2 * NEAREST * size // max(seen.hits, 1)
        if seen.falls_short(size) and reach <= FARTHEST:
            seen = self._walk(after, reach, size)
        return seen

    def _walk(self, after: sa.ColumnElement[bool], reach: int, size: int) -> "_Seen":
        # Filters are looked at, as words are: a rare one must not lengthen the way.
        hit = sa.and_(*self.plain, *_alike(self.words)).label("hit")
        rows = sa.select(col(Contact.id), hit).where(self.plain[0], after)
        walked = rows.order_by(*self.order.by).limit(reach).subquery()
        ids = sa.func.array_agg(walked.c.id, type_=ARRAY(sa.BigInteger)).filter(walked.c.hit)
        hits, seen = sa.func.count().filter(walked.c.hit), sa.func.count()
        counts = sa.select(ids.label("ids"), hits.label("hits"), seen.label("seen"))
        found = counts.select_from(walked).subquery()
        # The page's ids alone travel, not the thousands of a common word.
        got = self.session.execute(sa.select(found.c.ids[1:size], found.c.hits, found.c.seen)).one()
        return _Seen(got[0] or [], got.hits, got.seen < reach)

    def _indexed(self, size: int) -> tuple[list[int], Counted]:
        """The page's ids by the index, and how many it has from the list's beginning."""
        hits = [] if (found := self._hits()) is None else [_among(found)]
        here = self.after.label("here")
        asked = (
            sa.select(col(Contact.id), here, sa.func.count().over().label("total"))
            .where(*self.plain, *hits, *_alike(self.words))
            .order_by(here.desc(), *self.order.by)
            .limit(size)
        )
        rows = self.session.execute(asked).all()
        return [r.id for r in rows if r.here], _counted(rows[0].total if rows else 0)

    def _hits(self) -> list[int] | None:
        """Whom the index has for the two longest words; None where all had better be read."""
        longest, also = self.words[0], _anywhere(self.words[1]) if self.words[1:] else "%"
        patterns = [_anywhere(longest)]
        if len(longest) < _TRIGRAM:
            patterns = [f"{_literal(longest)}%", f"% {_literal(longest)}%"]
        found: list[int] = []
        for pattern in patterns:
            asked = {"pattern": pattern, "also": also, "most": MOST_HITS}
            found += self.session.scalar(_HITS, asked) or []
        return found if len(found) < MOST_HITS else None


@dataclass(frozen=True)
class _Seen:
    """What some rows of the list hold: the first ids, how many, whether there are no others."""

    ids: list[int]
    hits: int
    is_all: bool

    def falls_short(self, size: int) -> bool:
        return self.hits < size and not self.is_all


_HITS: Final = sa.text("SELECT ARRAY(SELECT contact_search_ids(:pattern, :also, :most))")


def _counted(total: int) -> Counted:
    return Counted(min(total, COUNT_LIMIT), total <= COUNT_LIMIT)


def _among(ids: list[int]) -> sa.ColumnElement[bool]:
    return col(Contact.id) == sa.func.any(sa.literal(ids, ARRAY(sa.BigInteger)))


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
