"""Bringing a database's tables to what the models say, and comparing both."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from alembic import command
from astronote.db import sqlalchemy_url
from astronote.services.schema import alembic_config, head_revision

_LOCK = 0x6173747201
"""Advisory lock under which one process migrates while others wait."""


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the head revision; its role owns what is made."""
    with _connection(url) as connection:
        if _revision(connection) == head_revision():
            return
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()


def is_up_to_date(url: str) -> bool:
    """Whether the database at ``url`` is at the head revision."""
    with _connection(url) as connection:
        return _revision(connection) == head_revision()


def differences(url: str) -> list[Any]:
    """What the models say and the database at ``url`` does not have, or the reverse."""
    from astronote.models import metadata

    with _connection(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _connection(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        yield connection
