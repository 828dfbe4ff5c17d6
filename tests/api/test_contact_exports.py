"""Files of contacts that the API hands out."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.api import ApiClient
from tests.support.contacts_api import PHONE, create
from tests.support.shops import ShopUnderTest


@pytest.fixture
def exported(shop_api: ApiClient) -> Iterator[dict[str, Any]]:
    yield create(
        shop_api, firstName='=HYPERLINK("http://evil")', lastName="Παππά", tags=["+a", "b"]
    )


def test_an_export_runs_nothing_and_comes_back_in(
    shop_api: ApiClient, exported: dict[str, Any]
) -> None:
    create(shop_api, 1, firstName="Other")
    answer = shop_api.get("/api/contacts/export?format=csv&q=παππα")
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="contacts.csv"' in answer.headers["content-disposition"]
    header, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    row = dict(zip(header, line, strict=True))
    assert row["Phone"] == "'" + PHONE and row["First name"].startswith("'=")
    assert (row["Last name"], row["Subscribed"]) == ("Παππά", "no")

    book = load_workbook(io.BytesIO(shop_api.get("/api/contacts/export?format=xlsx").content))
    cells = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(cells) == 3
    assert not any(str(c or "").startswith(("=", "+", "-", "@")) for row in cells for c in row)
    assert shop_api.get("/api/contacts/export?format=pdf").status_code == 422
    assert shop_api.get("/api/contacts/export?list=999").status_code == 404


def test_an_export_of_some_contacts_has_only_those_of_the_shop(
    api: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    here, there = two_shops
    ids = [
        api.post("/api/contacts", json={"phone": phone}, headers=who.headers).json()["id"]
        for who, phone in ((here, "6970000001"), (here, "6970000002"), (there, "6970000003"))
    ]
    path = f"/api/contacts/export?contactIds={ids[0]},{ids[2]}"
    lines = api.get(path, headers=here.headers).text.splitlines()
    assert len(lines) == 2 and "6970000001" in lines[1]
    for wrong in ("", "x", "1,", "1;2", ",".join(map(str, range(1, 502)))):
        answer = api.get(f"/api/contacts/export?contactIds={wrong}", headers=here.headers)
        assert answer.status_code == 422
