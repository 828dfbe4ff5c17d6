"""What the app says, in the person's language: English in the code, Greek in ``locale/el``.

The English sentence is the key, as in gettext; ``locale/el/<noun>.po`` holds the Greek of
each. Services raise sentences made by :func:`say`, which remember what was put into them, so
that the edge can say them again in another language: :func:`translate`. Views use
``components.words.t``, states ``state.words.tr``.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, Self

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

Language = Literal["en", "el"]

LANGUAGES: Final[dict[Language, str]] = {"en": "English", "el": "Ελληνικά"}
"""Each language by its own name."""

LANGUAGE_COOKIE: Final = "astronote_language"
"""Not a secret, and decides nothing but looks: what the pages speak before the state comes."""

# A template with fewer letters of its own than this is found in too many texts.
_TELLING: Final = 10
_SLOT: Final = re.compile(r"\{(\w+)\}")

_GREEK: Final = Path(__file__).parent / "locale" / "el"


class Sentence(str):
    """An English sentence that knows its template and what was put into it."""

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, values: dict[str, Any]) -> Self:
        """The template with ``values`` put in; without any, as it is."""
        made = super().__new__(cls, _filled(template, values, "en"))
        made.template, made.values = template, values
        return made

    def __getnewargs__(self) -> tuple[str, dict[str, Any]]:  # type: ignore[override]
        """What a copy, and a pickle, is made from."""
        return self.template, self.values


def say(template: str, **values: Any) -> Sentence:
    """A sentence for a person: ``say("A name has at most {n} characters.", n=100)``."""
    return Sentence(template, values)


def translate(text: str, language: Language) -> str:
    """``text`` in ``language``; what the catalogue does not know stays English."""
    if language == "en":
        return str(text)
    if isinstance(text, Sentence):
        return _filled(greek().get(text.template, text.template), text.values, language)
    return greek().get(text, text)


def recognise(text: str) -> str:
    """The sentence that ``text``, kept somewhere in English, was made from; else ``text``.

    What is kept (why a campaign waits, why a row was refused) is English with its values
    put in; this finds the template again, so that :func:`translate` can say it in Greek.
    """
    return text if text in greek() else _recognised(text)


@lru_cache(maxsize=2000)
def _recognised(text: str) -> str:
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return say(template, **found.groupdict())
    return text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """A pattern for each template; those that say the most themselves come first."""
    made = []
    for template in greek():
        names = _SLOT.findall(template)
        parts = _SLOT.sub("\0", template).split("\0")
        words = sum(map(len, parts))
        if names and words >= _TELLING and len(set(names)) == len(names):
            slots = [*(f"(?P<{name}>.+?)" for name in names), ""]
            pattern = "".join(re.escape(p) + s for p, s in zip(parts, slots, strict=True))
            made.append((words, template, re.compile(pattern, re.DOTALL)))
    made.sort(key=lambda one: -one[0])
    return [(template, pattern) for _, template, pattern in made]


def _filled(template: str, values: dict[str, Any], language: Language) -> str:
    if not values:
        return template
    return template.format(**{name: _written(value, language) for name, value in values.items()})


def _written(value: Any, language: Language) -> Any:
    """Whole numbers are grouped as the language groups them; sentences speak it, too."""
    if isinstance(value, Sentence):
        return translate(value, language)
    return format_decimal(value, locale=language) if type(value) is int else value


def choose(one: str, many: str, count: int, language: Language) -> str:
    """The template for ``count`` things; English and Greek both tell one from many."""
    return translate(one if count == 1 else many, language)


@cache
def greek() -> dict[str, str]:
    """The Greek of every English sentence."""
    words: dict[str, str] = {}
    for _, english, found in catalogues():
        words.setdefault(english, found)
    return words


def catalogues() -> Iterator[tuple[str, str, str]]:
    """File, English and Greek of every entry."""
    for path in sorted(_GREEK.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="el"):
                if message.id and message.string:
                    yield path.name, str(message.id), str(message.string)
