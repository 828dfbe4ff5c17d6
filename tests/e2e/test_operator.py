"""The operator's page in Chromium: a wrong address to others, and a hold to its shop."""

import subprocess

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from astronote.cli.environment import ROOT, command
from tests.support.product import Product
from tests.support.shops import PASSWORD

pytestmark = pytest.mark.e2e


def sign_in(browser: Browser, product: Product, email: str) -> BrowserContext:
    """A context of a new shop's owner."""
    product.create_shop(email.partition("@")[0], email)
    context = browser.new_context(base_url=product.url, locale="en-GB")
    context.set_default_timeout(60_000)
    signed_in = context.request.post("/api/auth/login", data={"email": email, "password": PASSWORD})
    token = signed_in.json()["accessToken"]
    context.add_cookies([{"name": "astronote_session", "value": token, "url": product.url}])
    return context


def test_a_wrong_address_to_others_and_a_hold_to_a_shop(browser: Browser, product: Product) -> None:
    shop = sign_in(browser, product, "heldshop@example.com")
    page = shop.new_page()
    answer, wrong = page.goto("/app/operator"), page.request.get("/app/nothing-here")
    assert answer is not None
    assert answer.status == wrong.status
    expect(page.get_by_test_id("not-found")).to_be_visible()
    expect(page.get_by_test_id("nav-operator")).to_have_count(0)

    runs = sign_in(browser, product, "runs@example.com")
    made = subprocess.run(
        command("operator", "grant", "runs@example.com"), cwd=ROOT, env=product.env, check=False
    )
    assert made.returncode == 0
    desk = runs.new_page()
    desk.goto("/app")
    desk.get_by_test_id("nav-operator").first.click()
    desk.get_by_test_id("search-shops").fill("heldshop")
    row = desk.get_by_test_id("shops-row")
    expect(row).to_have_count(1)
    row.get_by_test_id("hold").click()
    desk.get_by_test_id("input-reason").fill("Complaints.")
    desk.get_by_test_id("reason-yes").click()
    expect(row).to_contain_text("Complaints.")

    page.goto("/app/billing")
    expect(page.get_by_test_id("gate-card")).to_contain_text("Complaints.")
    desk.get_by_test_id("release").click()
    expect(row.get_by_test_id("hold")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("credits-balance")).to_have_text("1,000")
    expect(page.get_by_test_id("gate-card")).to_have_count(0)
    shop.close()
    runs.close()
