"""How a text becomes SMS parts: encoding, characters, parts.

A text that fits the GSM 7-bit alphabet is counted in septets (extension characters
take two), any other in UTF-16 code units (UCS-2). One part holds 160 septets or 70
units; a longer text gives up six octets of every part to the concatenation header
(3GPP TS 23.040, 9.2.3.24) and has 153 or 67. Neither the two septets of an extension
character nor the two halves of a surrogate pair are ever put into different parts.
"""

from dataclasses import dataclass
from typing import Final, Literal

from astronote.services import gsm
from astronote.services.greek import to_gsm

Encoding = Literal["GSM-7", "UCS-2"]

GSM_SINGLE: Final = 160
GSM_PART: Final = 153
UCS2_SINGLE: Final = 70
UCS2_PART: Final = 67

_ESCAPE: Final = "\x1b"


@dataclass(frozen=True, slots=True)
class Offender:
    """A character outside the GSM alphabet; ``index`` counts code points of the text."""

    char: str
    index: int


@dataclass(frozen=True, slots=True)
class TextAnalysis:
    """What a text costs.

    ``characters`` counts what fills a part: septets or UTF-16 code units; ``per_part``
    is how many of them one part of *this* text holds. ``gsm_rewrite`` is the same text
    in the GSM alphabet, where it is not there yet and the rewriting brings it there.
    """

    encoding: Encoding
    characters: int
    parts: int
    per_part: int
    offending: tuple[Offender, ...]
    gsm_rewrite: str | None


def measure(text: str) -> tuple[Encoding, int]:
    """Return encoding and number of parts, quickly; an empty text has no parts."""
    if gsm.NOT_BASIC.search(text) is None:
        length = len(text)
        if length <= GSM_SINGLE:
            return "GSM-7", 1 if length else 0
        return "GSM-7", -(-length // GSM_PART)
    if gsm.NOT_GSM.search(text) is None:
        return "GSM-7", _gsm_parts(_septets(text))
    return "UCS-2", _ucs2_parts(_units(text))


def parts(text: str) -> int:
    """Return how many SMS parts ``text`` takes."""
    return measure(text)[1]


def split(text: str) -> list[str]:
    """What each SMS part of ``text`` holds; joined they are the text again."""
    if gsm.fits(text):
        sizes = [2 if char in gsm.EXTENSION else 1 for char in text]
        single, part = GSM_SINGLE, GSM_PART
    else:
        sizes = [2 if char > "\uffff" else 1 for char in text]
        single, part = UCS2_SINGLE, UCS2_PART
    if sum(sizes) <= single:
        return [text] if text else []
    found, start, room = [], 0, part
    for index, size in enumerate(sizes):
        if size > room:
            found.append(text[start:index])
            start, room = index, part
        room -= size
    return [*found, text[start:]]


def analyse(text: str) -> TextAnalysis:
    """Count ``text`` and name every character that keeps it out of GSM-7."""
    if gsm.fits(text):
        septets = _septets(text)
        count = _gsm_parts(septets)
        per_part = GSM_SINGLE if count <= 1 else GSM_PART
        return TextAnalysis("GSM-7", len(septets), count, per_part, (), None)
    units = _units(text)
    count = _ucs2_parts(units)
    offending = tuple(
        Offender(_printable(match.group()), match.start()) for match in gsm.NOT_GSM.finditer(text)
    )
    rewritten = to_gsm(text)
    return TextAnalysis(
        "UCS-2",
        len(units) // 2,
        count,
        UCS2_SINGLE if count <= 1 else UCS2_PART,
        offending,
        rewritten if gsm.fits(rewritten) else None,
    )


def _septets(text: str) -> str:
    """Spell ``text`` out as one character per septet."""
    return gsm.EXTENDED.sub(_ESCAPE + r"\1", text)


def _units(text: str) -> bytes:
    """Spell ``text`` out as two octets per UTF-16 code unit; lone surrogates stay."""
    return text.encode("utf-16-be", "surrogatepass")


def _gsm_parts(septets: str) -> int:
    if len(septets) <= GSM_SINGLE:
        return 1 if septets else 0
    count = start = 0
    while start < len(septets):
        end = start + GSM_PART
        # An escape at the end of a part moves to the next with its character.
        start = end - 1 if septets[end - 1 : end] == _ESCAPE else end
        count += 1
    return count


def _ucs2_parts(units: bytes) -> int:
    total = len(units) // 2
    if total <= UCS2_SINGLE:
        return 1 if total else 0
    count = start = 0
    while start < total:
        end = start + UCS2_PART
        if end < total and _is_high_surrogate(units, end - 1):
            end -= 1
        start = end
        count += 1
    return count


def _is_high_surrogate(units: bytes, index: int) -> bool:
    return units[2 * index] & 0xFC == 0xD8


def _printable(char: str) -> str:
    """A lone surrogate cannot be written as UTF-8: show the replacement character."""
    return "\ufffd" if "\ud800" <= char <= "\udfff" else char
