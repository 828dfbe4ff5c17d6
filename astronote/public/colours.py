"""A shop's colour on a page: whatever it is, words stay readable (WCAG 2.2 AA)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_Rgb = tuple[float, float, float]

HOUSE: Final = "#5b5bd6"
"""The product's own accent, where no shop is known."""

_CARD_LIGHT: Final = "#ffffff"
_PAGE_LIGHT: Final = "#f5f5f3"
_CARD_DARK: Final = "#1c1e22"
_WHITE: Final = "#ffffff"
_BLACK: Final = "#000000"


@dataclass(frozen=True)
class Accent:
    """Colours of one theme: a filled surface, what is written on it, its edge, links."""

    fill: str
    on_fill: str
    edge: str
    link: str


@lru_cache(maxsize=2000)
def accents(colour: str) -> tuple[Accent, Accent]:
    """The light and the dark theme's accents made of ``#rrggbb``."""
    # Where white does not reach 4.5:1, black always does.
    on_fill = _WHITE if contrast(_WHITE, colour) >= 4.5 else _BLACK
    light = _readable(colour, _PAGE_LIGHT, towards=0.0)
    dark = _readable(colour, _CARD_DARK, towards=1.0)
    return (
        Accent(colour, on_fill, _edge(colour, _CARD_LIGHT, light), light),
        Accent(colour, on_fill, _edge(colour, _CARD_DARK, dark), dark),
    )


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _edge(fill: str, behind: str, visible: str) -> str:
    """A border where the surface alone would not show (3:1 for what is not text)."""
    return fill if contrast(fill, behind) >= 3 else visible


def _readable(colour: str, behind: str, towards: float) -> str:
    """``colour`` moved towards black (0) or white (1) until text in it reads on ``behind``."""
    start = _rgb(colour)
    for step in range(21):
        mixed = "#" + "".join(f"{round(255 * (c + (towards - c) * step / 20)):02x}" for c in start)
        if contrast(mixed, behind) >= 4.6:
            return mixed
    return _WHITE if towards else _BLACK


def _rgb(colour: str) -> _Rgb:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _luminance(rgb: _Rgb) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
