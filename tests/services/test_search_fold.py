"""Python and SQL fold texts alike, or searches would miss what is there."""

import unicodedata

import pytest
import sqlalchemy as sa

from astronote import db
from astronote.services.folding import fold

pytestmark = pytest.mark.usefixtures("database")


def folded_by_sql(texts: list[str]) -> list[str]:
    query = sa.text(
        "SELECT search_fold(value) FROM unnest(CAST(:texts AS text[])) "
        "WITH ORDINALITY AS t(value, place) ORDER BY place"
    )
    with db.system_transaction() as session:
        return list(session.scalars(query, {"texts": texts}))


def test_every_letter_of_greek_cyrillic_and_latin() -> None:
    blocks = [*range(0x20, 0x180), *range(0x370, 0x530), *range(0x1E00, 0x1EFA)]
    blocks += range(0x1F00, 0x2000)
    letters = [chr(code) for code in blocks if unicodedata.category(chr(code))[0] in "LM"]
    assert folded_by_sql(letters) == [fold(char) for char in letters]


def test_letters_within_plain_and_other_names() -> None:
    letters = [chr(code) for code in (*range(0x20, 0x180), *range(0x370, 0x400))]
    letters = [c for c in letters if c.isascii() or unicodedata.category(c)[0] in "LM"]
    texts = [f"{before}{char}ς" for char in letters for before in ("Μαρία ", "José ", "A.")]
    assert folded_by_sql(texts) == [fold(text) for text in texts]


def test_names_as_they_are_written() -> None:
    names = [
        *("ΜΑΡΊΑΣ ΠΑΠΠΆΣ", "Οδυσσεύς", "Ϊασων ΐΰ", "ᾠδή", "α\u0301", "José Núñez", "Straße"),
        *("Søren Ærø", "Łódź", "İstanbul ılık", "O’Connor–Smith", "Ёлка", "maria@example.com"),
    ]
    assert folded_by_sql(names) == [fold(name) for name in names]


def test_greek_words_have_trigrams() -> None:
    with db.system_transaction() as session:
        found = session.scalar(sa.text("SELECT cardinality(show_trgm('μαρια'))"))
    assert found == 6
