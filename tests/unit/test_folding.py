"""What searching takes for the same."""

import pytest

from astronote.services.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Maria", "maria"),
        ("ΜΑΡΊΑΣ", "μαριασ"),
        ("Μαρίας Παππάς", "μαριασ παππασ"),
        ("Ελευθέριος", "ελευθεριοσ"),
        ("José Núñez", "jose nunez"),
        ("Straße", "strasse"),
        ("Søren Ærø Łódź", "soren aero lodz"),
        ("İstanbul ılık", "istanbul ilik"),
        ("O’Connor–Smith", "o'connor-smith"),
        ("Ёлка", "елка"),
        ("α\u0301", "α"),
        ("", ""),
    ],
)
def test_case_accents_and_the_final_sigma_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["Οδυσσεύς", "ÅNGSTRÖM", "ΰ", "ǅ", "ﬁ", "½"])
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
