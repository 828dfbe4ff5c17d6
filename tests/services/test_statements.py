"""Single statements on the event loop, and connections that the server has left."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from astronote import db
from astronote.errors import Invalid, Unavailable
from astronote.settings import settings
from astronote.statements import Plan, Statements, within
from tests.support.cluster import WorkerDatabase
from tests.support.waiting import wait_until

WHO = sa.text("""
    SELECT pg_backend_pid() AS pid, current_user AS role, current_setting('app.scope') AS scope,
           current_setting('TimeZone') AS zone, CAST(:word AS text) AS word
""")
NOTE = sa.text("""
    INSERT INTO link_miss AS m (code, count, last_at) VALUES (:code, 1, now())
    ON CONFLICT (code) DO UPDATE SET count = m.count + 1
""")


def ask(word: str = "50 % of : all") -> Plan[Any]:
    rows = yield WHO, {"word": word}
    return rows[0]


def note(*codes: str) -> Plan[int]:
    for code in codes:
        yield NOTE, {"code": code}
    return len(codes)


def end(database: WorkerDatabase, pid: int) -> None:
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def end_once_asleep(database: WorkerDatabase, pid: int) -> None:
    asleep = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        wait_until(lambda: connection.execute(asleep, [pid]).fetchone() is not None)
    end(database, pid)


def noted() -> list[str]:
    with db.system_transaction() as session:
        return list(session.execute(sa.text("SELECT code FROM link_miss ORDER BY 1")).scalars())


@pytest.fixture
def unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    db.dispose()
    monkeypatch.setenv("DATABASE_URL", f"postgresql:///nobody?host={tmp_path}")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    db.dispose()
    settings.cache_clear()


def test_a_plan_is_carried_out_alike_on_the_loop_and_in_a_unit_of_work(
    database: WorkerDatabase,
) -> None:
    here = asyncio.run(Statements().carry_out(ask()))
    with db.system_transaction() as session:
        there = within(session, ask())
        assert within(session, note("a", "b", "a")) == 3
    assert (here.role, here.scope, here.zone, here.word) == tuple(there)[1:]
    assert here[1:] == ("astronote_app", "system", "UTC", "50 % of : all")
    assert asyncio.run(Statements().carry_out(note("c"))) == 1
    assert noted() == ["a", "b", "c"]


def test_each_statement_commits_by_itself(database: WorkerDatabase) -> None:
    async def go() -> None:
        statements = Statements()
        with pytest.raises(Invalid):
            await statements.carry_out(note("kept", "a\x00b", "never asked"))
        await statements.carry_out(note("after"))

    asyncio.run(go())
    assert noted() == ["after", "kept"]


def test_a_connection_that_the_server_has_left_is_not_used_again(
    database: WorkerDatabase,
) -> None:
    async def go() -> tuple[Any, Any, Any]:
        statements = Statements()
        first, again = await statements.carry_out(ask()), await statements.carry_out(ask())
        end(database, first.pid)
        return first, again, await statements.carry_out(ask())

    first, again, afterwards = asyncio.run(go())
    assert first.pid == again.pid != afterwards.pid
    assert first[1:] == afterwards[1:]


def test_nor_is_one_of_the_pool(database: WorkerDatabase) -> None:
    # A pool that others have filled hands its connections out in turn.
    db.dispose()
    pids = []
    for _ in range(3):
        with db.system_transaction() as session:
            pids.append(within(session, ask()).pid)
        if len(pids) == 2:
            end(database, pids[1])
    assert pids[0] == pids[1] != pids[2]


def test_a_connection_that_ends_in_the_middle_says_that_the_database_is_away(
    database: WorkerDatabase,
) -> None:
    def wait_long() -> Plan[None]:
        yield sa.text("SELECT pg_sleep(60)"), {}

    async def go() -> Any:
        statements = Statements()
        pid = (await statements.carry_out(ask())).pid
        ending = asyncio.create_task(asyncio.to_thread(end_once_asleep, database, pid))
        with pytest.raises(Unavailable):
            await statements.carry_out(wait_long())
        await ending
        return await statements.carry_out(ask())

    assert asyncio.run(go()).role == "astronote_app"


@pytest.mark.usefixtures("database", "unreachable")
def test_a_database_that_cannot_be_reached_is_away() -> None:
    with pytest.raises(Unavailable) as refused:
        asyncio.run(Statements().carry_out(ask()))
    assert refused.value.code == "database_unavailable"
    with pytest.raises(Unavailable), db.system_transaction():
        pass
