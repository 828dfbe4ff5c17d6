"""Every page as a Greek reader sees it: no English word, nothing wider than the window,
and nothing that axe finds serious; on a phone and on a desk, in the dark and in daylight.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext

from astronote.pages import ROUTES
from tests.support.axe import serious_findings
from tests.support.looks import english_on, overflow, settle
from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.sizes import FULL
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

LOOKS = [("dark", 390), ("light", 1440), *([("light", 390), ("dark", 1440)] if FULL else [])]


@dataclass(frozen=True)
class Furnished:
    """A Greek owner's token, and ids for the routes with a varying part."""

    token: str
    ids: dict[str, str]


@pytest.fixture(scope="module")
def furnished(product: Product) -> Furnished:
    """A shop with something on every page."""
    email = "looks@example.com"
    product.create_shop("Ανθοπωλείο Ίρις", email, language="el")
    with product.client() as stranger:
        signed_in = stranger.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    token = signed_in.json()["accessToken"]
    with product.client(token) as client:
        client.put("/api/shop", json={"quietHours": None}).raise_for_status()
        ids = {"contact_id": _people(client), "campaign_id": _campaign(client)}
        ids["job"] = _import(client)
    return Furnished(token, ids)


def _people(client: httpx.Client) -> str:
    for number, name in enumerate(("Μαρία", "Νίκος")):
        made = client.post(
            "/api/contacts",
            json={
                "phone": f"+30697000100{number}",
                "firstName": name,
                "isSubscribed": True,
                "consent": {"source": "Paper form", "text": "Ναι στις προσφορές"},
                "tags": ["πιστή"],
            },
        )
        made.raise_for_status()
    client.post("/api/lists", json={"name": "Φίλοι"}).raise_for_status()
    return str(made.json()["id"])


def _import(client: httpx.Client) -> str:
    """One with a row that is refused."""
    file = ("φίλοι.csv", "Κινητό,Όνομα\n2101234567,Ελένη\n".encode())
    made = client.post("/api/contacts/import", files={"file": file}).raise_for_status()
    address = f"/api/contacts/import/{made.json()['jobId']}"
    wait_until(lambda: client.get(address).json()["status"] == "completed")
    return address.rpartition("/")[2]


def _campaign(client: httpx.Client) -> str:
    body = {
        "name": "Άνοιξη",
        "messageText": "Καλή άνοιξη {{first_name}}!",
        "offer": {"title": "-20%"},
    }
    client.post("/api/campaigns", json=body | {"name": "Πρόχειρη"}).raise_for_status()
    address = f"/api/campaigns/{client.post('/api/campaigns', json=body).json()['id']}"
    client.post(f"{address}/enqueue").raise_for_status()
    wait_until(lambda: client.get(f"{address}/status").json()["status"] == "completed")
    return address.rpartition("/")[2]


@pytest.fixture
def reader(browser: Browser, product: Product, furnished: Furnished) -> Iterator[BrowserContext]:
    """The Greek owner's browser."""
    with _reading(browser, product, furnished.token) as made:
        yield made


@pytest.fixture
def overseer(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """A Greek operator's browser; there is a name to approve, a shop on hold, a miss."""
    email = "oversees@example.com"
    with product.client() as stranger:
        known = stranger.post("/api/auth/login", json={"email": email, "password": PASSWORD})
        if known.status_code == 401:
            made = product.create_shop("Επίβλεψη", email, language="el")
            product.run("operator", "grant", email).check_returncode()
            product.run(
                "operator", "hold", str(made["shopId"]), "--reason", "Δοκιμή"
            ).check_returncode()
            stranger.get("/s/nobodyhas1")
        known = stranger.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    token = known.raise_for_status().json()["accessToken"]
    with product.client(token) as client:
        client.put("/api/shop", json={"senderName": "Epivlepsi"}).raise_for_status()
    with _reading(browser, product, token) as browsing:
        yield browsing


@contextmanager
def _reading(browser: Browser, product: Product, token: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=product.url, locale="el-GR") as made:
        made.set_default_timeout(60_000)
        made.add_cookies(
            [
                {"name": "astronote_session", "value": token, "url": product.url},
                {"name": "astronote_language", "value": "el", "url": product.url},
            ]
        )
        yield made


def _addresses(ids: dict[str, str]) -> list[str]:
    """Of every route but the operators'."""
    filled = [re.sub(r"\[(\w+)\]", lambda slot: ids[slot.group(1)], r.path) for r in ROUTES]
    paths = [path if path != "404" else "/app/nowhere" for path in filled if "operator" not in path]
    return [*paths, f"/app/contacts/import?job={ids['job']}"]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_page_is_greek_fits_and_can_be_used_by_all(
    reader: BrowserContext, furnished: Furnished, scheme: str, width: int
) -> None:
    assert _wrong(reader, _addresses(furnished.ids), scheme, width) == {}


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_so_is_the_operators_page(overseer: BrowserContext, scheme: str, width: int) -> None:
    assert _wrong(overseer, ["/app/operator"], scheme, width) == {}


def _wrong(who: BrowserContext, paths: list[str], scheme: str, width: int) -> dict[str, object]:
    page = who.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    wrong: dict[str, object] = {}
    for path in paths:
        page.goto(path)
        settle(page)
        found = [*english_on(page), *serious_findings(page)]
        if wider := overflow(page):
            found.append(f"{wider} pixels too wide")
        if found:
            wrong[path] = found
    return wrong


def test_the_first_words_that_a_greek_reader_sees_are_greek(reader: BrowserContext) -> None:
    page = reader.new_page()
    page.add_init_script(_WATCH)
    page.goto("/app/contacts")
    settle(page)
    seen = page.evaluate("window.seen")
    assert "Επαφές" in seen
    assert not {"Contacts", "Campaigns", "Settings"} & set(seen)


_WATCH = """
window.seen = [];
const look = () => {
  for (const e of document.querySelectorAll('.a-nav a, h1'))
    if (e.checkVisibility({visibilityProperty: true})) window.seen.push(e.textContent);
  window.seen = [...new Set(window.seen)];
  requestAnimationFrame(look);
};
look();
"""
