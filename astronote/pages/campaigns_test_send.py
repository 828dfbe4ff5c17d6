"""The dialog of the test send.

For tests: ``input-phone``, ``error-phone``, ``test-send-yes``.
"""

import reflex as rx

from astronote.components.form import submit, text_field
from astronote.components.words import t
from astronote.state.campaigns_test_send import TestSendState


def dialog() -> rx.Component:
    """One phone, and what the message costs."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Send a test"), size="4"),
            rx.dialog.description(
                t(
                    "The message as it is now, to one phone. Its links lead nowhere, it costs what "
                    "a message costs, and no statistics count it."
                ),
                size="2",
            ),
            rx.form(
                rx.el.div(
                    text_field(
                        t("Phone"),
                        "phone",
                        type="tel",
                        error=TestSendState.error,
                        auto_focus=True,
                        auto_complete="tel",
                    ),
                    rx.el.div(
                        rx.button(
                            t("Cancel"),
                            type="button",
                            variant="soft",
                            color_scheme="gray",
                            on_click=TestSendState.show(False),
                        ),
                        submit(
                            t("Send the test"),
                            TestSendState.sending,
                            custom_attrs={"data-testid": "test-send-yes"},
                        ),
                        class_name="a-actions a-dialog-end",
                    ),
                    class_name="a-form",
                ),
                on_submit=TestSendState.send,
                reset_on_submit=False,
                margin_top="16px",
            ),
            max_width="420px",
        ),
        open=TestSendState.open,
        on_open_change=TestSendState.show,
    )
