"""Contacts, lists and imports as a merchant uses them, in Chromium."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.spreadsheet_files import comma_separated

pytestmark = pytest.mark.e2e

SHOPS = itertools.count(1)
PEOPLE = 60
MANY = 30_000


def by_id(page: Page, name: str) -> Locator:
    return page.get_by_test_id(name)


@pytest.fixture
def merchant(product: Product) -> str:
    """The e-mail of a merchant whose shop is empty."""
    email = f"contacts{next(SHOPS)}@kava.gr"
    product.create_shop("Επαφές", email)
    return email


@pytest.fixture
def people(product: Product, merchant: str) -> None:
    """That many contacts of hers, by name."""
    with product.client() as client:
        login = {"email": merchant, "password": PASSWORD}
        token = client.post("/api/auth/login", json=login).raise_for_status().json()["accessToken"]
    with product.client(token) as client:
        for n in range(PEOPLE):
            person = {"phone": f"69500{n:05d}", "firstName": f"Name {n}"}
            client.post("/api/contacts", json=person).raise_for_status()


@pytest.fixture
def signed_in(browser: Browser, product: Product, merchant: str) -> Iterator[Page]:
    """A merchant's page."""
    with browser.new_context(base_url=product.url, locale="en-GB") as context:
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("E-mail").fill(merchant)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(by_id(page, "page-title")).to_be_visible()
        yield page


def test_a_file_is_mapped_anew_and_its_rejects_come_back(signed_in: Page, tmp_path: Path) -> None:
    page, file = signed_in, tmp_path / "people.csv"
    rows = [(f"Name {n}", f"69500{n:05d}", "old") for n in range(PEOPLE)]
    file.write_bytes(comma_separated([*rows, ("Nobody", "12", "")], ["Customer", "Ref", "Tags"]))
    page.goto("/app/contacts/import")
    by_id(page, "import-file").set_input_files(file)
    expect(by_id(page, "import-column")).to_have_count(3)
    # Known by its cells: nothing in its header says so.
    expect(by_id(page, "input-column-1")).to_have_value("phone")
    by_id(page, "input-column-1").select_option("")
    by_id(page, "start-import").click()
    expect(page.get_by_role("alert")).to_contain_text("which column holds the phone numbers")
    by_id(page, "input-column-1").select_option("phone")
    by_id(page, "input-column-0").select_option("firstName")
    by_id(page, "start-import").click()
    expect(by_id(page, "import-created")).to_have_text(str(PEOPLE))
    expect(by_id(page, "import-rejected")).to_have_text("1")
    expect(by_id(page, "rejects-row")).to_contain_text("too short")
    with page.expect_download() as download:
        by_id(page, "download-rejects").click()
    download.value.save_as(tmp_path / "rejects.xlsx")
    sheet = load_workbook(tmp_path / "rejects.xlsx").active
    assert sheet is not None
    line = [cell.value for cell in list(sheet.iter_rows())[1]]
    assert "too short" in str(line[0]) and line[1:4] == [PEOPLE + 2, "Nobody", "12"]


def test_one_contact_is_added_and_mended_in_the_drawer(signed_in: Page) -> None:
    page = signed_in
    page.goto("/app/contacts")
    by_id(page, "add-contact").click()
    by_id(page, "input-phone").fill("2101234567")
    by_id(page, "input-firstName").fill("Ευγενία")
    by_id(page, "save-contact").click()
    expect(by_id(page, "error-phone")).to_contain_text("landline")
    expect(by_id(page, "input-firstName")).to_have_value("Ευγενία")
    by_id(page, "input-phone").fill("6950099999")
    by_id(page, "input-phone").press("Enter")
    expect(by_id(page, "contacts-row").first).to_contain_text("Ευγενία")
    by_id(page, "contacts-row").first.get_by_test_id("more").click()
    page.get_by_role("menuitem", name="Edit").click()
    by_id(page, "input-lastName").fill("Παππά")
    by_id(page, "save-contact").click()
    expect(by_id(page, "contacts-row").first).to_contain_text("Ευγενία Παππά")


@pytest.mark.usefixtures("people")
def test_many_are_selected_labelled_listed_and_deleted(signed_in: Page) -> None:
    page = signed_in
    page.goto("/app/contacts?q=name")
    expect(by_id(page, "count")).to_have_text(f"{PEOPLE} contacts")
    for row in (0, 1):
        by_id(page, "tick").nth(row).click()
    expect(by_id(page, "selected")).to_have_text("2 contacts selected")
    by_id(page, "bulk-tag").click()
    by_id(page, "input-tags").fill("vip")
    by_id(page, "bulk-save").click()
    expect(by_id(page, "selected")).to_have_count(0)
    expect(by_id(page, "contacts-row").filter(has_text="vip")).to_have_count(2)

    by_id(page, "tick-page").click()
    expect(by_id(page, "selected")).to_have_text("50 contacts selected")
    by_id(page, "take-all").click()
    expect(by_id(page, "selected")).to_have_text(f"{PEOPLE} contacts selected")
    by_id(page, "bulk-list").click()
    by_id(page, "input-newList").fill("Autumn")
    by_id(page, "bulk-save").click()
    expect(page.get_by_text(f"{PEOPLE} contacts added.")).to_be_visible()
    expect(by_id(page, "input-filter-list")).to_contain_text(f"Autumn ({PEOPLE})")

    by_id(page, "tick").first.click()
    by_id(page, "bulk-export").click()
    with page.expect_download() as download:
        by_id(page, "bulk-export-csv").click()
    assert Path(download.value.path()).read_text("utf-8-sig").count("\n") == 2

    page.goto("/app/contacts?tag=vip")
    expect(by_id(page, "contacts-row")).to_have_count(2)
    by_id(page, "tick-page").click()
    by_id(page, "bulk-more").click()
    by_id(page, "bulk-delete").click()
    expect(by_id(page, "bulk-delete-question")).to_contain_text("2 contacts")
    by_id(page, "bulk-delete-question-yes").click()
    expect(by_id(page, "no-match")).to_be_visible()


def test_an_import_is_followed_over_a_reload(signed_in: Page, tmp_path: Path) -> None:
    page, file = signed_in, tmp_path / "many.csv"
    file.write_bytes(comma_separated(((f"69{n:08d}",) for n in range(MANY)), ["Κινητό"]))
    page.goto("/app/contacts/import")
    by_id(page, "import-file").set_input_files(file)
    by_id(page, "start-import").click()
    expect(page).to_have_url(re.compile(r"\?job=\d+"))
    page.reload()
    expect(by_id(page, "import-progress").or_(by_id(page, "import-result"))).to_be_visible()
    expect(by_id(page, "import-created")).to_have_text(f"{MANY:,}", timeout=90_000)
