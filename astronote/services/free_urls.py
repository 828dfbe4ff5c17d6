"""Web addresses inside a text: ``http`` and ``https`` only.

A sentence's own punctuation and closing brackets around an address are no part of it;
a bracket that the address itself opened is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# A personal address may hold a token, whose fallback may hold spaces. A comma directly
# before another address separates two.
_URL: Final = re.compile(
    r"https?://(?:\{\{[^{}\n]*\}\}|(?![,;|]https?://)[^\s<>\"«»“”„‟\u200b\ufeff])+",
    re.IGNORECASE,
)
_TRAILING: Final = frozenset(".,;:!?…'’‘*_~·()[]{}|\u037e")
_OPENING: Final = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Span:
    """An address and its place: ``text[start:end] == url``."""

    start: int
    end: int
    url: str

    @property
    def is_personal(self) -> bool:
        """Whether it holds a token and so differs from person to person."""
        return "{{" in self.url


def find_urls(text: str) -> list[Span]:
    """Return the web addresses in ``text``, in order."""
    if "://" not in text:
        return []
    spans = []
    for match in _URL.finditer(text):
        url = _trimmed(match.group())
        if _has_host(url):
            spans.append(Span(match.start(), match.start() + len(url), url))
    return spans


def replace_urls(text: str, replace: Callable[[str], str]) -> str:
    """Return ``text`` with each address replaced by what ``replace`` makes of it.

    Personal addresses stay: one replacement for everybody would lose the person.
    """
    pieces = []
    start = 0
    for span in find_urls(text):
        if not span.is_personal:
            pieces += [text[start : span.start], replace(span.url)]
            start = span.end
    return "".join(pieces) + text[start:]


def _trimmed(url: str) -> str:
    while url and url[-1] in _TRAILING:
        opening = _OPENING.get(url[-1])
        if opening and url.count(opening) >= url.count(url[-1]):
            break
        url = url[:-1]
    return url


def _has_host(url: str) -> bool:
    host = url.partition("://")[2]
    return host[:1].isalnum() or host[:1] in ("[", "{")
