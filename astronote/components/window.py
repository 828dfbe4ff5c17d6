"""The window of a page that makes named things, and its question before one ends."""

import reflex as rx

from astronote.components.dialog import confirm_dialog, form_dialog
from astronote.components.form import text_field
from astronote.components.words import t
from astronote.state.window import Window


def naming_window(
    state: type[Window],
    *fields: rx.Component,
    title: str | rx.Var,
    description: str | rx.Var,
    confirm: str | rx.Var,
    testid: str,
    confirm_testid: str,
) -> rx.Component:
    """The form that ``state.add`` opens; arguments as of :func:`form_dialog`."""
    return form_dialog(
        *fields,
        open=state.naming,
        key=state.opened,
        title=title,
        description=description,
        confirm=confirm,
        on_submit=state.save,
        on_cancel=state.never_mind,
        error=state.errors.get("", ""),
        busy=state.working,
        testid=testid,
        confirm_testid=confirm_testid,
    )


def name_field(state: type[Window], **props) -> rx.Component:
    """The window's field for a name that only the team sees; ``props`` as of `text_field`."""
    return text_field(
        t("Name"),
        "name",
        error=state.errors.get("name", ""),
        default_value=state.name,
        max_length=80,
        auto_focus=True,
        auto_complete="off",
        **props,
    )


def new_or_renamed(state: type[Window], new: rx.Var, renamed: rx.Var) -> rx.Var:
    """The words for a new thing, or for another name of one."""
    return rx.cond(state.name_of > 0, renamed, new)


def ending_question(
    state: type[Window],
    *,
    title: str | rx.Var,
    body: str | rx.Var,
    confirm: str | rx.Var,
    testid: str,
    when: rx.Var | bool = True,
) -> rx.Component:
    """What is asked before ``state.go_on``; ``when`` tells several questions apart."""
    return confirm_dialog(
        open=(state.asked_id > 0) & when,
        title=title,
        body=body,
        confirm=confirm,
        on_confirm=state.go_on,
        on_cancel=state.never_mind,
        busy=state.working,
        danger=True,
        testid=testid,
    )
