"""The two lines that end a message: the offer's link and the way out.

    <base message>
    Claim Offer: <short link>
    To unsubscribe, tap: <short link>

They are appended exactly once. Texts pasted from messages sent earlier, or from the
system this one replaces, may already end with such lines; these are removed first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from astronote.services.greek import to_gsm


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands before the two links."""

    offer: str
    unsubscribe: str


# The Greek ones fit GSM-7: capitals of its own alphabet, Latin look-alikes for the rest.
DEFAULT_LABELS: Final = {
    "en": Labels("Claim Offer:", "To unsubscribe, tap:"),
    "el": Labels(to_gsm("Δες την προσφορά:"), to_gsm("Για διαγραφή πάτα:")),
}

# Longer ones first: an alternative must not hide the one that begins with it.
_KNOWN: Final = (
    *(label for pair in DEFAULT_LABELS.values() for label in (pair.offer, pair.unsubscribe)),
    "Click to unsubscribe:",
    "To unsubscribe:",
    "Unsubscribe:",
    "Για διαγραφή:",
    "Διαγραφή:",
)
_URL: Final = r"https?://\S+"


def strip_links_block(text: str, labels: Iterable[str] = ()) -> str:
    """Remove every offer and opt-out line from ``text``.

    A line is one when it is a label, with or without its address. The default labels of
    all languages are found inside a line too, before an address; ``labels`` (the shop's
    own) only at the start of a line, because they may be ordinary words. Case, accents
    and Greek written in GSM capitals make no difference.
    """
    pattern = _pattern(tuple(sorted({label for label in labels if _bare(label)})))
    skeleton = _skeleton(text)
    kept = []
    start = 0
    for match in pattern.finditer(skeleton):
        kept.append(text[start : match.start()])
        start = match.end()
    if not kept:
        return text.rstrip()
    kept.append(text[start:])
    return re.sub(r"[ \t]*\n(?:[ \t]*\n){2,}", "\n\n", "".join(kept)).strip()


def append_links(
    base: str,
    offer_label: str,
    offer_url: str | None,
    unsubscribe_label: str,
    unsubscribe_url: str | None,
) -> str:
    """Append the lines of the given addresses to ``base``, which must have none yet."""
    lines = [base] if base else []
    if offer_url:
        lines.append(f"{offer_label} {offer_url}" if offer_label else offer_url)
    if unsubscribe_url:
        lines.append(
            f"{unsubscribe_label} {unsubscribe_url}" if unsubscribe_label else unsubscribe_url
        )
    return "\n".join(lines)


def with_links(
    base: str,
    offer_label: str,
    offer_url: str | None,
    unsubscribe_label: str,
    unsubscribe_url: str | None,
) -> str:
    """Return ``base`` ending with exactly the given lines, whatever it ended with before."""
    stripped = strip_links_block(base, (offer_label, unsubscribe_label))
    return append_links(stripped, offer_label, offer_url, unsubscribe_label, unsubscribe_url)


@lru_cache(maxsize=256)
def _pattern(own: tuple[str, ...]) -> re.Pattern[str]:
    known = "|".join(_as_pattern(label) for label in _KNOWN)
    every = "|".join(_as_pattern(label) for label in (*_KNOWN, *own))
    whole_line = rf"(?:^|(?<=\n))[ \t]*(?:{every})(?:[ \t]*:)?[ \t]*(?:{_URL})?[ \t]*(?:\n|\Z)"
    line_start = rf"(?:^|(?<=\n))[ \t]*(?:{every})(?:[ \t]*:)?[ \t]*{_URL}[ \t]*"
    inside = rf"[ \t]*\b(?:{known})(?:[ \t]*:)?[ \t]*{_URL}"
    return re.compile(f"{whole_line}|{line_start}|{inside}")


def _as_pattern(label: str) -> str:
    return r"[ \t]+".join(re.escape(word) for word in _skeleton(_bare(label)).split())


def _bare(label: str) -> str:
    return label.strip().rstrip(":").rstrip()


def _skeleton(text: str) -> str:
    """Small letters without accents or script, one for each character of ``text``."""
    return "".join([_letter(char) for char in text])


@lru_cache(maxsize=4096)
def _letter(char: str) -> str:
    plain = to_gsm(char).lower()
    return plain if len(plain) == 1 else char
