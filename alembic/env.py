"""Runs migrations as the owner of the tables, over the database the settings name."""

import sqlalchemy as sa

from alembic import context
from astronote.db import sqlalchemy_url
from astronote.models import metadata
from astronote.settings import settings

# Alembic folders are not packages; `alembic` here is the library.


def run() -> None:
    """Migrate over a connection that was handed in, or one of our own."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run_on(connection)
        return
    url = context.config.get_main_option("sqlalchemy.url") or settings().database_url
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        _run_on(connection)


def _run_on(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
