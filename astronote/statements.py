"""Single statements of the system on the event loop, for what is asked thousands of times a
second.

A unit of work (:mod:`astronote.db`) costs such a request a thread, a session and a round trip
each for BEGIN, the settings and COMMIT. Here a statement is a transaction by itself, on a
connection that is the system's for as long as it lives.

What is asked is written once, as a :data:`Plan`: a generator that yields a statement with its
values and is sent the rows. It can be carried out here or within a unit of work.
"""

from collections.abc import Generator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row
from sqlmodel import Session

from astronote import db
from astronote.errors import Invalid, Unavailable
from astronote.loops import PerLoop
from astronote.settings import settings

T = TypeVar("T")
Plan: TypeAlias = Generator[tuple[sa.TextClause, dict[str, Any]], Sequence[Any], T]

_Connection: TypeAlias = psycopg.AsyncConnection[Any]


def within(session: Session, plan: Plan[T]) -> T:
    """What comes of ``plan``, carried out in a unit of work."""
    try:
        text, values = next(plan)
        while True:
            text, values = plan.send(_rows_of(session.execute(text, values)))
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]


def _rows_of(result: Any) -> Sequence[Any]:
    return result.all() if result.returns_rows else ()


class Statements:
    """A connection for one line of work: whoever has many requests groups them."""

    def __init__(self) -> None:
        self._open: PerLoop[list[_Connection]] = PerLoop(list)

    async def carry_out(self, plan: Plan[T]) -> T:
        """What comes of ``plan``; each of its statements commits by itself.

        Raises:
            Unavailable: ``database_unavailable`` when the database cannot be reached.
            Invalid: a value that no column could hold.
        """
        try:
            text, values = next(plan)
            while True:
                text, values = plan.send(await self._rows(text, values))
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]

    async def _rows(self, text: sa.TextClause, values: dict[str, Any]) -> Sequence[Any]:
        try:
            connection = await self._connection()
            cursor = await connection.execute(_written(text), values)
            return await cursor.fetchall() if cursor.description else ()
        except (psycopg.DataError, UnicodeEncodeError) as error:
            raise Invalid(db.OUT_OF_RANGE) from error
        except psycopg.Error as error:
            if not db.is_away(error):
                raise
            raise Unavailable(code="database_unavailable") from error

    async def _connection(self) -> _Connection:
        mine = self._open.here()
        if mine and not db.is_dropped(mine[0]):
            return mine[0]
        made = await psycopg.AsyncConnection.connect(
            settings().database_url,
            autocommit=True,
            row_factory=namedtuple_row,
            **db.CONNECT,
        )
        for statement in db.on_connect("system"):
            await made.execute(statement)
        mine[:] = [made]
        return made


@lru_cache
def _written(text: sa.TextClause) -> bytes:
    """``text`` as psycopg takes it."""
    return str(text.compile(dialect=db.engine().dialect)).encode()
