"""Till codes: eight letters and digits that a person can type, one for each message.

A code is its message's id, scrambled with a key of this installation (a Feistel network
over 40 bits), so it is unique without an index and nothing has to be stored or made when
a page is opened. It is no secret: it only works for signed-in staff of the same shop.
"""

from typing import Final

from astronote.security import keyed

# 32 letters and digits; 0 and O, 1 and I are left out.
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH: Final = 8
_ROUNDS: Final = 6
_HALF: Final = 20
_MASK: Final = (1 << _HALF) - 1


def till_code(message_id: int) -> str:
    """The code of a message, in two groups of four: ``K7F3-9QXM``."""
    left, right = message_id >> _HALF & _MASK, message_id & _MASK
    for step in range(_ROUNDS):
        left, right = right, left ^ _mixed(step, right)
    value = left << _HALF | right
    letters = [_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH))]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def message_of(code: str) -> int | None:
    """The id that a typed code stands for; None when it cannot be a code.

    Case, spaces and dashes do not matter.
    """
    letters = [c for c in code.upper() if c not in " -–\u00a0"]
    if len(letters) != _LENGTH or any(c not in _ALPHABET for c in letters):
        return None
    value = 0
    for letter in letters:
        value = value << 5 | _ALPHABET.index(letter)
    left, right = value >> _HALF, value & _MASK
    for step in reversed(range(_ROUNDS)):
        left, right = right ^ _mixed(step, left), left
    return left << _HALF | right


def _mixed(step: int, half: int) -> int:
    digest = keyed("till code", bytes((step,)) + half.to_bytes(3, "big"))
    return int.from_bytes(digest[:3], "big") & _MASK
