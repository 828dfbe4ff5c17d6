"""Which language a page speaks, and how it writes a date."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from astronote.public.words_el import WORDS as GREEK
from astronote.public.words_en import WORDS as ENGLISH

WORDS: Final[Mapping[str, Mapping[str, str]]] = {"en": ENGLISH, "el": GREEK}

# fmt: off
_MONTHS: Final = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August",
           "September", "October", "November", "December"),
    "el": ("Ιανουαρίου", "Φεβρουαρίου", "Μαρτίου", "Απριλίου", "Μαΐου", "Ιουνίου", "Ιουλίου",
           "Αυγούστου", "Σεπτεμβρίου", "Οκτωβρίου", "Νοεμβρίου", "Δεκεμβρίου"),
}
# fmt: on


def choose(accept_language: str, shop_locale: str | None) -> str:
    """``en`` or ``el``: what the browser asks for first, else the shop's, else English."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in WORDS:
            wanted.append((-_quality(parameters), place, language))
    if wanted:
        return min(wanted)[2]
    return shop_locale if shop_locale is not None and shop_locale in WORDS else "en"


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def say(language: str, key: str, **values: object) -> str:
    """The sentence ``key`` in ``language``, with ``values`` put in."""
    sentence = WORDS[language][key]
    return sentence.format(**values) if values else sentence


def written(language: str, moment: datetime, zone: str) -> str:
    """``30 November 2026, 21:00`` as the clock on the shop's wall says it."""
    local = moment.astimezone(ZoneInfo(zone))
    month = _MONTHS[language][local.month - 1]
    return f"{local.day} {month} {local.year}, {local:%H:%M}"
