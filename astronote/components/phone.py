"""A phone as the shopper holds it."""

import reflex as rx

from astronote.components.words import t


def phone_preview(sender: str | rx.Var, text: str | rx.Var) -> rx.Component:
    """``text`` as an SMS bubble from ``sender``, wrapped as a phone wraps it."""
    initial = sender[0:1] if isinstance(sender, str) else sender.to(str)[0:1]
    return rx.el.figure(
        rx.el.div(
            rx.el.div(
                rx.el.div(initial, class_name="a-phone-face", aria_hidden=True),
                rx.el.span(sender),
                class_name="a-phone-from",
            ),
            rx.el.div(
                text, class_name="a-phone-bubble", custom_attrs={"data-testid": "phone-text"}
            ),
            class_name="a-phone-screen",
        ),
        class_name="a-phone",
        role="img",
        aria_label=t("How the message looks on a phone"),
    )
