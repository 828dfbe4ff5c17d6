"""Views that several campaign pages share."""

import reflex as rx

from astronote.state.campaigns_schedule import Remark


def heading(words: str | rx.Var) -> rx.Component:
    """A step's question; the focus goes there when the step is shown."""
    return rx.el.h2(words, id="wizard-title", class_name="a-h2", tab_index=-1)


def option(
    words: str | rx.Var, help: str | rx.Var, *, is_chosen: rx.Var, on_choose: object, testid: str
) -> rx.Component:
    """One of a few big choices."""
    return rx.el.button(
        rx.el.span(class_name="a-option-dot", aria_hidden=True),
        rx.el.span(rx.el.span(words, class_name="a-strong"), rx.el.span(help, class_name="a-help")),
        type="button",
        role="radio",
        on_click=on_choose,
        class_name=rx.cond(is_chosen, "a-option a-option-on", "a-option"),
        custom_attrs={
            "data-testid": testid,
            "aria-checked": rx.cond(is_chosen, "true", "false"),
        },
    )


def remark(said: rx.Var[Remark]) -> rx.Component:
    """What will happen, in its colour."""
    return rx.callout.root(
        rx.callout.icon(
            rx.match(
                said.color,
                ("iris", rx.icon("calendar-clock", size=16, aria_hidden=True)),
                rx.icon("triangle-alert", size=16, aria_hidden=True),
            )
        ),
        rx.callout.text(said.words),
        color_scheme=said.color,
        high_contrast=True,
        size="1",
    )
