"""A campaign from its first word to its last message, in Chromium: written in Greek,
scheduled, started by the clock, paused, resumed, finished."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.product import Product
from tests.support.shops import PASSWORD

pytestmark = pytest.mark.e2e

EMAIL = "campaign-story@example.com"
ATHENS = ZoneInfo("Europe/Athens")
TEXT = "! Σήμερα και αύριο όλα τα κρασιά μας με έκπτωση. Σας περιμένουμε!"
NAMES = ("Μαρία", "Γιώργος", None)


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    """A tab of a shop with three customers, without quiet hours."""
    product.create_shop("Κάβα Ελιά", EMAIL, credits=100)
    with product.client() as client:
        login = {"email": EMAIL, "password": PASSWORD}
        token = client.post("/api/auth/login", json=login).raise_for_status().json()["accessToken"]
    with product.client(token) as client:
        settings = {"quietHours": None, "senderName": "Kava", "unsubscribeLabel": "ΔIAΓPAΦH:"}
        client.put("/api/shop", json=settings).raise_for_status()
        for number, name in enumerate(NAMES):
            contact = {
                "phone": f"+30697700010{number}",
                "isSubscribed": True,
                "consent": {"source": "form", "text": "Yes"},
                **({"firstName": name} if name else {}),
            }
            client.post("/api/contacts", json=contact).raise_for_status()
    with browser.new_context(base_url=product.url, locale="en-GB") as context:
        context.set_default_timeout(60_000)
        cookie = {"name": "astronote_session", "value": token, "url": product.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        yield context.new_page()


@pytest.fixture
def busy_provider(product: Product) -> Iterator[None]:
    """A provider that takes nothing until it is told to."""
    before = product.simulator.behaviour()
    product.simulator.behave(throttle_every=1)
    yield
    product.simulator.behave(**before)


def by_id(page: Page, name: str) -> Locator:
    return page.get_by_test_id(name)


def go_on(page: Page, step: str) -> None:
    by_id(page, "wizard-next").click()
    expect(by_id(page, f"wizard-step-{step}")).to_have_attribute("aria-current", "step")


def test_a_scheduled_campaign_starts_is_paused_resumed_and_finished(
    page: Page, product: Product, busy_provider: None
) -> None:
    write(page)
    rewrite(page)
    go_on(page, "audience")
    expect(by_id(page, "audience-count")).to_have_text("3")
    go_on(page, "schedule")
    schedule(page, product.now.astimezone(ATHENS) + timedelta(minutes=4))
    product.advance_clock(timedelta(minutes=5))
    expect(by_id(page, "campaign-status")).to_contain_text("sending", ignore_case=True)
    by_id(page, "pause").click()
    expect(by_id(page, "campaign-status")).to_contain_text("paused", ignore_case=True)
    expect(by_id(page, "campaign-stopped")).to_contain_text("3 messages have not left")
    product.simulator.behave(throttle_every=0)
    by_id(page, "resume").click()
    expect(by_id(page, "campaign-status")).to_contain_text(
        "completed", ignore_case=True, timeout=60_000
    )
    expect(by_id(page, "stat-sent")).to_have_text("3")
    read_one(page)
    (found,) = [
        message["text"]
        for message in product.simulator.messages()
        if message["destination"] == "+306977000102"
    ]
    assert found.startswith("ΓEIA ΣAΣ ΦIΛE! ΣHMEPA")


def write(page: Page) -> None:
    """Tokens go where the cursor is, a fallback where its word belongs."""
    page.goto("/app/campaigns")
    by_id(page, "campaign-new").first.click()
    by_id(page, "input-name").fill("Κρασιά")
    by_id(page, "input-offer").click()
    text = by_id(page, "input-messageText")
    text.click()
    page.keyboard.type(TEXT)
    page.keyboard.press("Home")
    page.keyboard.type("Γεια σας ")
    by_id(page, "token-first_name_or").click()
    page.keyboard.type("φίλε")
    expect(text).to_have_value("Γεια σας {{first_name|φίλε}}" + TEXT)
    expect(by_id(page, "sample-name")).to_have_text("Μαρία")
    expect(by_id(page, "phone-text")).to_contain_text("Γεια σας Μαρία! Σήμερα")
    by_id(page, "sample-next").click()
    expect(by_id(page, "phone-text")).to_contain_text("Γεια σας Γιώργος!")


def rewrite(page: Page) -> None:
    """Two parts of UCS-2 become one of GSM-7."""
    expect(by_id(page, "text-encoding")).to_have_text("UCS-2")
    expect(by_id(page, "text-parts")).to_contain_text("2 parts")
    expect(by_id(page, "forced-by")).to_contain_text("“ε”")
    expect(by_id(page, "phone-text").locator("mark").first).to_contain_text("εια")
    expect(by_id(page, "phone-text").locator("[data-part='2']")).to_have_count(1)
    expect(by_id(page, "text-total")).to_have_text("All 3 recipients: 6 SMS parts, 3 credits")
    by_id(page, "input-gsm").click()
    expect(by_id(page, "text-encoding")).to_have_text("GSM-7")
    expect(by_id(page, "text-parts")).to_contain_text("1 part")
    expect(by_id(page, "phone-text").locator("mark")).to_have_count(0)
    expect(by_id(page, "text-total")).to_have_text("All 3 recipients: 3 SMS parts, 3 credits")
    expect(by_id(page, "text-saving")).to_contain_text("save 3 SMS parts")


def schedule(page: Page, at: datetime) -> None:
    by_id(page, "schedule-at").click()
    by_id(page, "input-localTime").fill(f"{at:%Y-%m-%dT%H:%M}")
    expect(by_id(page, "schedule-remarks")).to_contain_text(f"{at:%H:%M}")
    go_on(page, "review")
    expect(by_id(page, "review-recipients")).to_have_text("3")
    expect(by_id(page, "review-when")).to_contain_text(f"{at:%H:%M}")
    by_id(page, "send").click()
    by_id(page, "send-confirm-yes").click()
    expect(page).to_have_url(re.compile(r"/app/campaigns/\d+$"))
    expect(by_id(page, "campaign-status")).to_contain_text("scheduled", ignore_case=True)


def read_one(page: Page) -> None:
    """A message of the campaign, with its history."""
    by_id(page, "open-message").first.click()
    expect(by_id(page, "message-text")).to_contain_text("ΓEIA ΣAΣ")
    expect(by_id(page, "message-history")).to_contain_text("Sent")
    page.keyboard.press("Escape")
