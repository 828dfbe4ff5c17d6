"""What pydantic finds wrong with an input, as a sentence for the person who typed it."""

from typing import Final

from pydantic_core import ErrorDetails

from astronote.state.words import language, tr
from astronote.words import say, translate

_BY_TYPE: Final = {
    "missing": (say("This is needed."), ""),
    "string_too_long": (say("Write at most {n} characters."), "max_length"),
    "string_too_short": (say("Write at least {n} characters."), "min_length"),
    "too_long": (say("Choose at most {n}."), "max_length"),
    "too_short": (say("Choose at least {n}."), "min_length"),
    "greater_than_equal": (say("This must be at least {n}."), "ge"),
    "greater_than": (say("This must be more than {n}."), "gt"),
    "less_than_equal": (say("This can be {n} at most."), "le"),
    "less_than": (say("This must be less than {n}."), "lt"),
    "literal_error": (say("Choose one of the values on offer."), ""),
    "enum": (say("Choose one of the values on offer."), ""),
    "string_pattern_mismatch": (say("This is not written as it should be."), ""),
}
"""By the type of pydantic's error: the sentence, and what of its context is ``n``."""

_KINDS: Final = (
    (("int_", "float_", "decimal_"), say("Write a number.")),
    (("date_", "datetime_", "time_"), say("Write a date and time.")),
    (("bool_",), say("Say yes or no.")),
)


def unfit(error: ErrorDetails) -> str:
    """The sentence, in the person's language."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        # Our own validators; their sentence may remember what was put into it.
        return translate(context["error"].args[0], language())
    found = _BY_TYPE.get(kind)
    if found is not None:
        sentence, key = found
        return translate(say(sentence, n=context[key]) if key else sentence, language())
    for prefixes, sentence in _KINDS:
        if kind.startswith(prefixes):
            return tr(sentence)
    return tr("This value is not acceptable.")
