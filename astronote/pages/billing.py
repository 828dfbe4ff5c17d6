"""What the shop has paid for, what is left, and where it went."""

import reflex as rx

from astronote.components.download import download_link
from astronote.components.feedback import empty_state, gate_card
from astronote.components.figures import badge, stat_card, when
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, listing, pagination, table
from astronote.state.billing import BillingState
from astronote.state.shell import ShellState


def page() -> rx.Component:
    """Plan and credits above, the ledger below."""
    return rx.fragment(
        page_header("Billing", "Your plan, your credits, and every credit spent"),
        rx.cond(ShellState.can_send, rx.fragment(), gate_card(ShellState.blocked_reason)),
        rx.el.section(
            _plan(),
            _credits("Available", BillingState.available, "to send with", "available"),
            _credits("Reserved", BillingState.reserved, "for messages on their way", "reserved"),
            _credits("Balance", BillingState.balance, "reserved included", "balance"),
            class_name="a-stats",
            aria_label="Plan and credits",
        ),
        panel(
            rx.el.div(
                rx.el.h2("Ledger", class_name="a-h2"),
                download_link(
                    "Export CSV", "/api/billing/ledger?format=csv", testid="export-ledger", size="1"
                ),
                class_name="a-panel-head a-header",
            ),
            _ledger(),
        ),
    )


def _plan() -> rx.Component:
    return rx.el.div(
        rx.el.span("Plan", class_name="a-small a-quiet"),
        rx.el.div(
            rx.el.span(BillingState.plan, class_name="a-stat-value"),
            badge(BillingState.status),
            class_name="a-actions",
        ),
        rx.el.span(BillingState.period_end, class_name="a-small a-quiet"),
        class_name="a-panel a-stat",
    )


def _credits(label: str, value: rx.Var, below: str, key: str) -> rx.Component:
    return stat_card(label, value, below, loading=BillingState.loading, testid=f"credits-{key}")


def _ledger() -> rx.Component:
    return listing(
        loading=BillingState.loading,
        error=rx.Var.create(""),
        is_empty=BillingState.rows.length() == 0,
        on_retry=BillingState.load,
        empty=empty_state(
            "receipt", "Nothing yet", "Credits you receive and messages you send are listed here."
        ),
        filled=rx.fragment(
            table(
                (
                    Column("When", lambda row: when(row.at, row.at_exact)),
                    Column("What", lambda row: row.kind),
                    Column("Note", lambda row: row.note),
                    Column("Credits", lambda row: row.amount, numeric=True),
                    Column("Balance", lambda row: row.balance, numeric=True),
                ),
                BillingState.rows,
                caption="Ledger, newest first",
                testid="ledger",
            ),
            pagination(
                BillingState.shown,
                has_previous=BillingState.has_previous,
                has_next=BillingState.has_next,
                on_previous=BillingState.previous_page,
                on_next=BillingState.next_page,
            ),
        ),
        columns=5,
    )
