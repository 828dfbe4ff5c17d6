"""Links to files that our own routes stream: the browser fetches them, not the app's router."""

import reflex as rx


def download_link(
    label: str | rx.Var, href: str | rx.Var, *, testid: str, size: str = "2"
) -> rx.Component:
    """A button-like link that downloads ``href``."""
    return rx.button(
        rx.el.a(
            rx.icon("download", size=15, aria_hidden=True),
            label,
            href=href,
            reload_document=True,
            custom_attrs={"data-testid": testid},
        ),
        as_child=True,
        variant="soft",
        color_scheme="gray",
        size=size,
    )
