"""Words of the views, in the language of the person who looks."""

import reflex as rx

from astronote.state.shell import ShellState
from astronote.words import greek


def t(english: str, **values) -> rx.Var:
    """``english`` or its Greek, chosen in the browser.

    Values may be vars: ``t("Actions for {name}", name=row.name)``. Without values, braces
    are left as they are.
    """
    other = greek().get(english, english)
    if values:
        english, other = english.format(**values), other.format(**values)
    return rx.cond(is_greek(), other, english)


def is_greek() -> rx.Var:
    """Whether the person reads Greek."""
    return ShellState.language == "el"
