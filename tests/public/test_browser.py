"""The pages in a real browser: 320 pixels wide, scripts off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.public.test_pages import addresses
from tests.support.messages import add_message, rows
from tests.support.shops import PASSWORD, ShopUnderTest

NARROW = {"width": 320, "height": 640}


@pytest.fixture(params=["light", "dark"])
def narrow(request: pytest.FixtureRequest, served: str, browser: Browser) -> Iterator[Page]:
    """A narrow page without scripts, which complains of anything the policy blocks."""
    with browser.new_context(
        base_url=served,
        viewport=NARROW,
        java_script_enabled=False,
        color_scheme=request.param,
        locale="el-GR",
    ) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        yield page
        assert [said for said in complaints if "status of 4" not in said] == []


def test_every_page_fits_a_narrow_screen(narrow: Page, shop: ShopUnderTest) -> None:
    for path in addresses(add_message(shop, offer={"title": "Α" * 60, "code": "B" * 60})):
        narrow.goto(path)
        assert _overflow(narrow) <= 0, path
        for control in narrow.locator("button, .button, input:not([type=hidden]), select").all():
            box = control.bounding_box()
            assert box is not None and box["height"] >= 44, path


def test_a_shopper_leaves_and_comes_back(narrow: Page, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    narrow.goto(f"/s/{message.code}")
    narrow.locator("form button").first.click()
    assert [row["is_subscribed"] for row in rows(shop, "contact")] == [False]
    narrow.locator("form button").first.click()
    assert [row["is_subscribed"] for row in rows(shop, "contact")] == [True]


def test_staff_sign_in_from_the_code_and_redeem(narrow: Page, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    narrow.goto(f"/o/{message.code}")
    assert narrow.locator("svg[role=img]").count() == 1
    narrow.goto(f"/tracking/redeem/{message.tracking_id}")
    narrow.locator("a.button").click()
    narrow.fill("#email", shop.email)
    narrow.fill("#password", PASSWORD)
    narrow.locator("form button").first.click()
    assert narrow.url.endswith(f"/tracking/redeem/{message.tracking_id}")
    narrow.locator("form button").click()
    assert len(rows(shop, "redemption")) == 1
    assert narrow.locator(".note.good").count() == 1


def _overflow(page: Page) -> float:
    """By how many pixels anything sticks out at the right, without asking a script."""
    boxes = [element.bounding_box() for element in page.locator("body *:visible").all()]
    return max(box["x"] + box["width"] for box in boxes if box) - NARROW["width"]
