"""Backups: everything in the database, in one file."""

import os
import sys
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from astronote.cli import environment, verify
from astronote.cli.data import bring_up_to_date
from astronote.cli.environment import Refused
from astronote.integrations import postgres_programs
from astronote.integrations.postgres_programs import Archive, ProgramFailed
from astronote.settings import settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(file: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write the database into FILE (pg_dump's custom format), also while the product runs.

    FILE holds everything about shops, contacts and messages, so keep it as private as the
    database. It does not hold the secrets (secrets.env in ASTRONOTE_DATA_DIR, or your
    environment), without which links in sent messages and the suppression lists are
    worthless: keep those too. Nor does it hold spreadsheets whose import is still under
    way, which are uploaded again after a restore, and what is in Redis, which may be lost.
    """
    file = file.absolute()
    if file.exists():
        raise Refused(f"{file} is there already; choose another name.")
    if not file.parent.is_dir():
        raise Refused(f"There is no folder {file.parent}.")
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        with environment.storage():
            os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
            with _connect() as connection:
                server = connection.info.server_version // 10_000
            postgres_programs.dump(settings().database_url, server, unfinished)
            postgres_programs.read(unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.rename(file)
    except (ProgramFailed, OSError) as failure:
        raise Refused(str(failure)) from failure
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"The database is in {file} ({file.stat().st_size / 1e6:.1f} MB).")
    print(f"Keep the secrets too: {_whereabouts_of_secrets()}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `astronote backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete what is in the database now.")
    ] = False,
    go_on: Annotated[
        bool,
        typer.Option(
            "--go-on",
            help="Send what was waiting: the product was stopped before the backup was made"
            " and has not run since.",
        ),
    ] = False,
) -> None:
    """Bring the database back from FILE, while the product is stopped.

    All of it or nothing: when it fails, the database is as it was. What was waiting to be
    sent when the backup was made may have gone out since, so campaigns under way are
    paused, single messages skipped and today's birthday wishes left out, unless --go-on is
    given. Put the secrets of that time in place first (secrets.env, or your environment).
    Ends like `astronote check`.
    """
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    with environment.storage():
        try:
            archive = postgres_programs.read(file)
            _refuse_unfit(archive, replace)
            postgres_programs.load(settings().database_url, file, _CLEARED)
        except ProgramFailed as failure:
            raise Refused(str(failure)) from failure
        bring_up_to_date()
        if not go_on:
            _hold_back(archive)
        print(f"Restored {_contents()}, as of {archive.made_at:%Y-%m-%d %H:%M} UTC.")
        found = verify.problems()
    for sentence in found:
        print(sentence)
    if found:
        sys.exit(1)
    print("Settings, storage and invariants are fine.")


def _refuse_unfit(archive: Archive, replace: bool) -> None:
    with _connect() as connection:
        server = connection.info.server_version // 10_000
        others = connection.execute(_OTHERS).fetchone()
        tables = connection.execute(_TABLES).fetchone()
    if archive.server > server:
        raise Refused(
            f"The backup is of PostgreSQL {archive.server}, and the server is {server}: "
            "restore it into one that is as new."
        )
    if others and others[0]:
        raise Refused("The product is running on this database; stop it first.")
    if tables and tables[0] and not replace:
        raise Refused("The database is not empty; with --replace all that is in it now is deleted.")


def _hold_back(archive: Archive) -> None:
    from astronote.db import system_transaction
    from astronote.services import restored

    with system_transaction() as session:
        held = restored.hold_back(session, archive.made_at)
    print(
        f"Held back, because it may have gone out since: {held.paused} campaigns paused, "
        f"{held.missed} missed, {held.skipped} single messages skipped, "
        f"today's birthday wishes of {held.wishes} shops left out."
    )


def _contents() -> str:
    with _connect() as connection:
        counted = connection.execute(_CONTENTS).fetchone()
    assert counted is not None
    return "{} shops, {} contacts, {} messages".format(*counted)


def _connect() -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the owner, which row-level security does not bind."""
    try:
        return psycopg.connect(settings().database_url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise Refused(f"The database does not answer: {error}") from error


def _whereabouts_of_secrets() -> str:
    if settings().production:
        return "they are in your environment"
    return f"they are in {settings().astronote_data_dir / 'secrets.env'}"


_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'astronote'
"""

_TABLES = """
    SELECT count(*) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""

_CONTENTS = """
    SELECT (SELECT count(*) FROM shop), (SELECT count(*) FROM contact),
           (SELECT count(*) FROM message)
"""

_CLEARED = """
SET client_min_messages = error;
DO $$
DECLARE
    found record;
BEGIN
    -- Roles belong to the server, not to the database, so no archive has them.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'astronote_app') THEN
        CREATE ROLE astronote_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    BEGIN
        EXECUTE format('GRANT astronote_app TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
        NULL;  -- somebody else made the role, and may have granted it
    END;
    -- Not the extensions: a superuser may have made them.
    FOR found IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', found.name);
    END LOOP;
    FOR found IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', found.name);
    END LOOP;
END $$;
SET ROLE astronote_app;
RESET ROLE;
"""
