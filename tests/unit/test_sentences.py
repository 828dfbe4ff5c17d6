"""Sentences that remember what was put into them, and are found again where they are kept."""

import pickle

from pydantic import BaseModel, Field, ValidationError

from astronote.state import unfit, words
from astronote.words import recognise, say, translate

CREDITS = say("This needs {n} credits and {available} are available.", n=12_000, available=7)


def test_a_sentence_is_english_and_can_be_said_in_greek() -> None:
    assert CREDITS == "This needs 12,000 credits and 7 are available."
    assert translate(CREDITS, "el") == "Χρειάζονται 12.000 μονάδες και είναι διαθέσιμες 7."
    assert translate(CREDITS, "en") == CREDITS


def test_a_sentence_in_a_sentence_is_said_in_greek_too() -> None:
    refusal = say("This campaign can no longer be changed: {status}.", status=say("completed"))
    assert translate(refusal, "el").endswith("Ολοκληρώθηκε.")


def test_a_pickled_sentence_still_knows_its_values() -> None:
    again = pickle.loads(pickle.dumps(CREDITS))
    assert translate(again, "el") == translate(CREDITS, "el")


def test_what_was_kept_in_english_is_recognised() -> None:
    kept = str(CREDITS)
    assert translate(kept, "el") == kept
    assert translate(recognise(kept), "el").startswith("Χρειάζονται 12,000 μονάδες")
    assert translate(recognise("Nobody is in this audience."), "el").startswith("Δεν υπάρχει")


def test_what_nobody_has_written_stays_as_it_is() -> None:
    for text in ("", "Ευχές", "x" * 3000, "A message of a shop {n}."):
        assert recognise(text) == text


class _Form(BaseModel):
    name: str = Field(max_length=3)
    age: int = Field(ge=18)
    day: str


def test_what_pydantic_finds_is_said_in_the_persons_words(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    found: dict[str, list[str]] = {}
    for language in ("en", "el"):
        for module in (words, unfit):
            monkeypatch.setattr(module, "language", lambda spoken=language: spoken)
        try:
            _Form.model_validate({"name": "long", "age": 17})
        except ValidationError as error:
            found[language] = [unfit.unfit(e) for e in error.errors()]
    assert found == {
        "en": ["Write at most 3 characters.", "This must be at least 18.", "This is needed."],
        "el": [
            "Γράψτε το πολύ 3 χαρακτήρες.",
            "Πρέπει να είναι τουλάχιστον 18.",
            "Αυτό χρειάζεται.",
        ],
    }
