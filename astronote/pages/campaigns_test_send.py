"""The dialog of the test send.

For tests: ``test-send-dialog``, ``input-phone``, ``error-phone``, ``test-send-yes``.
"""

import reflex as rx

from astronote.components.dialog import form_dialog
from astronote.components.form import text_field
from astronote.components.words import t
from astronote.state.campaigns_test_send import TestSendState


def dialog() -> rx.Component:
    """One phone, and what the message costs."""
    state = TestSendState
    return form_dialog(
        text_field(
            t("Phone"),
            "phone",
            type="tel",
            error=state.error,
            auto_focus=True,
            auto_complete="tel",
        ),
        open=state.open,
        title=t("Send a test"),
        description=t(
            "The message as it is now, to one phone. Its links lead nowhere, it costs what "
            "a message costs, and no statistics count it."
        ),
        confirm=t("Send the test"),
        on_submit=state.send,
        on_cancel=state.show(False),
        busy=state.sending,
        testid="test-send-dialog",
        confirm_testid="test-send-yes",
    )
