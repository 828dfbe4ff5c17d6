"""One message in a sheet: its text, to whom, what it cost, what became of it.

For tests: ``message-sheet``, ``message-text``, ``message-provider``, ``message-history``.
"""

import reflex as rx

from astronote.components.dialog import side_sheet
from astronote.components.figures import badge, facts
from astronote.components.words import t
from astronote.state.message_sheet import MessageSheetState
from astronote.state.message_words import LogLine, StepLine


def sheet() -> rx.Component:
    """The sheet; ``MessageSheetState.show`` opens it."""
    message = MessageSheetState.message
    return side_sheet(
        rx.el.div(
            rx.el.span(
                message.text,
                class_name="a-sms",
                custom_attrs={"data-testid": "message-text"},
            ),
            facts(
                (t("To"), _recipient()),
                (t("Kind"), message.kind),
                (t("Campaign"), _campaign()),
                (t("Status"), _status()),
                (t("Length"), message.size),
                (t("Cost"), message.cost),
                (t("Provider's id"), _provider()),
            ),
            _history(),
            class_name="a-form a-text",
        ),
        open=MessageSheetState.open,
        title=t("Message"),
        on_close=MessageSheetState.close,
        testid="message-sheet",
    )


def opener(shown: str | rx.Var, row: rx.Var[LogLine]) -> rx.Component:
    """``shown`` as a button that opens the sheet of a table's message."""
    return rx.el.button(
        shown,
        type="button",
        title=t("Show this message"),
        class_name="a-plain a-clip a-message-text",
        on_click=MessageSheetState.show(row.id),
        custom_attrs={"data-testid": "open-message"},
    )


def outcome(row: rx.Var[LogLine]) -> rx.Component:
    """A table's cell: the status and, beneath, why."""
    return rx.el.div(
        badge(row.status, row.status_words),
        rx.cond(row.reason != "", rx.el.span(row.reason, class_name="a-help")),
        class_name="a-cell-stack",
    )


def _recipient() -> rx.Component:
    message = MessageSheetState.message
    return rx.cond(
        message.contact_id > 0,
        rx.link(
            message.phone,
            href=f"/app/contacts/{message.contact_id}",
            on_click=MessageSheetState.close,
            custom_attrs={"data-testid": "message-contact"},
        ),
        rx.el.span(message.phone),
    )


def _campaign() -> rx.Component:
    message = MessageSheetState.message
    return rx.cond(
        message.campaign_id > 0,
        rx.link(
            message.campaign,
            href=f"/app/campaigns/{message.campaign_id}",
            on_click=MessageSheetState.close,
        ),
        rx.el.span(t("None")),
    )


def _status() -> rx.Component:
    message = MessageSheetState.message
    return rx.el.div(
        badge(message.status, message.status_words),
        rx.cond(message.reason != "", rx.el.span(message.reason)),
        class_name="a-cell-stack",
    )


def _provider() -> rx.Component:
    message = MessageSheetState.message
    return rx.el.span(
        rx.cond(message.provider_id != "", message.provider_id, t("None")),
        class_name="a-break",
        custom_attrs={"data-testid": "message-provider"},
    )


def _history() -> rx.Component:
    def line(step: rx.Var[StepLine]) -> rx.Component:
        return rx.el.li(
            rx.el.span(step.words),
            rx.el.time(step.at, class_name="a-quiet a-number"),
            class_name="a-history-line a-small",
        )

    return rx.el.section(
        rx.el.h3(t("History"), class_name="a-h3"),
        rx.el.ol(
            rx.foreach(MessageSheetState.history, line),
            class_name="a-stack a-steps-list",
            custom_attrs={"data-testid": "message-history"},
        ),
        class_name="a-history",
    )
