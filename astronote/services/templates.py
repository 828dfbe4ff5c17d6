"""Message templates: ``{{first_name}}``, ``{{last_name}}``, ``{{shop_name}}``.

A fallback follows a bar and stands where the person's value is empty:
``{{first_name|there}}``. Without one, the empty place is closed up again: no double
space, no space before a comma, no comma at the start of a line.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from astronote.errors import Invalid
from astronote.services.free_urls import Span, find_urls, replace_urls
from astronote.services.links_block import append_links, strip_links_block, with_links
from astronote.words import say

__all__ = [
    "TOKENS",
    "Slot",
    "Span",
    "Template",
    "append_links",
    "compile",
    "find_urls",
    "render",
    "replace_urls",
    "strip_links_block",
    "with_links",
]

TOKENS: Final = ("first_name", "last_name", "shop_name")

_TOKEN: Final = re.compile(r"(?<!\{)\{\{[ \t]*([^{}|\n]*?)[ \t]*(?:\|([^{}|\n]*))?\}\}(?!\})")
_STRAY: Final = re.compile(r"\{\{|\}\}|\{[ \t]*(?:first_name|last_name|shop_name)\b[^{}\n]*\}")
_UNSENDABLE: Final = re.compile("[\x00-\x09\x0b\x0e-\x1f\x7f\ud800-\udfff]")

# Stands for an empty value while its surroundings are closed up; compile() keeps it
# out of texts and render() out of names.
_GAP: Final = "\x00"
_GAPS: Final = re.compile(r"\x00(?:[ \t]*\x00)+")
_AT_LINE_START: Final = re.compile(r"(^|\n)[ \t]*\x00[ \t]*[,;:!.·]*[ \t]*([^\W\d_])?")
_BEFORE_STOP: Final = re.compile(r"[ \t]*\x00[ \t]*(?=[,.;:!?…·)»\]]|\n|\Z)")
_BETWEEN: Final = re.compile(r"([ \t(«\[])\x00[ \t]+|\x00")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value: its token's name and what stands there when it is empty."""

    name: str
    fallback: str


@dataclass(frozen=True, slots=True)
class Template:
    """A checked text; ``pattern`` has one ``%s`` for each of ``slots``."""

    source: str
    pattern: str
    slots: tuple[Slot, ...]

    @property
    def is_personal(self) -> bool:
        """Whether recipients may receive different texts."""
        return any(slot.name != "shop_name" for slot in self.slots)


def compile(text: str, field: str = "messageText") -> Template:
    """Check ``text`` and make it ready for rendering.

    Raises ``Invalid`` on ``field``: ``unknown_token``, with ``token``, for a token that
    is unknown or malformed, ``unsendable_character`` for control characters and broken
    surrogates.
    """
    bad = _UNSENDABLE.search(text := _tidied(text))
    if bad:
        raise Invalid(
            say(
                "The text contains a character that no phone can show ({code}).",
                code=f"U+{ord(bad.group()):04X}",
            ),
            code="unsendable_character",
            field=field,
        )
    try:
        return _parse(text)
    except _UnknownToken as unknown:
        raise _refusal(unknown.token, field) from None


def _parse(text: str) -> Template:
    literals: list[str] = []
    slots: list[Slot] = []
    start = 0
    for match in _TOKEN.finditer(text):
        literals.append(_literal(text, start, match.start()))
        slots.append(_slot(match))
        start = match.end()
    literals.append(_literal(text, start, len(text)))
    pattern = "%s".join(literal.replace("%", "%%") for literal in literals)
    return Template(text, pattern, tuple(slots))


def render(
    template: Template, first_name: str | None, last_name: str | None, shop_name: str
) -> str:
    """Fill the tokens in; values are never read as templates again."""
    if not template.slots:
        return template.pattern % ()
    values = {"first_name": first_name, "last_name": last_name, "shop_name": shop_name}
    filled = tuple([values[slot.name] or slot.fallback or _GAP for slot in template.slots])
    text = template.pattern % filled
    return _close_gaps(text) if _GAP in text else text


class _UnknownToken(Exception):
    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token


def _tidied(text: str) -> str:
    """One kind of line end, composed letters (half the cost), no tabs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", text)


def _slot(match: re.Match[str]) -> Slot:
    name, fallback = match.groups()
    if name not in TOKENS:
        raise _UnknownToken(match.group())
    return Slot(name, (fallback or "").strip())


def _literal(text: str, start: int, end: int) -> str:
    literal = text[start:end]
    stray = _STRAY.search(literal)
    if stray:
        raise _UnknownToken(text[start + stray.start() :].partition("\n")[0][:30])
    return literal


def _refusal(token: str, field: str) -> Invalid:
    known = ", ".join(f"{{{{{name}}}}}" for name in TOKENS)
    return Invalid(
        say(
            "{token} is not a token that can be filled in. Use {known}, "
            "or with a fallback {example}.",
            token=token,
            known=known,
            example="{{first_name|there}}",
        ),
        code="unknown_token",
        field=field,
        token=token,
    )


def _close_gaps(text: str) -> str:
    text = _GAPS.sub(_GAP, text)
    text = _AT_LINE_START.sub(lambda m: m.group(1) + (m.group(2) or "").upper(), text)
    text = _BEFORE_STOP.sub("", text)
    return _BETWEEN.sub(lambda m: m.group(1) or "", text)
