"""``python -m tests.support.public_screenshots [FOLDER]``: every public page, in both
languages, as a phone without scripts shows it; by default into ``docs/screenshots/public``.

``SIZES=320x640,1440x900`` makes other sizes, ``SCHEME=dark`` the other colours.
"""

import os
import sys
from pathlib import Path
from typing import Literal, cast

from astronote.frontend import ROOT
from benchmarks import ground
from tests.support.public_pages import PublicPage, public_pages
from tests.support.screenshots import Look, chromium, keep, looking
from tests.support.shops import ShopUnderTest, make_shop

FOLDER = ROOT / "docs" / "screenshots" / "public"
SHOP = "Παπουτσής"


def main(folder: Path) -> None:
    """Start a product, furnish a shop, and take all pictures."""
    with ground.product() as product, chromium() as browser:
        shop = make_shop(name=SHOP)
        pages = public_pages(shop)
        for look in _looks():
            with looking(browser, product.url, look) as context:
                page = context.new_page()
                for shown in sorted(pages, key=lambda one: one.by_staff):
                    if shown.by_staff:
                        context.add_cookies([_cookie(shop, product.url)])  # type: ignore[list-item]
                    page.goto(shown.path)
                    keep(page.screenshot(full_page=True), folder / _name(shown, look))


def _looks() -> list[Look]:
    sizes = os.environ.get("SIZES", "390x844").split(",")
    scheme = cast('Literal["light", "dark"]', os.environ.get("SCHEME", "light"))
    return [
        Look(language, *map(int, size.split("x")), scheme=scheme, scripts=False)
        for size in sizes
        for language in ("el", "en")
    ]


def _name(shown: PublicPage, look: Look) -> str:
    size = "" if "SIZES" not in os.environ else f"-{look.width}"
    return f"{shown.name}-{look.language}{size}.png"


def _cookie(shop: ShopUnderTest, url: str) -> dict[str, str]:
    return {"name": "astronote_session", "value": shop.token, "url": url}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
