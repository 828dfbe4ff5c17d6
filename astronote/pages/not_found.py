"""Where no page is."""

import reflex as rx

from astronote.components.feedback import empty_state
from astronote.components.layout import page_header


def page() -> rx.Component:
    """A way back, in calm words."""
    return rx.fragment(
        page_header("Page not found"),
        rx.el.section(
            empty_state(
                "compass",
                "There is nothing at this address",
                "The link may be old, or the thing it led to was deleted.",
                rx.link(rx.button("Go to the dashboard"), href="/app"),
                testid="not-found",
            ),
            class_name="a-panel",
        ),
    )
