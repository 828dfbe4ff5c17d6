"""The part of the operator's page about payments of which money went back."""

import reflex as rx

from astronote.components.feedback import empty_state
from astronote.components.figures import dispute_badge, when
from astronote.components.layout import panel
from astronote.components.table import Column, listing, table
from astronote.components.words import t
from astronote.state.operator_money import OperatorMoneyState, ReversalView


def reversals() -> rx.Component:
    """Refunds and disputes, the latest first, with the credits that were taken."""
    return panel(
        rx.el.div(
            rx.el.h2(t("Refunds and disputes"), class_name="a-h2"),
            class_name="a-panel-head a-header",
        ),
        listing(
            loading=OperatorMoneyState.loading,
            error=rx.Var.create(""),
            is_empty=OperatorMoneyState.rows.length() == 0,
            on_retry=OperatorMoneyState.load,
            empty=empty_state(
                "undo-2",
                t("Nothing went back"),
                t("A payment that is refunded or disputed is listed here with its credits."),
                testid="no-reversals",
            ),
            filled=table(
                (
                    Column(t("Shop"), _shop),
                    Column(t("Payment"), _payment),
                    Column(t("When"), lambda row: when(row.at, row.at_exact), wide=True),
                    Column(t("Returned"), lambda row: row.refunded, numeric=True, wide=True),
                    Column(t("Credits taken"), _credits, numeric=True),
                ),
                OperatorMoneyState.rows,
                caption=t("Refunds and disputes, the latest first"),
                testid="reversals",
            ),
            columns=5,
        ),
    )


def _shop(row: rx.Var[ReversalView]) -> rx.Component:
    return rx.el.span(
        row.shop,
        " ",
        rx.el.span("#", row.shop_id, class_name="a-help"),
        custom_attrs={"translate": "no"},
    )


def _payment(row: rx.Var[ReversalView]) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.what),
        rx.el.span(row.total, class_name="a-help"),
        dispute_badge(row.dispute),
        class_name="a-cell-stack",
    )


def _credits(row: rx.Var[ReversalView]) -> rx.Component:
    return rx.el.div(
        row.taken,
        rx.cond(row.short != "", rx.el.span(row.short, class_name="a-help a-block")),
    )
