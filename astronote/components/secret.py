"""Something that is shown once, to be copied."""

import reflex as rx

from astronote.components.feedback import note
from astronote.components.words import t


def shown_once(
    value: rx.Var,
    *,
    label: str | rx.Var,
    title: str | rx.Var,
    description: str | rx.Var,
    warning: str | rx.Var,
    on_close: rx.EventHandler,
    testid: str,
    close_testid: str,
) -> rx.Component:
    """A window with :func:`copyable` ``value``, open while there is one.

    No press outside closes it: whoever has not copied could not come back. ``warning`` says
    why; ``close_testid`` is the button's that sets ``value`` to ''.
    """
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title, size="4"),
            rx.dialog.description(description, size="2"),
            rx.el.div(
                copyable(value, label, testid),
                note(warning, icon="eye-off", color="amber"),
                class_name="a-form a-dialog-form",
            ),
            rx.el.div(
                rx.button(
                    t("I have copied it"),
                    on_click=on_close,
                    custom_attrs={"data-testid": close_testid},
                ),
                class_name="a-actions a-dialog-end",
            ),
            max_width="520px",
            custom_attrs={"data-testid": f"{testid}-dialog"},
        ),
        open=value != "",
    )


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
