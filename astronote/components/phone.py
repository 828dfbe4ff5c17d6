"""A phone as the shopper holds it."""

import reflex as rx

from astronote.components.words import t


def phone_preview(sender: str | rx.Var, text: str | rx.Var | rx.Component) -> rx.Component:
    """``text`` (see :func:`marked`) as an SMS bubble, wrapped as a phone wraps it."""
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


def marked(pieces: rx.Var) -> rx.Component:
    """A text with the characters that force UCS-2 underlined, and a line where a part begins."""
    return rx.foreach(
        pieces,
        lambda piece: rx.match(
            piece.kind,
            (
                "forced",
                rx.el.mark(
                    piece.text,
                    class_name="a-forced",
                    title=t("Not in the basic SMS alphabet (GSM-7)"),
                ),
            ),
            (
                "border",
                rx.el.span(
                    class_name="a-part-border",
                    title=t("SMS part {n} begins here", n=piece.part),
                    custom_attrs={"data-part": piece.part},
                ),
            ),
            rx.el.span(piece.text),
        ),
    )
