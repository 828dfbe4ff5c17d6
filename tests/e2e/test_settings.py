"""Settings, team, keys and the account, in Chromium."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.product import Product
from tests.support.shops import PASSWORD

pytestmark = pytest.mark.e2e

_numbers = itertools.count(1)


@contextmanager
def signed_in(browser: Browser, product: Product, email: str) -> Iterator[BrowserContext]:
    """A browser of its own, signed in."""
    with browser.new_context(base_url=product.url, locale="en-GB") as made:
        made.set_default_timeout(60_000)
        answer = made.request.post("/api/auth/login", data={"email": email, "password": PASSWORD})
        token = answer.json()["accessToken"]
        made.add_cookies([{"name": "astronote_session", "value": token, "url": product.url}])
        yield made


@pytest.fixture
def owner(product: Product) -> str:
    """The e-mail of the owner of a shop of its own."""
    email = f"settings{next(_numbers)}@example.com"
    product.create_shop("Settings", email)
    return email


def test_staff_come_by_a_link_keep_out_of_owners_pages_and_go_at_once(
    browser: Browser, product: Product, owner: str
) -> None:
    email = f"staff-of-{owner}"
    with signed_in(browser, product, owner) as mine:
        page = mine.new_page()
        page.goto("/app/settings/team")
        page.get_by_test_id("add-member").click()
        page.get_by_test_id("input-email").fill("no address")
        page.get_by_test_id("input-email").evaluate("e => e.type = 'text'")
        page.get_by_test_id("send-invitation").click()
        expect(page.get_by_test_id("error-email")).to_be_visible()
        page.get_by_test_id("input-email").fill(email)
        page.get_by_test_id("send-invitation").click()
        link = page.get_by_test_id("invitation").input_value()
        page.get_by_test_id("invitation-copied").click()
        expect(page.get_by_test_id("team-row")).to_have_count(2)

        with browser.new_context(base_url=product.url, locale="en-GB") as theirs:
            their = theirs.new_page()
            their.set_default_timeout(60_000)
            _accept(their, link, email)
            expect(their.get_by_test_id("shop-name").first).to_have_text("Settings")
            expect(their.get_by_test_id("nav-settings")).to_have_count(0)
            their.goto("/app/settings/team")
            expect(their).to_have_url(re.compile("/app/?$"))
            expect(their.get_by_text("ιδιοκτήτης").first).to_be_visible()
            expect(their.get_by_test_id("team-row")).to_have_count(0)
            assert their.request.get("/api/team").status == 403
            assert their.request.get("/api/api-keys").status == 403
            assert their.request.get("/api/billing/ledger").status == 403
            their.goto("/app/billing")
            expect(their).to_have_url(re.compile("/app/?$"))
            their.get_by_test_id("my-account").first.click()
            expect(their.get_by_test_id("this-session")).to_be_visible()

            page.get_by_test_id("team-row").nth(1).get_by_test_id("remove-member").click()
            page.get_by_test_id("remove-member-yes").click()
            expect(page.get_by_test_id("team-row")).to_have_count(1)
            their.get_by_test_id("nav-contacts").first.click()
            expect(their).to_have_url(re.compile("/login"))


def test_who_works_in_two_shops_goes_from_one_to_the_other(
    browser: Browser, product: Product, owner: str
) -> None:
    other = f"other-{owner}"
    product.create_shop("The other", other)
    with signed_in(browser, product, other) as theirs:
        added = theirs.request.post(
            "/api/team", data={"email": owner, "role": "staff"}, headers={"Origin": product.url}
        )
        assert added.status == 201
    with signed_in(browser, product, owner) as mine:
        page = mine.new_page()
        page.goto("/app")
        expect(page.get_by_test_id("nav-billing").first).to_be_visible()
        page.get_by_test_id("switch-shop").first.click()
        page.get_by_role("button", name="The other").click()
        expect(page.get_by_test_id("shop-name").first).to_have_text("The other")
        expect(page.get_by_test_id("nav-contacts").first).to_be_visible()
        expect(page.get_by_test_id("nav-billing")).to_have_count(0)


def _accept(page: Page, link: str, email: str) -> None:
    page.goto(link)
    expect(page.locator("h1")).to_contain_text("Settings")
    expect(page.locator("dl")).to_contain_text(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    expect(page).to_have_url(re.compile("/app"))


def test_settings_are_kept_and_nothing_typed_is_lost(
    browser: Browser, product: Product, owner: str
) -> None:
    with signed_in(browser, product, owner) as mine:
        page = mine.new_page()
        page.goto("/app/settings")
        page.get_by_test_id("input-offerLabel").fill("Δείτε:")
        expect(page.get_by_test_id("lines")).to_contain_text("Δείτε: http")
        expect(page.get_by_test_id("lines-forced")).to_be_visible()
        page.get_by_test_id("input-offerLabel").fill("Get it:")
        expect(page.get_by_test_id("lines-forced")).to_have_count(0)

        asked: list[str] = []

        def stay(dialog: object) -> None:
            asked.append(dialog.message)  # type: ignore[attr-defined]
            dialog.dismiss()  # type: ignore[attr-defined]

        page.once("dialog", stay)
        page.get_by_test_id("nav-contacts").first.click()
        assert asked == ["Leave without saving your changes?"]
        expect(page).to_have_url(re.compile("/app/settings"))

        page.get_by_test_id("input-senderName").fill("ab")
        page.get_by_test_id("save").click()
        expect(page.get_by_test_id("error-senderName")).to_be_visible()
        expect(page.get_by_test_id("input-offerLabel")).to_have_value("Get it:")
        page.get_by_test_id("input-senderName").fill("Kava")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Settings saved.")).to_be_visible()
        page.get_by_test_id("nav-contacts").first.click()
        expect(page).to_have_url(re.compile("/app/contacts"))
        assert page.request.get("/api/shop").json()["offerLabel"] == "Get it:"


def test_a_key_is_copied_once_and_opens_the_api(
    browser: Browser, product: Product, owner: str
) -> None:
    with signed_in(browser, product, owner) as mine:
        page = mine.new_page()
        page.goto("/app/settings/keys")
        page.get_by_test_id("new-key").click()
        page.get_by_test_id("input-name").fill("Till")
        page.keyboard.press("Enter")
        key = page.get_by_test_id("fresh-key").input_value()
        page.get_by_test_id("key-copied").click()
        with product.client(key) as program:
            assert program.get("/api/contacts").status_code == 200
            assert program.get("/api/team").status_code == 403
        page.reload()
        expect(page.get_by_test_id("keys-row")).to_contain_text("just now")
        assert key not in page.content()
        page.get_by_test_id("end-key").click()
        page.get_by_test_id("end-key-yes").click()
        expect(page.get_by_test_id("empty")).to_be_visible()
        with product.client(key) as program:
            assert program.get("/api/contacts").status_code == 401


def test_a_new_password_signs_other_browsers_out_and_the_language_is_ones_own(
    browser: Browser, product: Product, owner: str
) -> None:
    with (
        signed_in(browser, product, owner) as here,
        signed_in(browser, product, owner) as there,
    ):
        mine, other = here.new_page(), there.new_page()
        other.goto("/app/contacts")
        expect(other.get_by_test_id("page-title")).to_have_text("Contacts")
        mine.goto("/app/account")
        expect(mine.get_by_test_id("sessions-row")).to_have_count(2)
        mine.get_by_test_id("input-language").select_option("el")
        expect(mine.get_by_test_id("page-title")).to_have_text("Ο λογαριασμός σας")
        mine.get_by_test_id("input-currentPassword").fill(PASSWORD)
        mine.get_by_test_id("input-newPassword").fill("another horse 42")
        mine.get_by_test_id("save-password").click()
        expect(mine.get_by_test_id("sessions-row")).to_have_count(1)
        other.get_by_test_id("nav-lists").first.click()
        expect(other).to_have_url(re.compile("/login"))
