"""The storage of a test run: one PostgreSQL and one Valkey for all of its processes.

A template database is migrated once a run; each process makes its own from it, and
empties it after every test.
"""

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from astronote.cli import migrations
from astronote.integrations import embedded
from astronote.integrations.embedded_postgres import OWNER, SUPERUSER

FOLDER_VARIABLE = "ASTRONOTE_TEST_STORAGE"
TEMPLATE = "template_astronote"
# Above this, rewriting the table is quicker than deleting its rows.
_BIG = 4_000_000


def start() -> embedded.Storage:
    """The run's storage, started by whoever comes first; its folder is in the environment."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        folder = tempfile.mkdtemp(prefix="astronote-tests-")
        os.environ[FOLDER_VARIABLE] = folder
    return embedded.storage(Path(folder), tied=True, fast=True)


@dataclass(frozen=True)
class WorkerDatabase:
    """One test process's database."""

    name: str
    storage: embedded.Storage

    @property
    def url(self) -> str:
        """For ``DATABASE_URL``: the owner, as in production."""
        return self._url(OWNER, self.name)

    @property
    def superuser_url(self) -> str:
        """For a test that must see everything."""
        return self._url(SUPERUSER, self.name)

    def create(self) -> None:
        """Make the database from the migrated template."""
        _ensure_template(self.storage)
        self._create_from(TEMPLATE)

    def renew(self) -> None:
        """Make the database anew, without a table, as a new server has it.

        Not by DROP OWNED: that takes the roles' memberships too, from the tests of every
        process.
        """
        self.drop()
        self._create_from("template0")

    def drop(self) -> None:
        """Remove the database, whoever is still connected."""
        _administer(self.storage, "DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)

    def empty(self) -> None:
        """Remove every row that a test left."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            touched = connection.execute(
                "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
                " AND relname <> 'alembic_version'"
            ).fetchall()
            if not touched:
                return
            # Append-only tables refuse by trigger; foreign keys would ask for an order.
            statements: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
            for table, size in touched:
                verb = "TRUNCATE {} CASCADE" if size > _BIG else "DELETE FROM {}"
                statements.append(sql.SQL(verb).format(sql.Identifier(table)))
            connection.execute(sql.SQL("; ").join(statements))

    def _create_from(self, template: str) -> None:
        statement = "CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy"
        _administer(self.storage, statement, self.name, OWNER, template)

    def _url(self, role: str, database: str) -> str:
        assert self.storage.postgres is not None
        return self.storage.postgres.url(role, database)


def _ensure_template(storage: embedded.Storage) -> None:
    assert storage.postgres is not None
    with Path(os.environ[FOLDER_VARIABLE], "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(storage.postgres.url(SUPERUSER, "postgres")) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]
            ).fetchone()
        if found:
            return
        unfinished = f"{TEMPLATE}_unfinished"
        _administer(storage, "DROP DATABASE IF EXISTS {}", unfinished)
        _administer(storage, "CREATE DATABASE {} OWNER {}", unfinished, OWNER)
        migrations.upgrade(storage.postgres.url(OWNER, unfinished))
        _administer(storage, "ALTER DATABASE {} RENAME TO {}", unfinished, TEMPLATE)


def _administer(storage: embedded.Storage, statement: str, *names: str) -> None:
    assert storage.postgres is not None
    with psycopg.connect(
        storage.postgres.url(SUPERUSER, "postgres"), autocommit=True
    ) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def remove_folder() -> None:
    """Forget the run's storage and delete its files."""
    folder = os.environ.pop(FOLDER_VARIABLE, None)
    if folder:
        shutil.rmtree(folder)
