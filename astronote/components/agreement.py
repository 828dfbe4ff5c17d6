"""How people agreed to receive messages: what a merchant states, kept as proof."""

import reflex as rx

from astronote.components.form import area_field, select_field
from astronote.state.consent_sources import CONSENT_SOURCES


def agreement(errors: rx.Var, kept_with: str, *more: rx.Component) -> rx.Component:
    """The source of a consent and its wording (fields ``consentSource``, ``consentText``).

    Args:
        errors: the form's messages by field.
        kept_with: what the words are kept with, as in "with each contact".
        more: further fields.
    """
    return rx.el.div(
        select_field(
            "How did they agree?",
            "consentSource",
            CONSENT_SOURCES,
            error=errors.get("consentSource", ""),
        ),
        area_field(
            "What did they agree to?",
            "consentText",
            help=f"The words they read or heard. Kept {kept_with} as proof.",
            error=errors.get("consentText", ""),
            rows="2",
            max_length=500,
        ),
        *more,
        class_name="a-form",
    )
