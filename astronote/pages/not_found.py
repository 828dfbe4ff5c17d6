"""Where no page is."""

import reflex as rx

from astronote.components.feedback import empty_state
from astronote.components.layout import page_header
from astronote.components.words import t


def page() -> rx.Component:
    """A way back, in calm words."""
    return rx.fragment(
        page_header(t("Page not found")),
        rx.el.section(
            empty_state(
                "compass",
                t("There is nothing at this address"),
                t("The link may be old, or the thing it led to was deleted."),
                rx.link(rx.button(t("Go to the dashboard")), href="/app"),
                testid="not-found",
            ),
            class_name="a-panel",
        ),
    )
