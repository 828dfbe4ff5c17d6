"""Greek in the GSM 7-bit alphabet.

GSM-7 has no small Greek letters and only ten capitals, those that Latin lacks. Written
in unaccented capitals, with Latin look-alikes for the other fourteen, a Greek text takes
160 characters a part instead of 70, and reads the same.

The rule of ``to_gsm``, one for a whole text so that it never mixes styles:

- links, e-mail addresses and bare web addresses are never touched;
- a text that contains a Greek letter is written in capitals, its Latin words too;
- any other text keeps its case; only what does not fit is replaced (``–`` by ``-``,
  ``ő`` by ``o``);
- a character without a counterpart (an emoji, Cyrillic) stays, and the text UCS-2.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from astronote.services import gsm
from astronote.services.free_urls import find_urls

_LOOK_ALIKES: Final = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))

_PLAIN: Final[dict[str, str]] = {
    **dict.fromkeys("«»“”„‟″¨˝", '"'),
    **dict.fromkeys("‘’‚‛′´`΄᾽᾿ʼ‹›", "'"),
    **dict.fromkeys("–—―‒−‐‑⁃•‣▪●", "-"),
    **dict.fromkeys("\u200b\u200c\u2060\ufeff\u00ad\u200e\u200f", ""),
    **dict.fromkeys("\u2028\u2029\x0b\x85", "\n"),
    **dict.fromkeys("\u0387\u00b7\u2219\u22c5", "."),
    "\t": " ",
    "…": "...",
    "⁄": "/",
    "÷": "/",
    "×": "x",
    "°": "o",
    "©": "(C)",
    "®": "(R)",
    "¦": "|",
    "ϗ": "και",
    "∆": "Δ",
    "∑": "Σ",
    "∏": "Π",
    "ı": "i",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "œ": "oe",
    "þ": "th",
    "Đ": "D",
    "Ð": "D",
    "Ł": "L",
    "Œ": "OE",
    "Þ": "TH",
}

_GREEK: Final = re.compile(
    "[\u0370-\u0373\u0376-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fbc\u1fc2-\u1fff]"
)
_BARE_ADDRESS: Final = re.compile(
    r"(www\.[a-z0-9][!-~]*"
    r"|[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"
    r"|(?:[a-z0-9-]+\.)+[a-z]{2,}/[!-~]*)",
    re.IGNORECASE | re.ASCII,
)


class _Rewriting(dict[int, str]):
    """A ``str.translate`` table that works its entries out when first asked."""

    def __init__(self, rewrite: Callable[[str], str]) -> None:
        super().__init__()
        self._rewrite = rewrite

    def __missing__(self, code: int) -> str:
        self[code] = answer = self._rewrite(chr(code))
        return answer


def to_gsm(text: str) -> str:
    """Write ``text`` in the GSM alphabet as far as it goes; links stay as they are."""
    if text.isascii() and gsm.fits(text):
        return text
    pieces = _protect(text)
    spoken = [unicodedata.normalize("NFC", piece) for piece in pieces[0::2]]
    table = _CAPITALS if any(map(_GREEK.search, spoken)) else _AS_IT_IS
    pieces[0::2] = [piece.translate(table) for piece in spoken]
    return "".join(pieces)


def _protect(text: str) -> list[str]:
    """Split into what may change (even places) and addresses, which may not (odd)."""
    pieces: list[str] = []
    start = 0
    for span in find_urls(text):
        pieces += [*_split_bare(text[start : span.start]), span.url]
        start = span.end
    return pieces + _split_bare(text[start:])


def _split_bare(text: str) -> list[str]:
    # The plain look spares most texts the search.
    if "@" in text or "/" in text or "www." in text:
        return _BARE_ADDRESS.split(text)
    return [text]


def _keep_case(char: str) -> str:
    """Replace a character that does not fit by its nearest that does, or keep it."""
    if char in gsm.ALPHABET:
        return char
    if char in _PLAIN:
        return _PLAIN[char]
    if "\u0300" <= char <= "\u036f":
        return ""
    bare = _without_marks(char)
    nearest = "".join(_PLAIN.get(c, c) for c in bare)
    return nearest if gsm.fits(nearest) else char


def _capital(char: str) -> str:
    """Write a character as a capital of the GSM alphabet, or keep it."""
    if char == "ß":
        return char
    bare = _PLAIN.get(char, char)
    for shape in (bare.upper(), _without_marks(bare).upper()):
        capital = "".join(_LOOK_ALIKES.get(c, c) for c in shape)
        if gsm.fits(capital):
            return capital
    return _keep_case(char)


def _without_marks(text: str) -> str:
    """Drop accents, dialytika and the iota below; unfold compatibility characters."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_CAPITALS: Final = _Rewriting(_capital)
_AS_IT_IS: Final = _Rewriting(_keep_case)
