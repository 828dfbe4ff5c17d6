"""What the shop has paid for, what is left, where it went, and the way to pay; for owners.

For tests: ``plan``, ``credits-available``, ``credits-reserved``, ``credits-balance``,
``subscribe-monthly``, ``subscribe-yearly``, ``manage``, ``pack-1000``, ``pack-own``,
``input-credits``, ``total``, ``buy``, ``awaited`` (with ``data-state``), ``payments``,
``ledger``, ``input-kind``.
"""

import reflex as rx

from astronote.components.download import download_link
from astronote.components.feedback import empty_state, note
from astronote.components.figures import badge, dispute_badge, stat_card, when
from astronote.components.form import choice
from astronote.components.gate import gate
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, listing, pagination, table
from astronote.components.words import t
from astronote.pages.billing_paying import buying, coming_back, invoice_details, plan
from astronote.state.billing import BillingState, LedgerView
from astronote.state.payments import PaymentsState, PaymentView

_HEAD = "a-panel-head a-header"


def page() -> rx.Component:
    """Plan and credits above, then paying, what was paid, and the ledger."""
    return rx.fragment(
        page_header(t("Billing"), t("Your plan, your credits, and every credit spent")),
        coming_back(),
        gate("/app/billing"),
        rx.el.section(
            _credits(t("Available"), BillingState.available, t("to send with"), "available"),
            _credits(
                t("Reserved"), BillingState.reserved, t("for messages on their way"), "reserved"
            ),
            _credits(t("Balance"), BillingState.balance, t("reserved included"), "balance"),
            class_name="a-stats",
            aria_label=t("Credits"),
        ),
        rx.cond(
            PaymentsState.is_possible,
            rx.fragment(),
            note(
                t(
                    "Payments are not set up on this installation. Whoever runs it can "
                    "activate a plan and add credits for you."
                )
            ),
        ),
        rx.el.div(plan(), buying(), class_name="a-halves"),
        _payments(),
        invoice_details(),
        _ledger(),
    )


def _credits(label: rx.Var, value: rx.Var, below: rx.Var, key: str) -> rx.Component:
    return stat_card(label, value, below, loading=BillingState.loading, testid=f"credits-{key}")


def _payments() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.h2(t("Payments"), class_name="a-h2"),
            download_link(
                t("Export CSV"),
                "/api/billing/payments?format=csv",
                testid="export-payments",
                size="1",
            ),
            class_name=_HEAD,
        ),
        listing(
            loading=PaymentsState.loading,
            error=rx.Var.create(""),
            is_empty=PaymentsState.rows.length() == 0,
            on_retry=PaymentsState.load,
            empty=empty_state(
                "file-text",
                t("Nothing paid yet"),
                t("Each payment is listed here with its VAT and its invoice."),
                testid="no-payments",
            ),
            filled=rx.fragment(_paid(), _pages(PaymentsState)),
            columns=5,
        ),
    )


def _paid() -> rx.Component:
    return table(
        (
            Column(t("When"), lambda row: when(row.at, row.at_exact)),
            Column(t("What"), _paid_for),
            Column(t("Net"), lambda row: row.net, numeric=True, wide=True),
            Column(t("VAT"), lambda row: row.vat, numeric=True, wide=True),
            Column(t("Total"), lambda row: row.total, numeric=True),
        ),
        PaymentsState.rows,
        caption=t("Payments, newest first"),
        testid="payments",
    )


def _paid_for(row: rx.Var[PaymentView]) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.what),
        rx.cond(row.detail != "", rx.el.span(row.detail, class_name="a-help")),
        rx.cond(row.number != "", _invoice(row)),
        rx.cond(row.status == "failed", badge("failed")),
        dispute_badge(row.dispute),
        rx.cond(row.back != "", rx.el.span(row.back, class_name="a-help")),
        class_name="a-cell-stack",
    )


def _invoice(row: rx.Var[PaymentView]) -> rx.Component:
    return rx.cond(
        row.url != "",
        rx.el.a(row.number, href=row.url, target="_blank", rel="noopener", class_name="a-nowrap"),
        rx.el.span(row.number, class_name="a-help"),
    )


def _ledger() -> rx.Component:
    return panel(
        rx.el.div(rx.el.h2(t("Ledger"), class_name="a-h2"), _ledger_tools(), class_name=_HEAD),
        listing(
            loading=BillingState.loading,
            error=rx.Var.create(""),
            is_empty=BillingState.rows.length() == 0,
            on_retry=BillingState.load,
            empty=empty_state(
                "receipt",
                t("Nothing yet"),
                t("Credits you receive and messages you send are listed here."),
                testid="no-lines",
            ),
            filled=rx.fragment(_lines(), _pages(BillingState)),
            columns=5,
        ),
    )


def _ledger_tools() -> rx.Component:
    kind = BillingState.kind
    return rx.el.div(
        choice(
            "kind",
            (
                ("", t("Every line")),
                ("included", t("Included credits")),
                ("purchase", t("Credits bought")),
                ("grant", t("Credits granted")),
                ("commit", t("Messages sent")),
                ("adjustment", t("Adjustment")),
            ),
            value=kind,
            on_change=BillingState.choose_kind,
            aria_label=t("Which lines"),
        ),
        download_link(
            t("Export CSV"),
            "/api/billing/ledger?format=csv" + rx.cond(kind == "", "", "&kind=" + kind),
            testid="export-ledger",
            size="1",
        ),
        class_name="a-actions a-plan",
    )


def _lines() -> rx.Component:
    return table(
        (
            Column(t("When"), lambda row: when(row.at, row.at_exact)),
            Column(t("What"), lambda row: row.kind),
            Column(t("Note"), lambda row: row.note, wide=True),
            Column(t("Credits"), _amount, numeric=True),
            Column(t("Balance"), lambda row: row.balance, numeric=True, wide=True),
        ),
        BillingState.rows,
        caption=t("Ledger, newest first"),
        testid="ledger",
    )


def _pages(state: type[BillingState] | type[PaymentsState]) -> rx.Component:
    return pagination(
        state.shown,
        has_previous=state.has_previous,
        has_next=state.has_next,
        on_previous=state.previous_page,
        on_next=state.next_page,
    )


def _amount(row: rx.Var[LedgerView]) -> rx.Component:
    return rx.el.span(row.amount, class_name=rx.cond(row.is_gain, "a-gain", ""))
