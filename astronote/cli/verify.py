"""Commands that look whether things are as they should be."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from astronote.cli import environment
from astronote.cli.environment import ROOT, Refused
from astronote.settings import settings

if TYPE_CHECKING:
    from sqlmodel import Session


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command("check-models", hidden=True)(check_models)
    app.command("write-settings", hidden=True)(write_settings)


def check() -> None:
    """Verify settings, storage, migrations and the invariants of the data."""
    from astronote.cli.addresses import resolves_short_links

    with environment.storage():
        found = problems()
        if not resolves_short_links(settings().public_base):
            # The product may simply not be running.
            print(f"Warning: no short link answers at {settings().public_base}.", file=sys.stderr)
        if not _greek_has_letters():
            print(
                "Warning: the database's LC_CTYPE knows no Greek letters, so that searching for "
                "names is slow; make the database with C.UTF-8 or el_GR.UTF-8.",
                file=sys.stderr,
            )
    for sentence in found:
        print(sentence)
    if found:
        sys.exit(1)
    print("Settings, storage and invariants are fine.")


def check_models() -> None:
    """Fail unless the models equal the head migration, and generated texts the settings."""
    from astronote.cli import migrations, settings_reference
    from astronote.integrations import embedded

    with tempfile.TemporaryDirectory(prefix="astronote-check-") as folder:
        servers = embedded.storage(Path(folder), valkey=False, tied=True, fast=True)
        try:
            migrations.upgrade(servers.database_url)
            found = [str(change) for change in migrations.differences(servers.database_url)]
        finally:
            servers.stop()
    found += [
        f"{name} is not what the settings say; run `astronote write-settings`."
        for name in settings_reference.outdated(ROOT)
    ]
    if found:
        sys.exit("\n".join(found))


def write_settings() -> None:
    """Write .env.example and the README's settings table from the settings class."""
    from astronote.cli import settings_reference

    settings_reference.write(ROOT)


def problems() -> list[str]:
    """Sentences about what is not as it should be in the storage; empty when all is well."""
    return [*_check_database(), *_check_redis()]


def _check_database() -> list[str]:
    from sqlalchemy.exc import SQLAlchemyError

    from astronote.cli import migrations
    from astronote.db import system_transaction
    from astronote.services import invariants

    try:
        if not migrations.is_up_to_date(settings().database_url):
            return ["The tables are not up to date: run `astronote migrate`."]
        with system_transaction() as session:
            return [*invariants.check(session), *_check_phone_secret(session)]
    except SQLAlchemyError as error:
        raise Refused(f"The database does not answer: {error}") from error


def _greek_has_letters() -> bool:
    """Whether the trigram index of names can tell Greek ones apart."""
    import sqlalchemy as sa
    from sqlalchemy.exc import SQLAlchemyError

    from astronote.db import system_transaction

    try:
        with system_transaction() as session:
            return bool(session.scalar(sa.text("SELECT cardinality(show_trgm('μαρια')) > 0")))
    except SQLAlchemyError:
        return True


def _check_phone_secret(session: "Session") -> list[str]:
    # After a restore: with another secret no suppressed phone would be found any more.
    import sqlalchemy as sa

    from astronote.security import phone_hmac

    newest = session.execute(
        sa.text("SELECT phone, phone_hash FROM contact ORDER BY id DESC LIMIT 1")
    ).one_or_none()
    if newest is None or phone_hmac(newest.phone) == bytes(newest.phone_hash):
        return []
    return ["PHONE_HASH_SECRET is not the one with which these contacts were stored."]


def _check_redis() -> list[str]:
    import redis

    if not settings().redis_address:
        return []
    try:
        redis.Redis.from_url(settings().redis_address, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        return [f"Redis does not answer: {error}"]
    return []
