"""The part of the operator's page about how the installation is doing."""

import reflex as rx

from astronote.components.feedback import note
from astronote.components.figures import count, when
from astronote.components.layout import panel
from astronote.components.words import t
from astronote.state.operator import OperatorState


def health() -> rx.Component:
    """The invariants at the last look, and what waits."""
    return panel(
        rx.el.div(
            rx.el.h2(t("Health"), class_name="a-h2"),
            rx.button(
                t("Check the invariants now"),
                size="1",
                variant="soft",
                on_click=OperatorState.look,
                loading=OperatorState.looking,
                custom_attrs={"data-testid": "look"},
            ),
            class_name="a-panel-head a-header",
        ),
        rx.el.div(
            rx.cond(
                OperatorState.looked == "",
                note(t("Nobody has checked the invariants yet.")),
                rx.cond(
                    OperatorState.broken.length() == 0,
                    note(t("Every invariant holds."), "circle-check", "green"),
                    rx.foreach(
                        OperatorState.broken, lambda said: note(said, "circle-alert", "red")
                    ),
                ),
            ),
            rx.cond(
                OperatorState.looked != "",
                rx.el.p(
                    t("Checked"),
                    " ",
                    when(OperatorState.looked, OperatorState.looked_exact),
                    class_name="a-small a-quiet",
                    custom_attrs={"data-testid": "looked"},
                ),
            ),
            rx.el.div(
                rx.foreach(OperatorState.figures, lambda one: count(one.name, one.value)),
                class_name="a-counts a-counts-even",
                custom_attrs={"data-testid": "figures"},
            ),
            class_name="a-panel-body",
        ),
    )
