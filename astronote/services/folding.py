"""Text as people search for it: without case, accents and the Greek final sigma.

``fold`` is the Python side of the SQL function ``search_fold`` (first migration): NFKD,
combining marks U+0300-U+036F removed, lower case, ``ς`` as ``σ``, and the letters that
have no decomposition as PostgreSQL's ``unaccent`` writes them (``ø`` as ``o``, ``ß`` as
``ss``, ``’`` as ``'``). The two agree on every letter of Greek, of Cyrillic and of Latin
up to U+017F and in U+1E00-U+1EF9, and on the apostrophes and hyphens of names; they may
differ on phonetic letters and on symbols (``unaccent`` writes ``©`` as ``(C)``).
"""

import re
import unicodedata
from typing import Final

_MARKS: Final = re.compile("[\u0300-\u036f]+")
_UNDECOMPOSED: Final = str.maketrans(
    {
        "ς": "σ",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ĸ": "q",
        "ŋ": "n",
        "ŧ": "t",
        **dict.fromkeys("ẜẝ", "s"),
        **dict.fromkeys("’‘‛ʼ\u02b9", "'"),
        **dict.fromkeys("‐‑‒–—―", "-"),
    }
)


def fold(text: str) -> str:
    """Return ``text`` in the form in which searches compare it."""
    if text.isascii():
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return bare.lower().translate(_UNDECOMPOSED)
