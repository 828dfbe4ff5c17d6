"""How people agreed to receive messages: what a merchant states, kept as proof."""

import reflex as rx

from astronote.components.form import area_field, select_field
from astronote.components.words import t
from astronote.state.consent_sources import CONSENT_SOURCES


def agreement(errors: rx.Var, kept: str | rx.Var, *more: rx.Component) -> rx.Component:
    """The source of a consent and its wording (fields ``consentSource``, ``consentText``).

    Args:
        errors: the form's messages by field.
        kept: what becomes of the words, as help beneath them.
        more: further fields.
    """
    return rx.el.div(
        select_field(
            t("How did they agree?"),
            "consentSource",
            [(value, t(words)) for value, words in CONSENT_SOURCES],
            error=errors.get("consentSource", ""),
        ),
        area_field(
            t("What did they agree to?"),
            "consentText",
            help=kept,
            error=errors.get("consentText", ""),
            rows="2",
            max_length=500,
        ),
        *more,
        class_name="a-form",
    )
