"""The wizard's first step.

For tests: ``input-name``, ``input-messageText``, ``text-total``, ``text-saving``, and those of
``astronote.components.composer``.
"""

import reflex as rx

from astronote.components import composer
from astronote.components.layout import panel
from astronote.components.words import t
from astronote.state.campaigns_basics import BasicsState


def view() -> rx.Component:
    """Name, message and offer at the left, the phone at the right."""
    return rx.el.div(
        rx.el.div(
            rx.el.h2(
                t("What do you want to say?"), id="wizard-title", class_name="a-h2", tab_index=-1
            ),
            panel(
                rx.el.div(
                    composer.text(
                        BasicsState,
                        t("Name"),
                        "name",
                        t("Only you see it."),
                        max_length=120,
                        auto_focus=True,
                    ),
                    composer.message(BasicsState, "messageText"),
                    _total(),
                    class_name="a-panel-body",
                )
            ),
            composer.offer(BasicsState),
            class_name="a-stack",
        ),
        composer.preview(BasicsState),
        class_name="a-with-phone",
    )


def _total() -> rx.Component:
    total = BasicsState.total
    return rx.cond(
        (total.cost != "") & ~BasicsState.is_blank,
        rx.el.p(
            rx.el.span(
                total.cost, class_name="a-strong", custom_attrs={"data-testid": "text-total"}
            ),
            rx.cond(
                total.saving != "",
                rx.el.span(total.saving, custom_attrs={"data-testid": "text-saving"}),
                rx.fragment(),
            ),
            class_name="a-cell-stack a-small a-number",
            aria_live="polite",
        ),
        rx.fragment(),
    )
