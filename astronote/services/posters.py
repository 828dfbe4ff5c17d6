"""Posters for the wall: an A4 sheet as SVG, with the shop's logo and name, and the QR code to
join."""

import base64
import re
import textwrap
from typing import Final

from astronote.services import logos, qr
from astronote.services.join_links import JoinLink
from astronote.services.shops import ShopRow

_INVITES: Final = {
    ("en", "join"): ("Offers and news by SMS", "Scan with your phone's camera"),
    ("en", "nfc"): ("Offers and news by SMS", "Hold your phone here, or scan"),
    ("el", "join"): ("Νέα και προσφορές με SMS", "Σκανάρετε με την κάμερα του κινητού"),
    ("el", "nfc"): ("Νέα και προσφορές με SMS", "Πλησιάστε το κινητό ή σκανάρετε"),
}
_INK: Final = "#1b1c1f"
_QUIET: Final = "#5c5f66"
_FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_WIDTH, _HEIGHT, _SIDE = 210, 297, 120
"""Millimetres of an A4 sheet, and of the code on it."""
_NAME_WIDTH: Final = 178
_LOGO_BOX: Final = (120, 26)
"""Millimetres that a logo may take, as wide and as high."""
_LETTER: Final = 0.68
"""Width of a bold letter in heights, with some to spare: Greek ones are wide."""


def poster(shop: ShopRow, link: JoinLink, logo: bytes | None = None) -> str:
    """The sheet, ready to print; only attributes, no styles and no scripts.

    Args:
        logo: the shop's, as :mod:`astronote.services.logos` keeps it.
    """
    headline, hint = _INVITES[shop.locale, link.kind]
    size, lines = _fitted(shop.name, _BESIDE_LOGO if logo else _ALONE)
    # The name's lines stand around one height: the upper part's, or what a logo leaves of it.
    top = (66 if logo else 46) - (len(lines) - 1) * size * 1.15 / 2
    below = 93 if logo else 88
    names = "".join(
        _text(line, top + n * size * 1.15, size, _INK, "700") for n, line in enumerate(lines)
    )
    left, code_top = (_WIDTH - _SIDE) / 2, 106
    code = qr.svg(link.url, headline).replace(
        "<svg ", f'<svg x="{left}" y="{code_top}" width="{_SIDE}" height="{_SIDE}" ', 1
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}mm" height="{_HEIGHT}mm" font-family="{_FONT}" text-anchor="middle">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
        f'<rect width="{_WIDTH}" height="16" fill="{shop.color}"/>'
        f'<rect y="{_HEIGHT - 8}" width="{_WIDTH}" height="8" fill="{shop.color}"/>'
        f"{_picture(logo) if logo else ''}{names}{_text(headline, below, 11, _INK, '600')}"
        f'<rect x="{left - 4}" y="{code_top - 4}" width="{_SIDE + 8}" height="{_SIDE + 8}" '
        f'rx="6" fill="none" stroke="{shop.color}" stroke-width="1.6"/>{code}'
        f"{_text(hint, 250, 8.5, _INK, '500')}"
        f"{_text(re.sub('^https?://', '', link.url), 266, 6, _QUIET, '400')}</svg>"
    )


def print_page(shop: ShopRow, link: JoinLink, logo: bytes | None = None) -> str:
    """The sheet as a page made for printing: A4, no margins, and the browser's own dialog."""
    title = _escaped(f"{link.name} · {shop.name}")
    return (
        f'<!doctype html><html lang="{shop.locale}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{PRINT_STYLE}</style></head>"
        f"<body>{poster(shop, link, logo)}<script>{PRINT_SCRIPT}</script></body></html>"
    )


PRINT_STYLE: Final = (
    "@page{size:A4;margin:0}body{margin:0;background:#e8e8e6}"
    "svg{display:block}body>svg{width:210mm;max-width:100%;height:auto;margin:0 auto}"
    "@media print{body{background:none}body>svg{width:210mm;height:297mm;max-width:none}}"
)
PRINT_SCRIPT: Final = 'addEventListener("load",()=>print())'


_ALONE: Final = (22, 13, 13)
_BESIDE_LOGO: Final = (16, 10.5, 8)
"""Millimetres of the letters of a name on one, two or three lines, at most."""


def _picture(logo: bytes) -> str:
    """The logo in the middle under the band; a PNG, which every program that prints reads."""
    content, (width, height) = logos.as_png(logo)
    scale = min(_LOGO_BOX[0] / width, _LOGO_BOX[1] / height)
    wide, high = round(width * scale, 1), round(height * scale, 1)
    left, top = round((_WIDTH - wide) / 2, 1), round(35 - high / 2, 1)
    data = base64.b64encode(content).decode()
    return (
        f'<image x="{left}" y="{top}" width="{wide}" height="{high}" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _fitted(name: str, most: tuple[float, float, float]) -> tuple[float, list[str]]:
    """The name's size in millimetres and its lines: as large as the sheet lets it be."""
    count = 1 if len(name) <= 22 else 2 if len(name) <= 52 else 3
    lines = textwrap.wrap(name, max(22, len(name) // count + 5))[:3]
    longest = max(len(line) for line in lines)
    return round(min(most[len(lines) - 1], _NAME_WIDTH / (_LETTER * longest)), 1), lines


def _text(line: str, y: float, size: float, fill: str, weight: str) -> str:
    safe = _escaped(line)
    return (
        f'<text x="{_WIDTH / 2}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" '
        f'fill="{fill}">{safe}</text>'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
