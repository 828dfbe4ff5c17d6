"""Pictures of pages for the documentation: small, and the same however often they are made."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.support.chromium import find

COLOURS = 64
"""Of a kept picture: pages are flat, and it then weighs a tenth."""

LOCALES = {"el": "el-GR", "en": "en-GB"}


@dataclass(frozen=True)
class Look:
    """How a page is looked at: language, size, colour scheme, with scripts or without."""

    language: Literal["el", "en"] = "el"
    width: int = 390
    height: int = 844
    scheme: Literal["light", "dark"] = "light"
    scripts: bool = True


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that the tests use."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=find(), args=["--no-sandbox", "--hide-scrollbars"]
        )
        yield started
        started.close()


@contextmanager
def looking(browser: Browser, base_url: str, look: Look) -> Iterator[BrowserContext]:
    """A fresh visitor who looks like that."""
    with browser.new_context(
        base_url=base_url,
        locale=LOCALES[look.language],
        viewport={"width": look.width, "height": look.height},
        color_scheme=look.scheme,
        java_script_enabled=look.scripts,
        reduced_motion="reduce",
        timezone_id="Europe/Athens",
    ) as context:
        yield context


def keep(raw: bytes, path: Path) -> None:
    """Write a screenshot as a small PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(raw)) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
