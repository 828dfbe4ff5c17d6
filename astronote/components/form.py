"""Fields: the label above, help beneath, the error beside, in plain words."""

from collections.abc import Sequence

import reflex as rx


def field(
    label: str | rx.Var,
    control: rx.Component,
    *,
    name: str,
    help: str | rx.Var = "",
    error: str | rx.Var = "",
) -> rx.Component:
    """A labelled control; give ``control`` the id ``field_id(name)``.

    Args:
        label: above the control.
        control: an input, select or text area.
        name: the field's name as in the API (camelCase).
        help: beneath, quiet.
        error: in red, announced; pass ``State.errors.get(name, "")``.
    """
    shown = (
        rx.cond(error != "", _error(error, name), rx.fragment())
        if isinstance(error, rx.Var)
        else (_error(error, name) if error else rx.fragment())
    )
    return rx.el.div(
        rx.el.label(label, html_for=field_id(name)),
        control,
        rx.fragment()
        if isinstance(help, str) and not help
        else rx.el.p(help, class_name="a-help", id=f"{field_id(name)}-help"),
        shown,
        class_name="a-field",
    )


def text_field(
    label: str | rx.Var,
    name: str,
    *,
    help: str | rx.Var = "",
    error: str | rx.Var = "",
    **props,
) -> rx.Component:
    """A one-line input; ``props`` go to ``rx.input`` (type, placeholder, value, on_change…)."""
    return field(
        label,
        rx.input(
            name=name,
            id=field_id(name),
            size="2",
            aria_describedby=f"{field_id(name)}-help {field_id(name)}-error",
            custom_attrs={"data-testid": f"input-{name}"},
            **props,
        ),
        name=name,
        help=help,
        error=error,
    )


def area_field(
    label: str | rx.Var,
    name: str,
    *,
    help: str | rx.Var = "",
    error: str | rx.Var = "",
    rows: str = "4",
    **props,
) -> rx.Component:
    """A text of several lines; ``props`` go to ``rx.text_area``."""
    return field(
        label,
        rx.text_area(
            name=name,
            id=field_id(name),
            rows=rows,
            aria_describedby=f"{field_id(name)}-help {field_id(name)}-error",
            custom_attrs={"data-testid": f"input-{name}"},
            **props,
        ),
        name=name,
        help=help,
        error=error,
    )


def select_field(
    label: str | rx.Var,
    name: str,
    options: Sequence[tuple[str, str | rx.Var]] | rx.Var,
    *,
    help: str | rx.Var = "",
    error: str | rx.Var = "",
    **props,
) -> rx.Component:
    """A choice of one; a native select, so that it works on every phone."""
    return field(label, choice(name, options, **props), name=name, help=help, error=error)


def choice(
    name: str,
    options: Sequence[tuple[str, str | rx.Var]] | rx.Var,
    *,
    more: rx.Var | None = None,
    **props,
) -> rx.Component:
    """A native select without a label of its own.

    Args:
        name: the field's name; its id is ``field_id(name)``.
        options: (value, words) pairs, or a var of such pairs.
        more: further pairs, from a var, after fixed ones.
        props: go to the select (value, default_value, on_change, aria_label…).
    """
    shown = [
        rx.foreach(pairs, lambda pair: rx.el.option(pair[1], value=pair[0]))
        if isinstance(pairs, rx.Var)
        else rx.fragment(*[rx.el.option(words, value=value) for value, words in pairs])
        for pairs in (options, more)
        if pairs is not None
    ]
    return rx.el.div(
        rx.el.select(
            *shown,
            name=name,
            id=field_id(name),
            class_name="a-select",
            custom_attrs={"data-testid": f"input-{name}"},
            **props,
        ),
        rx.icon("chevron-down", size=15, aria_hidden=True),
        class_name="a-select-box",
    )


def check(label: str | rx.Var | rx.Component, name: str, **props) -> rx.Component:
    """A tick box with its words beside; ``props`` go to ``rx.checkbox``."""
    return rx.el.label(
        rx.checkbox(
            name=name,
            aria_labelledby=f"{field_id(name)}-label",
            custom_attrs={"data-testid": f"input-{name}"},
            **props,
        ),
        rx.el.span(label, id=f"{field_id(name)}-label"),
        class_name="a-check a-text",
    )


def submit(label: str | rx.Var, busy: bool | rx.Var = False, **props) -> rx.Component:
    """The button that Enter presses; disabled, with a spinner, while ``busy``."""
    return rx.button(label, type="submit", loading=busy, **props)


def form_error(error: str | rx.Var) -> rx.Component:
    """An error that belongs to no one field; pass ``State.errors.get("", "")``."""
    return rx.cond(
        error != "", rx.callout(error, icon="circle-alert", color_scheme="red", size="1")
    )


def field_id(name: str) -> str:
    """The DOM id of the control called ``name``."""
    return f"field-{name}"


def _error(error: str | rx.Var, name: str) -> rx.Component:
    return rx.el.p(
        rx.icon("circle-alert", size=14, aria_hidden=True),
        error,
        class_name="a-error",
        role="alert",
        id=f"{field_id(name)}-error",
        custom_attrs={"data-testid": f"error-{name}"},
    )
