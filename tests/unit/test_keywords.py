"""What shoppers write when they want no more messages, and what only looks like it."""

import pytest

from astronote.services.keywords import meaning


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        "Stop.",
        "stop!",
        '"STOP"',
        "STOP please",
        "please STOP",
        "stopall",
        "Unsubscribe",
        "unsub",
        "opt-out",
        "OPT OUT",
        "arrêt",
        "ARRET",
        "ΣΤΟΠ",
        "στοπ",
        "Στόπ",
        "ΣTOΠ",
        "διαγραφή",
        "ΔΙΑΓΡΑΦΗ",
        "Θέλω διαγραφή",
        "διακοπη",
        "ΔIAKOΠH",
        "end",
        "Cancel",
        "quit",
        "REVOKE",
        "τέλος",
        "ΤΕΛΟΣ",
        "S T O P",
        "ＳＴＯＰ",
        "STOP 🙏",
        "don't stop",
    ],
)
def test_stop(text: str) -> None:
    assert meaning(text).command == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "When does the sale end?",
        "cancel my order",
        "please don't stop sending",
        "the end",
        "stopped",
        "nonstop",
        "ένα τέλος εδώ",
        "I quit smoking",
        "",
        "👍",
        "STOPP",
        "123",
        "start now?",
        "can you help me",
    ],
)
def test_no_command(text: str) -> None:
    assert meaning(text).command is None


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("please don't stop sending", True),
        ("When does the sale end?", True),
        ("the shop stopped", False),
        ("hello", False),
    ],
)
def test_a_text_with_such_a_word_is_marked(text: str, marked: bool) -> None:
    assert meaning(text).marked is marked


@pytest.mark.parametrize("text", ["START", "start!", "unstop", "Έναρξη", "ΕΝΑΡΞΗ", "ENAPΞH"])
def test_start(text: str) -> None:
    assert meaning(text).command == "start"


@pytest.mark.parametrize("text", ["HELP", "help?", "Info", "βοήθεια", "ΒΟΗΘΕΙΑ"])
def test_help(text: str) -> None:
    assert meaning(text).command == "help"
