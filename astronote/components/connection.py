"""What a page says while its socket is away."""

import reflex as rx
from reflex_base.components.memo import memo
from reflex_components_core.core.banner import has_connection_errors

from astronote.components.words import t


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

    return rx.fragment(memo(lost_connection)())
