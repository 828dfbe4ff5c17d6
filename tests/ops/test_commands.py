"""Commands that verify, and what they say."""

import json
import os
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlmodel import select

from astronote.cli import migrations, settings_reference
from astronote.cli.environment import ROOT, command
from astronote.db import system_transaction
from astronote.models import Subscription
from astronote.services import wallet
from astronote.settings import Settings
from tests.support import chromium
from tests.support.api import ApiClient
from tests.support.cluster import WorkerDatabase
from tests.support.shops import PASSWORD, ShopUnderTest


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """One command over the test's own database."""
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_models_equal_the_head_revision(database: WorkerDatabase) -> None:
    assert migrations.is_up_to_date(database.url)
    assert migrations.differences(database.url) == []


def test_a_difference_from_the_models_is_seen(database: WorkerDatabase) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE shop ADD COLUMN unknown text")
        try:
            assert [change[0] for change in migrations.differences(database.url)] == [
                "remove_column"
            ]
        finally:
            connection.execute("ALTER TABLE shop DROP COLUMN unknown")


def test_check_is_content_with_a_fresh_database(database: WorkerDatabase) -> None:
    done = run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fine" in done.stdout


def test_check_names_a_redis_that_is_away(database: WorkerDatabase) -> None:
    done = run("check", REDIS_URL="redis://127.0.0.1:1")
    assert done.returncode == 1
    assert "Redis does not answer" in done.stdout


def test_create_shop_prints_one_json_object(database: WorkerDatabase) -> None:
    arguments = ["--name", "Ανθοπωλείο", "--email", "Flowers@Example.com", "--password", PASSWORD]
    done = run("create-shop", *arguments, "--active", "--credits", "70")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert set(made) == {"shopId", "userId", "email"}
    with system_transaction() as session:
        subscription = session.exec(
            select(Subscription).where(Subscription.shop_id == made["shopId"])
        ).one()
        assert subscription.status == "active"
        assert wallet.balance(session, made["shopId"]).available == 70


def test_create_shop_refuses_in_one_sentence(shop: ShopUnderTest) -> None:
    done = run("create-shop", "--name", "N", "--email", shop.email, "--password", PASSWORD)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_reset_password_prints_a_link_that_works(api: ApiClient, shop: ShopUnderTest) -> None:
    done = run("reset-password", shop.email, PUBLIC_WEB_BASE_URL="https://shop.example")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("https://shop.example/reset/")
    assert run("reset-password", "nobody@example.com").returncode == 1


@pytest.mark.parametrize("older", ["PUBLIC_RETAIL_BASE_URL", "NEXT_PUBLIC_PUBLIC_BASE_URL"])
def test_an_older_name_is_read_and_warned_of(
    shop: ShopUnderTest, older: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(older, "https://older.example")
    done = run("reset-password", shop.email)
    assert done.stdout.startswith("https://older.example/")
    assert older in done.stderr


def test_the_reference_has_every_setting() -> None:
    for text in (settings_reference.table(), settings_reference.env_example()):
        missing = [n for n in Settings.model_fields if n.upper() not in text]
        assert missing == ["astronote_embedded", "astronote_run"]


def test_the_reference_shows_no_secret() -> None:
    text = settings_reference.env_example()
    assert not [line for line in text.splitlines() if "SECRET=" in line and line[-1] != "="]


def test_a_wrong_chromium_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CHROMIUM_PATH", str(tmp_path / "none"))
    assert chromium.main() == 1
    assert "CHROMIUM_PATH" in capsys.readouterr().err
