"""The database: one engine a process, units of work opened for a shop or for the system.

Row-level security reads two settings of the transaction: ``app.shop_id`` (the shop it
was opened for) and ``app.scope`` (``system`` where it declared itself so). Without
either, a tenant table shows nothing and accepts nothing.
"""

import logging
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
)
from sqlmodel import Session

from astronote.errors import Invalid, Unavailable
from astronote.settings import settings

APP_ROLE = "astronote_app"
"""The role every connection of the running program becomes; it owns nothing."""

CONNECT: Final[dict[str, Any]] = {"connect_timeout": 5, "application_name": "astronote"}
"""What libpq is told when a connection is opened."""

OUT_OF_RANGE: Final = "A value cannot be stored: it is out of range."

STANDING_STILL = (5.0, 60.0)
"""Least and most seconds for which a process may stand still within a transaction."""

log = logging.getLogger(__name__)

AfterCommit = Callable[[], None]
FirstCommit = Callable[[Session], None]

_first_commit: ContextVar[list[FirstCommit] | None] = ContextVar("first_commit", default=None)


@lru_cache
def engine() -> Engine:
    """The process's engine; connections run as :data:`APP_ROLE`, in UTC."""
    made = sa.create_engine(
        sqlalchemy_url(settings().database_url),
        pool_size=settings().db_pool_size,
        max_overflow=5,
        pool_timeout=10,
        connect_args=CONNECT,
    )
    sa.event.listen(made, "connect", _prepare)
    sa.event.listen(made, "checkout", _refuse_dropped)
    return made


def sqlalchemy_url(url: str) -> str:
    """``url`` with the driver this program uses (psycopg 3)."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def dispose() -> None:
    """Close the pool and forget the engine (a test's next database, a fork)."""
    if engine.cache_info().currsize:
        engine().dispose()
    engine.cache_clear()


def on_connect(scope: str = "") -> list[str]:
    """What every new connection is told first; ``scope`` holds for as long as it lives."""
    # A process that is stopped or swapped out keeps its locks, and every other would wait
    # for them. What it had in hand is settled as a dead worker's is.
    least, most = STANDING_STILL
    seconds = min(max(settings().send_claim_stale_minutes * 60, least), most)
    return [
        f"SET ROLE {APP_ROLE}",
        "SET TIME ZONE 'UTC'",
        f"SET idle_in_transaction_session_timeout = {round(seconds * 1000)}",
        *([f"SET app.scope = '{scope}'"] if scope else []),
    ]


def is_dropped(connection: Any) -> bool:
    """Whether the server has left an idle connection: then there is something to read from it.

    Told without asking the server: a ping before each unit of work costs a sixth of it.
    """
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def _prepare(connection: Any, _record: Any) -> None:
    before = connection.autocommit
    connection.autocommit = True
    for statement in on_connect():
        connection.execute(statement)
    connection.autocommit = before


def _refuse_dropped(connection: Any, _record: Any, _proxy: Any) -> None:
    if is_dropped(connection):
        raise DisconnectionError  # the pool opens another


@contextmanager
def transaction(shop_id: int) -> Iterator[Session]:
    """A unit of work for one shop: commits at the end, rolls back on an error.

    Raises:
        Unavailable: ``database_unavailable`` when the database cannot be reached.
        Invalid: a value that no column could hold: a NUL, a lone surrogate, a number past
            bigint.
    """
    with _unit(str(shop_id), "shop") as session:
        yield session


@contextmanager
def system_transaction() -> Iterator[Session]:
    """A unit of work that belongs to no shop and sees all of them.

    For sign-in, webhooks, links and the scheduler, which must find the shop first.
    """
    with _unit("", "system") as session:
        yield session


@contextmanager
def _unit(shop: str, scope: str) -> Iterator[Session]:
    session = Session(engine(), expire_on_commit=False, autoflush=True)
    try:
        session.execute(_ENTER, {"shop": shop, "scope": scope})
        yield session
        pending = _first_commit.get()
        for action in pending or ():
            action(session)
        session.commit()
        if pending:
            pending.clear()
    except (DataError, UnicodeEncodeError) as error:
        session.rollback()
        raise Invalid(OUT_OF_RANGE) from error
    except DBAPIError as error:
        session.rollback()
        if not is_away(error):
            raise
        raise Unavailable(code="database_unavailable") from error
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()
    for publish in session.info.pop("after_commit", []):
        _run_after_commit(publish)


_ENTER = sa.text(
    "SELECT set_config('app.shop_id', :shop, true), set_config('app.scope', :scope, true)"
)


def is_away(error: DBAPIError | psycopg.Error) -> bool:
    """Whether the error means that the server or the connection is gone, rather than that a
    statement was refused."""
    raised: BaseException | None = error
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        raised = error.orig
    state = getattr(raised, "sqlstate", None)
    if state is None:
        return isinstance(raised, psycopg.OperationalError | psycopg.InterfaceError)
    # 25P0: the transaction stood still for too long and was ended.
    return state[:2] in {"08", "57", "53"} or state[:4] == "25P0"


@contextmanager
def in_first_commit(action: FirstCommit) -> Iterator[None]:
    """Make ``action`` part of the first unit of work within that commits.

    For what must be true if and only if the rest is; an error in it undoes the unit.
    """
    token = _first_commit.set([action])
    try:
        yield
    finally:
        _first_commit.reset(token)


def after_commit(session: Session, action: AfterCommit) -> None:
    """Run ``action`` once the unit of work has committed; never when it rolls back."""
    session.info.setdefault("after_commit", []).append(action)


def _run_after_commit(action: AfterCommit) -> None:
    # The rows are committed and are the truth: a doorbell that fails costs a delay only.
    try:
        action()
    except Exception:
        log.warning("an after-commit action failed", exc_info=True)


def enter_shop(session: Session, shop_id: int) -> None:
    """Narrow a system unit of work to one shop, for the rest of it."""
    session.execute(_ENTER, {"shop": str(shop_id), "scope": "shop"})


def rows_changed(result: Any) -> int:
    """How many rows a DELETE or UPDATE touched."""
    return int(result.rowcount)
