"""Every sentence of the app has its Greek, and the Greek keeps what is put into it."""

import ast
import re
from collections.abc import Iterator

import pytest

from astronote.components.figures import STATUS_COLORS
from astronote.frontend import ROOT
from astronote.pages import ROUTES
from astronote.state.consent_sources import CONSENT_SOURCES
from astronote.words import greek

_MARKS = {"t": 1, "tr": 1, "say": 1, "trn": 2}
"""Functions that take sentences, and how many."""

_SLOTS = re.compile(r"\{(\w+)[^}]*\}")
_ROOMS = ("pages", "components", "state", "services")


def _sentences() -> Iterator[tuple[str, str]]:
    for room in _ROOMS:
        for path in sorted((ROOT / "astronote" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    for argument in node.args[: _MARKS.get(node.func.id, 0)]:
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                            yield f"{path.name}:{argument.lineno}", argument.value


def test_every_sentence_has_its_greek() -> None:
    missing = [f"{place} {english!r}" for place, english in _sentences() if english not in greek()]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("english", sorted(greek()))
def test_the_greek_keeps_what_is_put_in(english: str) -> None:
    assert sorted(_SLOTS.findall(greek()[english])) == sorted(_SLOTS.findall(english))


def test_words_that_are_not_written_in_place_have_their_greek() -> None:
    words = [route.title for route in ROUTES]
    words += [*STATUS_COLORS, *(shown for _, shown in CONSENT_SOURCES)]
    assert [english for english in words if english not in greek()] == []
