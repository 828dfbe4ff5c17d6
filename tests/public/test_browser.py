"""The pages in a real browser: 320 pixels wide, scripts off."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.support.axe import serious_findings
from tests.support.messages import add_message, rows
from tests.support.public_pages import PublicPage, public_pages
from tests.support.shops import PASSWORD, ShopUnderTest

WIDTH = 320
LONGEST = 30_000
"""Bytes of a page with all that it loads."""


@dataclass(frozen=True)
class Look:
    """Each language in one of the two colour schemes, so that both are seen of each."""

    locale: str
    scheme: Literal["light", "dark"]


LOOKS = pytest.mark.parametrize(
    "look", [Look("el-GR", "light"), Look("en-GB", "dark")], ids=["el", "en"]
)


@contextmanager
def looking(browser: Browser, served: str, look: Look, *, scripts: bool = False) -> Iterator[Page]:
    """A narrow page, by default without scripts; fails for what the policy blocks."""
    with browser.new_context(
        base_url=served,
        viewport={"width": WIDTH, "height": 640},
        java_script_enabled=scripts,
        color_scheme=look.scheme,
        locale=look.locale,
    ) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        complaints: list[str] = []
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        yield page
        assert [said for said in complaints if "status of 4" not in said] == []


@pytest.fixture(params=["light", "dark"])
def narrow(request: pytest.FixtureRequest, served: str, browser: Browser) -> Iterator[Page]:
    """A narrow page without scripts, in Greek."""
    with looking(browser, served, Look("el-GR", request.param)) as page:
        yield page


@LOOKS
def test_every_page_works_narrow_and_without_scripts(
    browser: Browser, served: str, shop: ShopUnderTest, look: Look
) -> None:
    with looking(browser, served, look) as page:
        loaded: list[Response] = []
        # Playwright cannot take a built-in method itself.
        page.on("response", lambda answer: loaded.append(answer))  # noqa: PLW0108
        for shown in _in_turn(page, served, shop):
            loaded.clear()
            page.goto(shown.path)
            assert 0 < sum(len(answer.body()) for answer in loaded) < LONGEST, shown
            assert page.locator("html").get_attribute("lang") == look.locale[:2], shown
            assert page.locator("h1").count() == 1, shown
            assert _overflow(page) <= 0, shown
            for control in page.locator(
                "button, .button, input:not([type=hidden]):not([hidden]), select"
            ).all():
                tick = control.get_attribute("type") == "checkbox"
                box = control.bounding_box()
                assert box is not None and box["height"] >= (24 if tick else 44), shown


@LOOKS
def test_axe_finds_nothing_serious(
    browser: Browser, served: str, shop: ShopUnderTest, look: Look
) -> None:
    # Axe waits for timers, so scripts are on; the pages have none of their own.
    with looking(browser, served, look, scripts=True) as page:
        for shown in _in_turn(page, served, shop):
            page.goto(shown.path)
            assert serious_findings(page) == [], shown


def test_the_longest_words_fit_too(narrow: Page, shop: ShopUnderTest) -> None:
    long = add_message(shop, offer={"title": "Α" * 60, "code": "B" * 60, "description": "γ" * 90})
    for page in ("offer", "redeem"):
        narrow.goto(f"/tracking/{page}/{long.tracking_id}")
        assert _overflow(narrow) <= 0, page


def test_a_shopper_leaves_and_comes_back(narrow: Page, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    narrow.goto(f"/s/{message.code}")
    _send_form(narrow)
    assert [row["is_subscribed"] for row in rows(shop, "contact")] == [False]
    _send_form(narrow)
    assert [row["is_subscribed"] for row in rows(shop, "contact")] == [True]


def test_staff_sign_in_from_the_code_and_redeem(narrow: Page, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    narrow.goto(f"/o/{message.code}")
    assert narrow.locator("svg[role=img]").count() == 1
    narrow.goto(f"/tracking/redeem/{message.tracking_id}")
    narrow.locator("a.button").click()
    narrow.fill("#email", shop.email)
    narrow.fill("#password", PASSWORD)
    _send_form(narrow)
    assert narrow.url.endswith(f"/tracking/redeem/{message.tracking_id}")
    _send_form(narrow)
    assert len(rows(shop, "redemption")) == 1
    assert narrow.locator(".note.good").count() == 1


def _send_form(page: Page) -> None:
    """Press the first form's button, and wait for the page that answers."""
    with page.expect_navigation():
        page.locator("form button").first.click()


def _overflow(page: Page) -> float:
    """By how many pixels anything sticks out at the right, without asking a script."""
    boxes = [element.bounding_box() for element in page.locator("body *:visible").all()]
    return max(box["x"] + box["width"] for box in boxes if box) - WIDTH


def _in_turn(page: Page, served: str, shop: ShopUnderTest) -> Iterator[PublicPage]:
    """Every page; staff's last, when the browser has signed in."""
    for shown in sorted(public_pages(shop), key=lambda one: one.by_staff):
        if shown.by_staff:
            cookie = {"name": "astronote_session", "value": shop.token, "url": served}
            page.context.add_cookies([cookie])  # type: ignore[list-item]
        yield shown
