"""Every sentence of the app has its Greek, and the Greek keeps what is put into it."""

import re
from collections.abc import Iterable

from astronote.components.figures import STATUS_COLORS
from astronote.pages import ROUTES
from astronote.state.consent_sources import CONSENT_SOURCES
from astronote.words import catalogues, greek
from tests.support.sentences import Found, bare, details, marked, refusals

_SLOTS = re.compile(r"\{(\w+)[^}]*\}")

_ROOMS = ("pages", "components", "state", "services", "api/uploads.py", "api/imports.py")


def _without_greek(found: Iterable[Found]) -> str:
    return "\n".join(
        sorted({f"{f.place} {f.text!r}" for f in found if f.text and f.text not in greek()})
    )


def test_every_sentence_has_its_greek() -> None:
    assert _without_greek(marked(*_ROOMS)) == ""


def test_every_refusal_has_its_greek() -> None:
    assert _without_greek([*refusals(*_ROOMS[2:]), *details()]) == ""


def test_refusals_remember_what_is_put_into_them() -> None:
    made = [found.place for found in refusals(*_ROOMS[2:]) if found.text is None]
    assert made == [], "write say('… {n} …', n=…) instead of an f-string"


def test_pages_show_no_english_as_it_is() -> None:
    assert [f"{found.place} {found.text!r}" for found in bare("pages", "components")] == []


def test_states_show_no_english_that_is_not_translated() -> None:
    # Words of a table may stand unmarked where they are looked up by `tr`.
    assert _without_greek(bare("state")) == ""


def test_the_greek_keeps_what_is_put_in() -> None:
    lost = [
        english
        for english, words in greek().items()
        if sorted(_SLOTS.findall(words)) != sorted(_SLOTS.findall(english))
    ]
    assert lost == []


def test_no_two_catalogues_say_one_sentence_in_two_ways() -> None:
    told: dict[str, set[str]] = {}
    for _, english, words in catalogues():
        told.setdefault(english, set()).add(words)
    assert {english: words for english, words in told.items() if len(words) > 1} == {}


def test_what_is_put_in_is_written_before() -> None:
    assert [e for e in greek() if re.search(r"\{\w+[:!]", e)] == []


def test_words_that_are_not_written_in_place_have_their_greek() -> None:
    words = [route.title for route in ROUTES]
    words += [*STATUS_COLORS, *(shown for _, shown in CONSENT_SOURCES)]
    assert [english for english in words if english not in greek()] == []
