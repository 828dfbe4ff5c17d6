"""Something that is shown once, to be copied."""

import reflex as rx

from astronote.components.words import t


def copyable(value: str | rx.Var, label: str | rx.Var, testid: str) -> rx.Component:
    """``value`` in a box that selects it when focused, with a button that copies it.

    For tests: ``testid`` is the box, ``{testid}-copy`` the button.
    """
    return rx.el.div(
        rx.el.input(
            value=value,
            read_only=True,
            on_focus=rx.call_script("document.activeElement.select()"),
            aria_label=label,
            class_name="a-secret-box",
            custom_attrs={"data-testid": testid},
        ),
        rx.button(
            rx.icon("copy", size=15, aria_hidden=True),
            t("Copy"),
            type="button",
            variant="soft",
            on_click=[rx.set_clipboard(value), rx.toast.success(t("Copied."))],
            custom_attrs={"data-testid": f"{testid}-copy"},
        ),
        class_name="a-secret",
    )
