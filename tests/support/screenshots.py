"""Pictures of every page of the app, for the README: ``bin/screenshots``.

Starts the product with its demo shop and photographs each route of the route table on a
desk, in daylight, in English; some in the dark, on a phone, and in Greek; the operator's
page last, so that only there the navigation leads to it. With ``--at URL
--email E --password P`` it photographs a product that runs already.
"""

import argparse
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from astronote.frontend import ROOT
from astronote.pages import ROUTES
from tests.support.chromium import find
from tests.support.looks import settle
from tests.support.product import Product

TARGET = ROOT / "docs" / "screenshots"

_DESK = (1280, 800)
_PHONE = (390, 844)


@dataclass(frozen=True)
class Look:
    """How a set of pictures is taken, and of which pages; all of them where none is named."""

    suffix: str
    language: str = "en"
    scheme: str = "light"
    size: tuple[int, int] = _DESK
    only: tuple[str, ...] = ()


LOOKS = (
    Look(""),
    Look("-dark", scheme="dark", only=("dashboard", "campaign", "contacts", "inbox")),
    Look("-phone", size=_PHONE, only=("dashboard", "contacts", "campaign", "inbox")),
    Look("-greek", language="el", only=("dashboard", "campaigns", "automations", "settings")),
)
OPERATOR_LOOKS = (
    Look("", only=("operator",)),
    Look("-dark", scheme="dark", only=("operator",)),
)


@dataclass(frozen=True)
class SignIn:
    """Where the product is, and who looks."""

    url: str
    email: str
    password: str
    product: Product | None = None
    """Where it was started here, and may be told who operates it."""


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", default="", help="address of a product that runs")
    parser.add_argument("--email", default="")
    parser.add_argument("--password", default="")
    given = parser.parse_args()
    TARGET.mkdir(parents=True, exist_ok=True)
    if given.at:
        _photograph(SignIn(given.at, given.email, given.password))
    else:
        with _demo() as who:
            _photograph(who)


@contextmanager
def _demo() -> Iterator[SignIn]:
    with tempfile.TemporaryDirectory(prefix="astronote-pictures-") as folder:
        product = Product(Path(folder) / "data")
        try:
            product.start("--demo")
            made = json.loads((product.data_dir / "demo.json").read_text())
            yield SignIn(product.url, made["email"], made["password"], product)
        finally:
            product.stop()


def _photograph(who: SignIn) -> None:
    expect.set_options(timeout=60_000)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=arguments)
        for look in LOOKS:
            _take(browser, who, look)
        if who.product:
            who.product.run("operator", "grant", who.email).check_returncode()
            for look in OPERATOR_LOOKS:
                _take(browser, who, look)
        browser.close()


def _take(browser: Browser, who: SignIn, look: Look) -> None:
    width, height = look.size
    with browser.new_context(
        base_url=who.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if look.scheme == "dark" else "light",
        reduced_motion="reduce",
    ) as context:
        ids = _enter(context, who)
        page = context.new_page()
        page.goto("/app")
        settle(page)
        if page.evaluate("document.documentElement.lang") != look.language:
            with page.expect_navigation():
                page.get_by_test_id(f"language-{look.language}").dispatch_event("click")
            settle(page)
        for name, path in _pages(ids):
            if name in look.only or (not look.only and name != "operator"):
                page.goto(path)
                settle(page)
                page.screenshot(path=TARGET / f"{name}{look.suffix}.png")
                print(f"{name}{look.suffix}.png", flush=True)


def _enter(context: BrowserContext, who: SignIn) -> dict[str, str]:
    """Sign the browser in; ids for the routes with a varying part."""
    with httpx.Client(base_url=who.url, timeout=60) as client:
        answer = client.post("/api/auth/login", json={"email": who.email, "password": who.password})
        token = answer.raise_for_status().json()["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        sent = client.get("/api/campaigns", params={"status": "completed"}).json()["items"][0]
        draft = client.get("/api/campaigns", params={"status": "draft"}).json()["items"][0]
        person = client.get("/api/contacts").json()["items"][0]
    context.add_cookies([{"name": "astronote_session", "value": token, "url": who.url}])
    ids = {"campaign_id": sent["id"], "draft_id": draft["id"], "contact_id": person["id"]}
    return {name: str(number) for name, number in ids.items()}


def _pages(ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Name and address of every page; only a draft can be edited."""
    yield "not-found", "/app/nowhere"
    for route in ROUTES:
        if route.path == "404":
            continue
        of = {"campaign_id": ids["draft_id"]} if route.path.endswith("/edit") else {}
        path = re.sub(r"\[(\w+)\]", _filled(ids | of), route.path)
        name = re.sub(r"s/\[\w+\]", "", route.path).removeprefix("/app").strip("/")
        yield name.replace("/", "-") or "dashboard", path


def _filled(ids: dict[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda slot: ids[slot.group(1)]


if __name__ == "__main__":
    main()
