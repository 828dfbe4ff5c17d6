"""The import page in a tab: a file chosen, a preview shown."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlmodel import col, update

from astronote import db
from astronote.models import ImportJob
from astronote.services import imports
from astronote.state.imports import ImportState
from tests.support.events import Answer, Tab, browsing
from tests.support.shops import ShopUnderTest

NOWHERE = "/nowhere"
"""An address without a page, so that the first event loads nothing by itself."""


STATE = ImportState.get_full_name()


PREVIEW = {
    "columns": [
        {"header": "Κινητό", "field": "phone"},
        {"header": "Όνομα", "field": "firstName"},
        {"header": "Notes", "field": None},
    ],
    "rows": [["6970000001", "Μαρία", None], [6970000002, "Anna", "likes red"]],
    "totalRows": 2,
}


def uploaded(status: int, body: object, name: str = "people.xlsx") -> dict[str, object]:
    return {"result": {"status": status, "body": body, "name": name}}


def in_tab(shop: ShopUnderTest, doing: Callable[[Tab], Awaitable[Any]], **query: str) -> Any:
    async def run() -> Any:
        async with browsing() as browser:
            tab = browser.tab(shop.token)
            tab.path, tab.query = NOWHERE, query
            return await doing(tab)

    return asyncio.run(run())


def begin(shop: ShopUnderTest, tmp_path: Path, **values: object) -> int:
    upload = imports.Upload(tmp_path / "f", "people.xlsx", ("Phone",), 1, ("phone",), 200)
    with db.transaction(shop.id) as session:
        job = imports.start(session, shop.id, upload, imports.ImportOptions())
        if values:
            session.execute(update(ImportJob).where(col(ImportJob.id) == job.id).values(**values))
    return job.id


async def mapped(tab: Tab) -> Answer:
    await tab.send(f"{STATE}.load")
    return await tab.send(f"{STATE}.previewed", uploaded(200, PREVIEW))
