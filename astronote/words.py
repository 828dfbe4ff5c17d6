"""What the app says, in the person's language: English in the code, Greek in ``locale/el``.

The English sentence is the key, as in gettext; ``locale/el/<noun>.po`` holds the Greek of
each. Services raise sentences made by :func:`say`, which remember what was put into them, so
that the edge can say them again in another language: :func:`translate`. Views use
``components.words.t``, states ``state.words.tr``.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Self

from babel.messages.pofile import read_po

Language = Literal["en", "el"]

LANGUAGES: Final[dict[Language, str]] = {"en": "English", "el": "Ελληνικά"}
"""Each language by its own name."""

LANGUAGE_COOKIE: Final = "astronote_language"
"""Not a secret, and decides nothing but looks: what the pages speak before the state comes."""

_GREEK: Final = Path(__file__).parent / "locale" / "el"


class Sentence(str):
    """An English sentence that knows its template and what was put into it."""

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, values: dict[str, Any]) -> Self:
        """The template with ``values`` put in; without any, as it is."""
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made


def say(template: str, **values: Any) -> Sentence:
    """A sentence for a person: ``say("A name has at most {n} characters.", n=100)``."""
    return Sentence(template, values)


def translate(text: str, language: Language) -> str:
    """``text`` in ``language``; what the catalogue does not know stays English."""
    if language == "en":
        return str(text)
    if isinstance(text, Sentence):
        found = greek().get(text.template, text.template)
        return found.format(**text.values) if text.values else found
    return greek().get(text, text)


def choose(one: str, many: str, count: int, language: Language) -> str:
    """The template for ``count`` things; English and Greek both tell one from many."""
    return translate(one if count == 1 else many, language)


@cache
def greek() -> dict[str, str]:
    """The Greek of every English sentence.

    Raises:
        ValueError: two files give one sentence different words.
    """
    words: dict[str, str] = {}
    for path in sorted(_GREEK.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="el"):
                if not message.id or not message.string:
                    continue
                english, found = str(message.id), str(message.string)
                if words.setdefault(english, found) != found:
                    raise ValueError(f"{path.name}: two translations of {english!r}")
    return words
