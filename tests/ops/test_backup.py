"""Backup and restore of the database, with real data in it."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from astronote import db
from astronote.cli.environment import ROOT, command
from astronote.db import system_transaction, transaction
from astronote.integrations import postgres_programs
from astronote.services import invariants
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.messages import add_message
from tests.support.people import add_contacts
from tests.support.product import Product
from tests.support.shops import PASSWORD, ShopUnderTest


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """One command over the test's own database, to which nothing of the test stays connected."""
    db.dispose()
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


def counts(url: str) -> dict[str, int]:
    """Rows of every table."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        query = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, count(*) FROM {}").format(sql.Literal(n), sql.Identifier(n))
            for (n,) in names
        )
        return {str(name): int(n) for name, n in connection.execute(query).fetchall()}


def test_a_restored_database_is_the_one_that_was_backed_up(
    database: WorkerDatabase,
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
    tmp_path: Path,
) -> None:
    mine, other = two_shops
    outbox.campaign(mine.id, 5, batch=2)
    outbox.single(mine.id)
    add_message(mine)
    add_contacts(other.id, 3)
    before = counts(database.url)
    file = tmp_path / "backup"

    made = run("backup", str(file))
    assert made.returncode == 0, made.stderr
    assert (file.read_bytes()[:5], file.stat().st_mode & 0o777) == (b"PGDMP", 0o600)
    database.renew()
    done = run("restore", str(file))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 campaigns paused, 0 missed, 1 single messages skipped" in done.stdout
    assert "fine" in done.stdout
    assert counts(database.url) == before
    assert (before["message"], before["contact"]) == (7, 10)
    with system_transaction() as session:
        assert invariants.check(session) == []
    with transaction(other.id) as session:
        seen = session.connection().exec_driver_sql("SELECT DISTINCT shop_id FROM contact")
        assert [shop_id for (shop_id,) in seen] == [other.id]
        role = session.connection().exec_driver_sql("SELECT current_user").scalar()
        assert role == "astronote_app"


def test_restore_refuses_what_it_would_destroy(
    database: WorkerDatabase, shop: ShopUnderTest, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    assert run("backup", str(file)).returncode == 0
    assert "choose another name" in run("backup", str(file)).stderr
    before = counts(database.url)

    refused = run("restore", str(file))
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    with psycopg.connect(database.url, application_name="astronote"):
        busy = run("restore", str(file), "--replace")
        assert "stop it first" in busy.stderr
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE of_a_newer_release (id bigint)")
    done = run("restore", str(file), "--replace")

    assert done.returncode == 0, done.stdout + done.stderr
    assert counts(database.url) == before


def test_a_broken_file_changes_nothing(
    database: WorkerDatabase, shop: ShopUnderTest, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    add_contacts(shop.id, 200)
    assert run("backup", str(whole)).returncode == 0
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    before = counts(database.url)

    for file in (broken, ROOT / "pyproject.toml", tmp_path / "none"):
        done = run("restore", str(file), "--replace")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert counts(database.url) == before


def test_a_program_that_is_too_old_is_named(database: WorkerDatabase, tmp_path: Path) -> None:
    with pytest.raises(postgres_programs.ProgramFailed, match="PostgreSQL 99"):
        postgres_programs.dump(database.url, 99, tmp_path / "file")


def test_another_secret_is_noticed(database: WorkerDatabase, shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 1)
    done = run("check", PHONE_HASH_SECRET="another-secret-than-before")
    assert done.returncode == 1
    assert "PHONE_HASH_SECRET" in done.stdout


@pytest.mark.e2e
def test_the_product_starts_from_a_backup_made_while_another_ran(
    product: Product, tmp_path: Path
) -> None:
    made = product.create_shop("Backed up", "backup@example.com", credits=7)
    file = tmp_path / "backup"
    done = product.run("backup", str(file))
    assert done.returncode == 0, done.stderr
    new = Product(tmp_path / "data")
    new.data_dir.mkdir()
    shutil.copy(product.data_dir / "secrets.env", new.data_dir)
    done = new.run("restore", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        new.start("--no-demo")
        with new.client() as client:
            login = {"email": "backup@example.com", "password": PASSWORD}
            answer = client.post("/api/auth/login", json=login).raise_for_status().json()
        with new.client(answer["accessToken"]) as client:
            summary = client.get("/api/billing/summary").raise_for_status().json()
    finally:
        new.stop()
    assert answer["shop"]["id"] == made["shopId"]
    assert summary["credits"]["balance"] == 7
