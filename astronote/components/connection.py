"""What a page says while its socket is away, and when it is older than the server."""

import reflex as rx
from reflex_base.components.memo import memo
from reflex_components_core.core.banner import has_connection_errors

from astronote.components.words import t

REFLEX_BANNER = "reflex-new-version-banner"
"""The id of what Reflex puts into the page, in English, when the page is of another version
than the server and loading it anew did not help."""


def connection_note() -> rx.Component:
    """A quiet note at the bottom; it goes by itself when the connection is back."""

    def lost_connection() -> rx.Component:
        return rx.cond(
            has_connection_errors,
            rx.el.div(
                rx.icon("wifi-off", size=16, aria_hidden=True),
                t("The connection is lost. Trying again…"),
                class_name="a-lost",
                role="status",
                custom_attrs={"data-testid": "lost-connection"},
            ),
            rx.fragment(),
        )

    return rx.fragment(memo(lost_connection)(), new_version_note())


def new_version_note() -> rx.Component:
    """A note in the reader's language, which a style shows in the place of Reflex's own.

    Its button presses Reflex's, which also remembers that the page was loaded anew.
    """
    press = f"document.querySelector('#{REFLEX_BANNER} button').click()"
    return rx.el.div(
        rx.icon("refresh-cw", size=16, aria_hidden=True),
        rx.el.span(t("There is a new version of this page.")),
        rx.el.button(
            t("Load it"),
            type="button",
            on_click=rx.call_script(press),
            class_name="a-new-version-button",
        ),
        class_name="a-new-version",
        role="status",
        custom_attrs={"data-testid": "new-version"},
    )
