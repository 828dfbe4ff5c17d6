"""Cells of spreadsheets, as they come in and as they go out."""

import re
from typing import Final

Cell = str | int | float | bool
"""A cell's value; dates are ISO 8601 text, an empty cell is an empty string."""

# What a spreadsheet program may take for a formula, also behind white space and in the
# full-width forms that some of them fold.
_DANGEROUS: Final = re.compile(r"\s*[=+\-@＝＋－＠\x00-\x1f\x7f]")


def neutralise(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet program could run.

    That is any text beginning with ``= + - @`` or a control character, E.164 phones
    among them; ``phones.parse`` takes the apostrophe off again. Numbers, dates and other
    values come back as they are.
    """
    if isinstance(value, str) and _DANGEROUS.match(value):
        return "'" + value
    return value
