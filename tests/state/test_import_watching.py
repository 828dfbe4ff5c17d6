"""The import page once its import has begun: found again, followed to its end."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, update

from astronote import clock, db
from astronote.models import ImportJob
from astronote.state import imports as page
from astronote.state.imports import ImportState
from tests.support.events import Answer, Tab
from tests.support.import_pages import STATE, begin, in_tab, uploaded
from tests.support.shops import ShopUnderTest


def test_the_address_finds_the_job_again(
    shop: ShopUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = clock.now() - timedelta(minutes=10)
    job = begin(
        shop, tmp_path, status="processing", processed_rows=50, created_count=40,
        error_count=10, started_at=started,
    )  # fmt: skip
    monkeypatch.setattr(ImportState, "watch", None)
    answer = in_tab(shop, lambda tab: tab.send(f"{STATE}.load"), job=str(job))
    assert answer.var("step", ImportState) == "working"
    assert answer.var("percent", ImportState) == 25
    assert answer.var("counts", ImportState) == "50 of 200 rows"
    assert re.fullmatch(r"about 3\d minutes left", answer.var("time_left", ImportState))


def test_watching_ends_with_the_job(
    shop: ShopUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_POLL_SECONDS", 0.01)
    job = begin(shop, tmp_path, status="processing")

    async def follow(tab: Tab) -> Answer:
        following = asyncio.create_task(tab.send(f"{STATE}.load"))
        await asyncio.to_thread(_finish, shop, job)
        return await following

    answer = in_tab(shop, follow, job=str(job))
    assert answer.var("step", ImportState) == "done"
    assert answer.var("created", ImportState) == "190"
    assert answer.var("rejected", ImportState) == "10"


def _finish(shop: ShopUnderTest, job: int) -> None:
    with db.transaction(shop.id) as session:
        session.execute(
            update(ImportJob)
            .where(col(ImportJob.id) == job)
            .values(status="completed", processed_rows=200, created_count=190, error_count=10)
        )


@pytest.mark.parametrize("named", ["0", "x", "-1", "99999999", "9" * 30, "1 or 1=1"])
def test_a_job_that_is_not_there_is_said_so(shop: ShopUnderTest, named: str) -> None:
    answer = in_tab(shop, lambda tab: tab.send(f"{STATE}.load"), job=named)
    assert "no such import" in answer.var("problem", ImportState)


def test_another_shops_job_is_not_there(
    two_shops: tuple[ShopUnderTest, ShopUnderTest], tmp_path: Path
) -> None:
    mine, other = two_shops
    job = begin(other, tmp_path)

    async def look(tab: Tab) -> tuple[Answer, Answer]:
        return (
            await tab.send(f"{STATE}.load"),
            await tab.send(f"{STATE}.started", uploaded(202, {"jobId": job})),
        )

    loaded, started = in_tab(mine, look, job=str(job))
    assert "no such import" in loaded.var("problem", ImportState)
    assert "no such import" in started.said
    assert "people.xlsx" not in f"{loaded.delta} {started.delta}"


def test_recent_imports_are_listed(shop: ShopUnderTest, tmp_path: Path) -> None:
    begin(shop, tmp_path, status="completed", created_count=1234)
    (line,) = in_tab(shop, lambda tab: tab.send(f"{STATE}.load")).var("recent", ImportState)
    assert (line.file_name, line.status, line.created) == ("people.xlsx", "completed", "1,234")
