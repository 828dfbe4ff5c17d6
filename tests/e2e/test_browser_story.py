"""The main job as a merchant and a shopper do it, in Chromium."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.spreadsheet import Expected, write
from tests.support.product import Product
from tests.support.shops import PASSWORD

pytestmark = pytest.mark.e2e

EMAIL = "story@kava.gr"
SHOP = "Κάβα Ελιά"
TEXT = ", μόνο σήμερα -20% σε όλα!"


def by_id(page: Page, name: str) -> Locator:
    return page.get_by_test_id(name)


def test_import_write_send_tap_leave_and_see(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    product.create_shop(SHOP, EMAIL, credits=5_000)
    expected = write(tmp_path / "πελάτες.xlsx", datetime.now(UTC).date(), first=5_000)
    with browser.new_context(base_url=product.url, locale="en-GB") as context:
        context.set_default_timeout(60_000)
        page = context.new_page()
        sign_in(page)
        quiet_hours_off(page)
        import_contacts(page, tmp_path / "πελάτες.xlsx", expected)
        write_campaign(page)
        choose_audience(page, expected)
        send(page, expected)
        watch(page, expected)
        code = tap_offer(browser, product, str(expected.phones[0]))
        redeem(page, code)
        leave(browser, product, str(expected.phones[1]))
        see_results(page, expected)
        no_longer_subscribed(page, str(expected.phones[1]))


def go_on(page: Page, step: str, button: str = "wizard-next") -> None:
    by_id(page, button).click()
    expect(by_id(page, f"wizard-step-{step}")).to_have_attribute("aria-current", "step")


def sign_in(page: Page) -> None:
    page.goto("/app")
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill("not my password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(by_id(page, "page-title")).to_have_text("Dashboard")
    expect(by_id(page, "shop-name").first).to_have_text(SHOP)


def quiet_hours_off(page: Page) -> None:
    page.goto("/app/settings")
    by_id(page, "input-senderName").fill("Kava")
    by_id(page, "input-quiet").click()
    by_id(page, "save").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()


def import_contacts(page: Page, path: Path, expected: Expected) -> None:
    page.goto("/app/contacts/import")
    by_id(page, "import-file").set_input_files(path)
    expect(by_id(page, "mapping")).to_be_visible()
    by_id(page, "start-import").click()
    expect(by_id(page, "import-result")).to_be_visible(timeout=60_000)
    page.reload()
    result = by_id(page, "import-result")
    for figure in (expected.created, expected.skipped, expected.rejected):
        expect(result.get_by_text(f"{figure:,}", exact=True).first).to_be_visible()
    with page.expect_download() as download:
        by_id(page, "download-rejects").click()
    assert download.value.suggested_filename.endswith(".xlsx")


def write_campaign(page: Page) -> None:
    page.goto("/app/campaigns")
    by_id(page, "campaign-new").first.click()
    by_id(page, "input-name").fill("Εγκαίνια")
    by_id(page, "input-messageText").click()
    by_id(page, "token-first_name").click()
    page.keyboard.type(TEXT)
    expect(by_id(page, "phone-text")).to_contain_text("-20% σε όλα!")
    expect(by_id(page, "phone-text")).to_contain_text("/o/")
    expect(by_id(page, "text-encoding")).to_contain_text("UCS-2")
    by_id(page, "input-gsm").click()
    expect(by_id(page, "phone-text")).to_contain_text("ΣHMEPA -20%")
    go_on(page, "audience")


def choose_audience(page: Page, expected: Expected) -> None:
    expect(by_id(page, "audience-count")).to_contain_text(f"{expected.audience:,}")
    expect(by_id(page, "excluded-under18")).to_contain_text(str(expected.minors))
    page.reload()
    expect(by_id(page, "audience-count")).to_contain_text(f"{expected.audience:,}")
    go_on(page, "basics", "wizard-back")
    expect(by_id(page, "input-name")).to_have_value("Εγκαίνια")
    go_on(page, "audience")
    go_on(page, "schedule")
    go_on(page, "review")


def send(page: Page, expected: Expected) -> None:
    expect(by_id(page, "review-recipients")).to_contain_text(f"{expected.audience:,}")
    by_id(page, "send").click()
    dialog = by_id(page, "send-confirm")
    expect(dialog).to_contain_text(f"{expected.audience:,}")
    by_id(page, "send-confirm-yes").click()


def watch(page: Page, expected: Expected) -> None:
    expect(page).to_have_url(re.compile(r"/app/campaigns/\d+"))
    expect(by_id(page, "campaign-status")).to_contain_text(
        "completed", ignore_case=True, timeout=90_000
    )
    expect(by_id(page, "stat-recipients").first).to_contain_text(f"{expected.audience:,}")


def phone_of(browser: Browser, product: Product, number: str) -> Page:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="el-GR")
    page = context.new_page()
    page.goto(f"{product.simulator.url}/phones/{number.removeprefix('+')}")
    expect(by_id(page, "bubble")).to_have_count(1)
    expect(by_id(page, "bubble")).to_contain_text("-20%")
    return page


def tap_offer(browser: Browser, product: Product, number: str) -> str:
    phone = phone_of(browser, product, number)
    with phone.context.expect_page() as opened:
        by_id(phone, "bubble-link").first.click()
    offer = opened.value
    expect(offer.locator("svg").first).to_be_visible()
    address = offer.url
    phone.context.close()
    return address.rpartition("/")[2]


def redeem(page: Page, tracking_id: str) -> None:
    campaign = page.url
    page.goto(f"/tracking/redeem/{tracking_id}")
    page.get_by_role("button").first.click()
    expect(page.locator("body")).to_contain_text(re.compile("redeemed", re.I))
    page.goto(campaign)


def leave(browser: Browser, product: Product, number: str) -> None:
    phone = phone_of(browser, product, number)
    with phone.context.expect_page() as opened:
        by_id(phone, "bubble-link").last.click()
    page = opened.value
    expect(page.locator("body")).to_contain_text(SHOP)
    page.locator("form button").first.click()
    expect(page.locator("form")).to_have_attribute("action", re.compile("resubscribe"))
    phone.context.close()


def see_results(page: Page, expected: Expected) -> None:
    page.reload()
    expect(by_id(page, "stat-delivered").first).to_contain_text(f"{expected.audience:,}")
    expect(by_id(page, "stat-conversions").first).to_contain_text("1")
    expect(by_id(page, "stat-unsubscribes").first).to_contain_text("1")


def no_longer_subscribed(page: Page, number: str) -> None:
    page.goto(f"/app/contacts?q={number.removeprefix('+')}")
    expect(by_id(page, "contacts-row")).to_have_count(1)
    expect(by_id(page, "contacts-row")).to_contain_text("Unsubscribed", ignore_case=True)
