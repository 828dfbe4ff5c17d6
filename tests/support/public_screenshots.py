"""``python -m tests.support.public_screenshots [FOLDER]``: every public page, in both
languages, as a phone without scripts shows it; by default into ``docs/screenshots/public``.

``SIZES=320x640,1440x900`` makes other sizes, ``SCHEME=dark`` the other colours.
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from astronote import db
from astronote.frontend import ROOT
from astronote.services import logos
from astronote.settings import settings
from tests.support import cluster
from tests.support.chromium import find
from tests.support.pages import origin, serving
from tests.support.public_pages import PublicPage, public_pages
from tests.support.shops import ShopUnderTest, make_shop

FOLDER = ROOT / "docs" / "screenshots" / "public"
SHOP = "Παπουτσής"
_SECRETS = ("JWT_SECRET", "UNSUBSCRIBE_TOKEN_SECRET", "WEBHOOK_SECRET", "PHONE_HASH_SECRET")


@dataclass(frozen=True)
class Look:
    """A phone, or what else has such a window, and its language."""

    language: str
    width: int
    height: int
    scheme: Literal["light", "dark"]


def main(folder: Path) -> None:
    """Start the pages over a database of their own, furnish a shop, take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with _served() as url, _chromium() as browser:
        shop = make_shop(name=SHOP)
        with db.transaction(shop.id) as session:
            logos.change(session, shop.id, shop.owner, logos.redraw(_logo()))
        pages = public_pages(shop)
        for look in _looks():
            with _looking(browser, url, look) as context:
                page = context.new_page()
                for shown in sorted(pages, key=lambda one: one.by_staff):
                    if shown.by_staff:
                        context.add_cookies([_cookie(shop, url)])  # type: ignore[list-item]
                    page.goto(shown.path)
                    _keep(page.screenshot(full_page=True), folder / _name(shown, look))


def _keep(picture: bytes, path: Path) -> None:
    """Few colours are enough, and make a quarter of the file."""
    with Image.open(io.BytesIO(picture)) as taken:
        taken.convert("RGB").quantize(64).save(path, optimize=True)


@contextmanager
def _chromium() -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=arguments)
        yield browser
        browser.close()


@contextmanager
def _looking(browser: Browser, url: str, look: Look) -> Iterator[BrowserContext]:
    with browser.new_context(
        base_url=url,
        viewport={"width": look.width, "height": look.height},
        locale="el-GR" if look.language == "el" else "en-GB",
        color_scheme=look.scheme,
        java_script_enabled=False,
    ) as context:
        yield context


def _logo() -> bytes:
    """A shoe, more or less."""
    drawn = Image.new("RGB", (480, 200), "white")
    draw = ImageDraw.Draw(drawn)
    draw.polygon([(40, 40), (150, 40), (230, 100), (420, 120), (440, 160), (40, 160)], "#0b7a75")
    draw.rectangle((40, 165, 440, 180), "#1b1c1f")
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


@contextmanager
def _served() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="astronote-data-") as data:
        os.environ |= {name: f"{name.lower()}-of-the-screenshots" for name in _SECRETS}
        os.environ |= {"ASTRONOTE_EMBEDDED": "1", "ASTRONOTE_DATA_DIR": data}
        storage = cluster.start()
        try:
            database = cluster.WorkerDatabase("screenshots", storage)
            database.create()
            os.environ |= {"DATABASE_URL": database.url, "REDIS_URL": storage.redis_url}
            settings.cache_clear()
            with serving(origin()) as url:
                yield url
            db.dispose()
        finally:
            storage.stop()
            cluster.remove_folder()


def _looks() -> list[Look]:
    sizes = os.environ.get("SIZES", "390x844").split(",")
    scheme = cast('Literal["light", "dark"]', os.environ.get("SCHEME", "light"))
    return [Look(language, *_size(size), scheme) for size in sizes for language in ("el", "en")]


def _size(written: str) -> tuple[int, int]:
    width, height = written.split("x")
    return int(width), int(height)


def _name(shown: PublicPage, look: Look) -> str:
    size = "" if "SIZES" not in os.environ else f"-{look.width}"
    return f"{shown.name}-{look.language}{size}.png"


def _cookie(shop: ShopUnderTest, url: str) -> dict[str, str]:
    return {"name": "astronote_session", "value": shop.token, "url": url}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
