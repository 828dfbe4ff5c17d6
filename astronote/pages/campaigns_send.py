"""The question before a campaign is sent or scheduled.

For tests: ``send-confirm`` (the dialog), ``send-confirm-sample``, ``send-confirm-yes``,
``send-confirm-no``.
"""

import reflex as rx

from astronote.components.dialog import confirm_dialog
from astronote.components.words import t
from astronote.state.campaigns_schedule import Remark
from astronote.state.campaigns_send import SendState


def dialog() -> rx.Component:
    """Recipients, credits, the first text, and what holds it."""
    return confirm_dialog(
        open=SendState.open,
        title=SendState.title,
        body=rx.el.span(
            rx.el.span(SendState.sentence),
            rx.foreach(SendState.remarks, _remark),
            rx.el.span(t("The first of them reads:"), class_name="a-help"),
            rx.el.span(
                SendState.sample,
                class_name="a-sms",
                custom_attrs={"data-testid": "send-confirm-sample"},
            ),
            class_name="a-ask",
        ),
        confirm=SendState.button,
        on_confirm=SendState.confirm,
        on_cancel=SendState.never_mind,
        busy=SendState.sending,
        testid="send-confirm",
    )


def _remark(said: rx.Var[Remark]) -> rx.Component:
    return rx.el.span(
        rx.icon("triangle-alert", size=15, aria_hidden=True),
        rx.el.span(said.words),
        class_name="a-remark",
    )
