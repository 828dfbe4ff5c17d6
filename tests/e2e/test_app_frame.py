"""The app's frame and the contacts page, in Chromium."""

import itertools
import re
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from astronote.pages import ROUTES
from tests.support.product import Product
from tests.support.shops import PASSWORD

pytestmark = pytest.mark.e2e

_numbers = itertools.count(1)
# An operator's pages are not there for an owner.
PLAIN_PATHS = [
    r.path
    for r in ROUTES
    if r.path.startswith("/app") and "[" not in r.path and r.who != "operator"
]


@pytest.fixture
def context(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """A browser signed in as the owner of a shop of its own."""
    email = f"frame{next(_numbers)}@example.com"
    product.create_shop("Frame", email)
    with browser.new_context(base_url=product.url, locale="en-GB") as made:
        made.set_default_timeout(60_000)
        signed_in = made.request.post(
            "/api/auth/login", data={"email": email, "password": PASSWORD}
        )
        token = signed_in.json()["accessToken"]
        made.add_cookies([{"name": "astronote_session", "value": token, "url": product.url}])
        yield made


def complaints(page: Page) -> list[str]:
    """What the browser's console complains of, from now on."""
    heard: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.mark.parametrize("path", PLAIN_PATHS)
def test_every_page_loads_without_a_complaint(context: BrowserContext, path: str) -> None:
    page = context.new_page()
    heard = complaints(page)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"].split("style-src")[0]
    expect(page.get_by_test_id("shop-name").first).to_have_text("Frame")
    expect(page.get_by_test_id("page-title")).to_be_visible()
    assert heard == []


def test_the_web_process_warns_of_nothing(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    page.goto("/app/campaigns/new")
    expect(page.get_by_test_id("page-title")).to_be_visible()
    written = (product.data_dir / "logs" / "web.log").read_text()
    assert [line for line in written.splitlines() if re.search("Warning|Deprecat", line)] == []


def test_an_address_in_the_app_that_is_none(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/app/nothing-here")
    expect(page.get_by_test_id("not-found")).to_be_visible()


def test_a_contact_by_hand(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/app/contacts")
    page.get_by_test_id("add-contact").click()
    page.get_by_test_id("input-phone").fill("210 123 4567")
    page.get_by_test_id("input-firstName").fill("Μαρία")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("error-phone")).to_contain_text("landline")
    expect(page.get_by_test_id("input-firstName")).to_have_value("Μαρία")
    page.get_by_test_id("input-phone").fill("697 000 0001")
    page.get_by_test_id("save-contact").click()
    expect(page.get_by_text("Contact added.")).to_be_visible()
    row = page.get_by_test_id("contacts-row")
    expect(row).to_contain_text("+306970000001")
    expect(row).to_contain_text("Not subscribed")

    page.get_by_test_id("search").fill("μαρια")
    expect(page).to_have_url(re.compile(r"\?q="))
    page.reload()
    expect(page.get_by_test_id("search")).to_have_value("μαρια")
    expect(row).to_have_count(1)
    page.get_by_test_id("search").fill("nobody of this name")
    expect(page.get_by_test_id("no-match")).to_be_visible()
    page.get_by_test_id("clear-filters").click()

    page.get_by_test_id("more").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_test_id("input-isSubscribed").click()
    page.get_by_test_id("save-contact").click()
    expect(page.get_by_test_id("error-consentSource")).to_be_visible()
    page.get_by_test_id("input-consentSource").select_option("Paper form")
    page.get_by_test_id("save-contact").click()
    expect(row).to_contain_text(re.compile(r"(?<!Not )Subscribed"))

    page.get_by_test_id("more").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_test_id("delete-contact-yes").click()
    expect(page.get_by_test_id("empty")).to_be_visible()


def test_signing_out_in_one_tab_ends_the_others(context: BrowserContext) -> None:
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        page.goto("/app")
        expect(page.get_by_test_id("shop-name").first).to_have_text("Frame")
    one.get_by_test_id("sign-out").first.click()
    expect(one).to_have_url(re.compile("/login"))
    other.get_by_test_id("nav-contacts").first.click()
    expect(other).to_have_url(re.compile("/login"))
    assert "token" not in other.evaluate("Object.keys(sessionStorage)")


def test_the_session_stays_out_of_reach_of_scripts(context: BrowserContext) -> None:
    page = context.new_page()
    frames: list[str] = []
    page.on("websocket", lambda s: s.on("framereceived", lambda data: frames.append(str(data))))
    page.goto("/app")
    expect(page.get_by_test_id("shop-name").first).to_have_text("Frame")
    assert frames
    assert _token(context) not in "".join(frames)


@pytest.mark.parametrize(
    ("origin", "signed_in", "status"),
    [("same", True, 101), ("http://elsewhere.example", True, 403), ("same", False, 403)],
)
def test_only_our_own_pages_get_a_socket(
    context: BrowserContext, product: Product, origin: str, signed_in: bool, status: int
) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Origin": product.url if origin == "same" else origin,
    }
    if signed_in:
        headers["Cookie"] = f"astronote_session={_token(context)}"
    connection = HTTPConnection("127.0.0.1", product.port, timeout=30)
    connection.request("GET", "/_event/?EIO=4&transport=websocket&token=1", headers=headers)
    assert connection.getresponse().status == status
    connection.close()


def _token(context: BrowserContext) -> str:
    return next(c["value"] for c in context.cookies() if c["name"] == "astronote_session")


def test_on_a_phone_the_menu_is_a_drawer(browser: Browser, context: BrowserContext) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/app")
    page.get_by_test_id("open-menu").click()
    page.get_by_role("dialog").get_by_test_id("nav-contacts").click()
    expect(page.get_by_test_id("page-title")).to_have_text("Contacts")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


def test_a_newer_version_of_the_app_is_told_in_the_readers_language(
    context: BrowserContext,
) -> None:
    """Scripts that know other states than the server: the page is loaded anew once, and where
    that does not help it says so itself."""

    def older(route: Route) -> None:
        answer = route.fetch()
        script = re.sub(r"stateSchema=`\w+`", "stateSchema=`older`", answer.text())
        route.fulfill(response=answer, body=script)

    page = context.new_page()
    page.goto("/app/account")
    with page.expect_navigation():
        page.get_by_test_id("language-el").first.dispatch_event("click")
    expect(page.get_by_test_id("new-version")).to_be_hidden()
    page.route("**/assets/*.js", older)
    page.goto("/app/account")
    note = page.get_by_test_id("new-version")
    expect(note).to_contain_text("νέα έκδοση")
    expect(note).to_be_visible()
    expect(page.get_by_text("A new version of this app is available.")).to_be_hidden()
    with page.expect_navigation():
        note.get_by_role("button").click()
