"""A shop's everyday in Chromium: first steps, a welcome that sends itself, the inbox, live."""

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

EMAIL = "everyday@example.com"
NUMBER = "306940000077"
PHONE = "+306970000777"


@pytest.fixture
def token(product: Product) -> str:
    """The owner's, of a shop that sends from a number at any hour."""
    product.create_shop("Everyday", EMAIL, credits=50)
    with product.client() as client:
        login = {"email": EMAIL, "password": PASSWORD}
        token: str = client.post("/api/auth/login", json=login).json()["accessToken"]
    with product.client(token) as client:
        changes = {"quietHours": None, "senderName": NUMBER, "locale": "en"}
        client.put("/api/shop", json=changes).raise_for_status()
    return token


def test_a_welcome_goes_out_by_itself_and_its_answer_is_answered(
    browser: Browser, product: Product, token: str
) -> None:
    with browser.new_context(base_url=product.url, locale="en-GB") as context:
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": "astronote_session", "value": token, "url": product.url}])
        page = context.new_page()
        page.goto("/app")
        expect(page.get_by_test_id("step-import")).to_have_attribute("data-done", "false")

        page.goto("/app/automations")
        page.get_by_test_id("toggle-welcome_message").click()
        page.get_by_test_id("switch-on-yes").click()
        expect(page.get_by_test_id("toggle-welcome_message")).to_be_checked()

        _join(product, token)
        welcome = wait_until(lambda: _last_to(product, PHONE))
        assert "welcome to Everyday" in welcome["text"]
        page.reload()
        expect(page.get_by_test_id("stat-welcome_message-sent")).to_have_text("1")
        expect(page.get_by_test_id("sends-welcome_message-row")).to_have_count(1)

        page.goto("/app/inbox")
        expect(page.get_by_test_id("cannot-receive")).to_have_count(0)
        _write(product, "Are you open on Sunday?")
        expect(page.get_by_test_id("conversation-unread")).to_have_text("1 unread")
        page.get_by_test_id("conversation").click()
        expect(page.get_by_test_id("thread")).to_contain_text("Are you open on Sunday?")
        page.get_by_test_id("input-text").fill("Yes, from ten to three.")
        page.get_by_test_id("reply-send").click()
        expect(page.get_by_test_id("entry-status").last).to_be_visible()
        wait_until(lambda: "ten to three" in _last_to(product, PHONE)["text"])
        assert "unsubscribe" not in _last_to(product, PHONE)["text"]

        page.goto("/app")
        expect(page.get_by_test_id("step-import")).to_have_attribute("data-done", "true")
        expect(page.get_by_test_id("stat-sent")).to_have_text("2")


def _join(product: Product, token: str) -> None:
    with product.client(token) as client:
        link = client.post("/api/join-links", json={"kind": "join", "name": "Poster"}).json()
    with product.client() as stranger:
        form = {"phone": PHONE, "firstName": "Maria", "consent": True}
        assert stranger.post(f"/public/join/{link['token']}", json=form).status_code == 201


def _last_to(product: Product, phone: str) -> dict[str, str]:
    digits = phone.removeprefix("+")
    found = [m for m in product.simulator.messages() if digits in str(m["destination"])]
    return found[-1] if found else {}


def _write(product: Product, text: str) -> None:
    """The shopper answers, on the simulator's phone."""
    answer = httpx.post(
        f"{product.simulator.url}/phones/{PHONE.removeprefix('+')}/reply",
        data={"text": text, "to": NUMBER},
        timeout=120,
    )
    assert answer.status_code < 400, answer.text
