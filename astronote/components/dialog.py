"""Windows over the page: asking before what cannot be undone, short forms, drawers."""

import reflex as rx

from astronote.components.form import form_error, submit
from astronote.components.words import t


def confirm_dialog(
    *,
    open: rx.Var,
    title: str | rx.Var,
    body: str | rx.Var | rx.Component,
    confirm: str | rx.Var,
    on_confirm: rx.EventHandler,
    on_cancel: rx.EventHandler,
    busy: bool | rx.Var = False,
    danger: bool = False,
    testid: str = "confirm",
) -> rx.Component:
    """A question that says, in numbers, what will happen.

    Args:
        open: whether it shows.
        title: the question.
        body: what will happen.
        confirm: the button that does it, a verb.
        on_confirm: does it; close the dialog yourself by setting ``open``.
        on_cancel: called for Cancel, Escape and a press outside.
        busy: shows a spinner on the button and keeps it from being pressed twice.
        danger: a red button.
        testid: for the tests; the buttons are ``{testid}-yes`` and ``{testid}-no``.
    """
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(title, size="4"),
            rx.alert_dialog.description(body, size="2"),
            rx.el.div(
                rx.button(
                    t("Cancel"),
                    variant="soft",
                    color_scheme="gray",
                    on_click=on_cancel,
                    disabled=busy,
                    custom_attrs={"data-testid": f"{testid}-no"},
                ),
                rx.button(
                    confirm,
                    class_name="a-danger" if danger else "",
                    loading=busy,
                    on_click=on_confirm,
                    custom_attrs={"data-testid": f"{testid}-yes"},
                ),
                class_name="a-actions a-dialog-end",
            ),
            max_width="460px",
            on_escape_key_down=on_cancel,
            custom_attrs={"data-testid": testid},
        ),
        open=open,
    )


def form_dialog(
    *fields: rx.Component,
    open: rx.Var,
    title: str | rx.Var,
    description: str | rx.Var,
    confirm: str | rx.Var,
    on_submit: rx.EventHandler,
    on_cancel: rx.EventHandler,
    busy: rx.Var,
    testid: str,
    confirm_testid: str,
    key: int | rx.Var = 0,
    error: str | rx.Var = "",
) -> rx.Component:
    """A short form in a window of its own.

    Args:
        fields: of ``components.form``.
        open: whether it shows.
        title: what is made or changed.
        description: a quiet line beneath.
        confirm: the button that does it, a verb.
        on_submit: gets the form; close the dialog yourself by setting ``open``.
        on_cancel: called for Cancel, Escape and a press outside.
        busy: shows a spinner on the button.
        testid: the dialog's; ``confirm_testid`` the button's.
        key: changes each time it is opened, so that what was typed before is gone.
        error: what belongs to no one field, or ''.
    """
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title, size="4"),
            rx.dialog.description(description, size="2"),
            rx.form(
                rx.el.div(
                    form_error(error),
                    *fields,
                    rx.el.div(
                        rx.button(
                            t("Cancel"),
                            type="button",
                            variant="soft",
                            color_scheme="gray",
                            on_click=on_cancel,
                        ),
                        submit(confirm, busy, custom_attrs={"data-testid": confirm_testid}),
                        class_name="a-actions a-dialog-end",
                    ),
                    class_name="a-form a-dialog-form",
                ),
                key=rx.Var.create(key).to_string(),
                on_submit=on_submit,
                reset_on_submit=False,
            ),
            max_width="460px",
            on_escape_key_down=on_cancel,
            on_pointer_down_outside=on_cancel,
            custom_attrs={"data-testid": testid},
        ),
        open=open,
    )


def side_sheet(
    *children: rx.Component,
    open: rx.Var,
    title: str | rx.Var,
    on_close: rx.EventHandler,
    wide: bool = False,
    testid: str = "sheet",
) -> rx.Component:
    """A drawer at the right for adding and editing; on a phone, the whole screen.

    ``wide`` makes room for a phone beside the fields. ``on_close`` is called for its close
    button, Escape and a press outside, and takes no argument.
    """
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.div(
                rx.dialog.title(title, size="4", margin="0"),
                rx.icon_button(
                    rx.icon("x", size=16),
                    variant="ghost",
                    color_scheme="gray",
                    aria_label=t("Close"),
                    on_click=on_close,
                ),
                class_name="a-header a-sheet-head",
            ),
            rx.dialog.description("", class_name="a-hidden"),
            rx.el.div(*children, class_name="a-sheet-body"),
            class_name="a-sheet a-sheet-wide" if wide else "a-sheet",
            on_escape_key_down=on_close,
            on_pointer_down_outside=on_close,
            custom_attrs={"data-testid": testid},
        ),
        open=open,
    )
