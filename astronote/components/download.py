"""Links to files that our own routes stream: the browser fetches them, not the app's router."""

import reflex as rx

from astronote.components.words import t


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


def contacts_export(
    query: rx.Var, words: tuple[str | rx.Var, str | rx.Var], *, testid: str, **props
) -> rx.Component:
    """A menu that downloads contacts as CSV or Excel.

    Args:
        query: which contacts, as the API takes it.
        words: what the entries for CSV and for Excel say.
        testid: the button's; the entries' are ``{testid}-csv`` and ``{testid}-xlsx``.
        props: go to the button.
    """
    entries = [
        rx.menu.item(
            rx.el.a(
                label,
                href=f"/api/contacts/export?format={kind}&" + query,
                reload_document=True,
                custom_attrs={"data-testid": f"{testid}-{kind}"},
            ),
            as_child=True,
        )
        for kind, label in zip(("csv", "xlsx"), words, strict=True)
    ]
    return rx.menu.root(
        rx.menu.trigger(
            rx.button(
                rx.icon("download", size=15, aria_hidden=True),
                t("Export"),
                variant="soft",
                custom_attrs={"data-testid": testid},
                **props,
            )
        ),
        rx.menu.content(*entries),
    )
