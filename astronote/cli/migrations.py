"""Bringing a database's tables to what the models say, and comparing both."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from alembic import command
from astronote.cli.environment import ROOT
from astronote.db import sqlalchemy_url

_LOCK = 0x6173747201
"""Advisory lock under which one process migrates while others wait."""


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the head revision; its role owns what is made."""
    with _connection(url) as connection:
        if revision(connection) == head():
            return
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()


def revision(connection: sa.Connection) -> str | None:
    """The revision the database is at; None before the first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision in the checkout."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def differences(url: str) -> list[Any]:
    """What the models say and the database at ``url`` does not have, or the reverse."""
    from astronote.models import metadata

    with _connection(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def _config() -> Config:
    return Config(ROOT / "alembic.ini")


@contextmanager
def _connection(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        yield connection
