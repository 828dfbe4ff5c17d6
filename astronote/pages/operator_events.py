"""The parts of the operator's page about what came in and fits nothing."""

import reflex as rx

from astronote.components.dialog import confirm_dialog
from astronote.components.feedback import empty_state
from astronote.components.figures import when
from astronote.components.layout import panel
from astronote.components.table import Column, listing, table
from astronote.components.words import t
from astronote.state.operator_events import OperatorEventsState, ParkedView


def parked() -> rx.Component:
    """Receipts and payment events that could not be applied."""
    return panel(
        rx.el.div(
            rx.el.h2(t("Parked events"), class_name="a-h2"), class_name="a-panel-head a-header"
        ),
        listing(
            loading=OperatorEventsState.loading,
            error=rx.Var.create(""),
            is_empty=OperatorEventsState.parked.length() == 0,
            on_retry=OperatorEventsState.load,
            empty=empty_state(
                "inbox",
                t("Nothing is parked"),
                t("Receipts and payment events that fit nothing are kept here for you."),
                testid="none-parked",
            ),
            filled=table(
                (
                    Column(t("Event"), _what),
                    Column(t("Id"), lambda row: row.about, wide=True),
                    Column(t("Why"), lambda row: row.why, wide=True),
                    Column(t("Came"), lambda row: when(row.came, row.came_exact), wide=True),
                    Column(t("Tries"), lambda row: row.attempts, numeric=True, wide=True),
                    Column("", _try_or_drop),
                ),
                OperatorEventsState.parked,
                caption=t("Parked events, newest first"),
                testid="parked",
            ),
            columns=6,
        ),
        confirm_dialog(
            open=OperatorEventsState.dropping != 0,
            title=t("Forget this event?"),
            body=t("What it says will never be applied."),
            confirm=t("Forget it"),
            on_confirm=OperatorEventsState.drop,
            on_cancel=OperatorEventsState.never_mind,
            danger=True,
            testid="drop-event",
        ),
    )


def _what(row: rx.Var[ParkedView]) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.what, class_name="a-break"),
        rx.el.span(row.why, class_name="a-help a-narrow"),
        class_name="a-cell-stack",
    )


def _try_or_drop(row: rx.Var[ParkedView]) -> rx.Component:
    return rx.el.div(
        rx.button(
            t("Try again"),
            size="1",
            variant="soft",
            on_click=OperatorEventsState.retry(row.id),
            custom_attrs={"data-testid": "retry"},
        ),
        rx.button(
            t("Forget"),
            size="1",
            variant="soft",
            color_scheme="gray",
            on_click=OperatorEventsState.ask_drop(row.id),
            custom_attrs={"data-testid": "drop"},
        ),
        class_name="a-actions a-row-menu",
    )


def misses() -> rx.Component:
    """Short codes that were asked for and do not exist."""
    return panel(
        rx.el.div(
            rx.el.h2(t("Short codes nobody has"), class_name="a-h2"),
            class_name="a-panel-head a-header",
        ),
        listing(
            loading=OperatorEventsState.loading,
            error=rx.Var.create(""),
            is_empty=OperatorEventsState.misses.length() == 0,
            on_retry=OperatorEventsState.load,
            empty=empty_state(
                "link-2-off",
                t("No miss"),
                t("A code that is guessed or mistyped is counted here."),
                testid="no-misses",
            ),
            filled=table(
                (
                    Column(t("Code"), lambda row: rx.el.code(row.code)),
                    Column(t("Times"), lambda row: row.count, numeric=True),
                    Column(t("Last"), lambda row: when(row.last, row.last_exact)),
                ),
                OperatorEventsState.misses,
                key=lambda row: row.code,
                caption=t("Short codes nobody has, the most often first"),
                testid="misses",
            ),
            columns=3,
        ),
    )
