"""Tokens that look like ours and are not."""

import random
import string
from collections.abc import Iterator

_LETTERS = string.ascii_letters + string.digits + "-_."


def mutants(token: str, count: int, seed: int = 7) -> Iterator[str]:
    """``count`` versions of ``token``: a letter changed, added, left out, two swapped, a part
    of it moved, its case turned, its end cut."""
    chance = random.Random(seed)
    made = 0
    while made < count:
        mutant = _mutant(token, chance)
        if mutant != token:
            made += 1
            yield mutant


def _mutant(token: str, chance: random.Random) -> str:
    at, letter = chance.randrange(len(token)), chance.choice(_LETTERS)
    other = chance.randrange(len(token))
    low, high = sorted((at, other))
    return chance.choice(
        (
            token[:at] + letter + token[at + 1 :],
            token[:at] + letter + token[at:],
            token[:at] + token[at + 1 :],
            token[:low] + token[high] + token[low + 1 : high] + token[low] + token[high + 1 :]
            if low != high
            else token[::-1],
            token[low:high] + token[:low] + token[high:],
            token[:at] + token[at].swapcase() + token[at + 1 :],
            token[:at],
        )
    )
