"""What a shopper's text asks for: to stop, to start again, for help, or nothing of these.

Case, accents and the alphabet do not matter: Greek capitals that look like Latin ones
count as those, however the phone wrote them.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from astronote.services.folding import fold

Command = Literal["stop", "start", "help"]

_LOOK_ALIKES: Final = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")


def _plain(text: str) -> str:
    return fold(text).upper().translate(_LOOK_ALIKES)


def _words(listed: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in listed.split())


_AT_EITHER_END: Final = _words("STOP STOPALL UNSUBSCRIBE UNSUB OPTOUT ARRET ΣΤΟΠ ΔΙΑΓΡΑΦΗ ΔΙΑΚΟΠΗ")
# "When does the sale end?" is a question.
_ALONE: Final = _words("END CANCEL QUIT REVOKE ΤΕΛΟΣ")
_START: Final = _words("START UNSTOP ΕΝΑΡΞΗ")
_HELP: Final = _words("HELP INFO ΒΟΗΘΕΙΑ")


@dataclass(frozen=True)
class Meaning:
    """``marked`` where an opt-out word stands in a text that is no command."""

    command: Command | None
    marked: bool = False


def meaning(text: str) -> Meaning:
    """What ``text`` asks for."""
    words = re.findall(r"[^\W_]+", _plain(text))
    if not words:
        return Meaning(None)
    whole = "".join(words)  # "opt-out", "S T O P"
    if words[0] in _AT_EITHER_END or words[-1] in _AT_EITHER_END:
        return Meaning("stop")
    if whole in _AT_EITHER_END or whole in _ALONE:
        return Meaning("stop")
    if whole in _START:
        return Meaning("start")
    if whole in _HELP:
        return Meaning("help")
    return Meaning(None, marked=not (_AT_EITHER_END | _ALONE).isdisjoint(words))
