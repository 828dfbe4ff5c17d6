"""How numbers, texts and times are shown on the phones."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from markupsafe import Markup, escape

_link = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_AFTER_LINK = ".,;:!?)]}»”’…"
# ITU-T E.164 country codes of one and two digits; all others have three.
_country = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}")


def linked(text: str) -> Markup:
    """``text`` escaped, with its http(s) addresses as links that open in a new tab."""
    out = Markup()
    end = 0
    for match in _link.finditer(text):
        url = match.group().rstrip(_AFTER_LINK)
        out += escape(text[end : match.start()])
        out += Markup(
            '<a data-testid="bubble-link" href="{0}" target="_blank" rel="noopener">{0}</a>'
        ).format(url)
        end = match.start() + len(url)
    return out + escape(text[end:])


def grouped(number: str) -> Markup:
    """An E.164 number in groups by spacing alone: copied or searched, it is the bare number."""
    digits = number.removeprefix("+")
    found = _country.match(digits)
    country = found.group() if found else ""
    rest = digits[len(country) :]
    groups = ["+" + country]
    if len(rest) % 3 == 2:
        groups.append(rest[:2])
        rest = rest[2:]
    while len(rest) > 4:
        groups.append(rest[:3])
        rest = rest[3:]
    groups.append(rest)
    return Markup("").join(Markup("<span>{}</span>").format(group) for group in groups)


def folded(text: str) -> str:
    """``text`` for searching: without case and accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).casefold()


def hue(number: str) -> int:
    """A colour for a number, in degrees: the same one every time."""
    return int(number.removeprefix("+") or 0) * 47 % 360


def day(at: float) -> str:
    """The day of a time, as the server's calendar has it."""
    date = datetime.fromtimestamp(at)
    return f"{date:%a} {date.day} {date:%b}"


def clock(at: float) -> str:
    """Hours and minutes on the server's clock (the page's script shows the reader's own)."""
    return f"{datetime.fromtimestamp(at):%H:%M}"
