"""Paying in Chromium: from the billing page to the payment page and back, credits and all."""

import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.product import Product
from tests.support.shops import PASSWORD

pytestmark = pytest.mark.e2e

_numbers = itertools.count(1)


@pytest.fixture
def enter(browser: Browser, product: Product) -> Iterator[Callable[..., Page]]:
    """Opens the billing page of a new shop; arguments as for ``Product.create_shop``."""
    opened: list[BrowserContext] = []

    def make(**options: object) -> Page:
        email = f"payer{next(_numbers)}@example.com"
        product.create_shop("Payer", email, **options)  # type: ignore[arg-type]
        context = browser.new_context(base_url=product.url, locale="en-GB")
        context.set_default_timeout(60_000)
        opened.append(context)
        signed_in = context.request.post(
            "/api/auth/login", data={"email": email, "password": PASSWORD}
        )
        token = signed_in.json()["accessToken"]
        context.add_cookies([{"name": "astronote_session", "value": token, "url": product.url}])
        page = context.new_page()
        page.goto("/app/billing")
        return page

    yield make
    for context in opened:
        context.close()


def test_buying_credits_makes_the_balance_grow(enter: Callable[..., Page]) -> None:
    page = enter(credits=200)
    expect(page.get_by_test_id("credits-balance")).to_have_text("200")
    page.get_by_test_id("pack-2500").click()
    expect(page.get_by_test_id("total")).to_have_text("€139.50")
    page.get_by_test_id("buy").click()
    expect(page).to_have_url(re.compile("/stripe/checkout/"))
    page.get_by_text("is declined").click()
    page.get_by_test_id("pay").click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("awaited")).to_have_attribute("data-state", "paid")
    expect(page.get_by_test_id("credits-balance")).to_have_text("2,700")
    expect(page.get_by_test_id("payments-row")).to_contain_text("€139.50")
    invoice = page.get_by_test_id("payments-row").get_by_role("link", name=re.compile("^DEMO-"))
    expect(invoice).to_have_attribute("href", re.compile("^https?://"))
    expect(page.get_by_test_id("ledger-row").first).to_contain_text("+2,500")
    expect(page).to_have_url(re.compile("/app/billing$"))


def test_coming_back_without_paying(enter: Callable[..., Page]) -> None:
    page = enter(credits=0)
    page.get_by_test_id("buy").click()
    page.get_by_test_id("cancel").click()
    expect(page.get_by_test_id("awaited")).to_have_attribute("data-state", "cancelled")
    expect(page.get_by_test_id("credits-balance")).to_have_text("0")
    expect(page.get_by_test_id("no-payments")).to_be_visible()


def test_a_plan_opens_the_gate_and_a_failed_renewal_closes_it(enter: Callable[..., Page]) -> None:
    page = enter(active=False, credits=0)
    expect(page.get_by_test_id("gate-card")).to_contain_text("no subscription yet")
    page.get_by_test_id("subscribe-monthly").click()
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("plan")).to_have_text("Monthly")
    expect(page.get_by_test_id("credits-available").first).to_have_text("500")
    expect(page.get_by_test_id("gate-card")).to_have_count(0)
    page.get_by_test_id("manage").click()
    page.get_by_test_id("fail").click()
    expect(page.get_by_test_id("status")).to_have_text("past_due")
    page.get_by_test_id("back").click()
    expect(page.get_by_test_id("gate-card")).to_contain_text("last payment failed")
    page.get_by_test_id("manage").click()
    page.get_by_test_id("pay").click()
    page.get_by_test_id("back").click()
    expect(page.get_by_test_id("plan")).to_be_visible()
    expect(page.get_by_test_id("gate-card")).to_have_count(0)
    expect(page.get_by_test_id("payments-row")).to_have_count(2)
