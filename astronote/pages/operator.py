"""For who runs the installation: shops, sender names, events that failed, how it all does.

To anybody else this page is a wrong address. For tests: ``names`` (rows ``names-row`` with
``approve`` and ``refuse``), ``shops`` (rows ``shops-row`` with ``hold`` or ``release``),
``search-shops``, ``reason-dialog`` with ``input-reason`` and ``reason-yes``, ``parked`` (rows with
``retry`` and ``drop``), ``misses``, ``look``, ``looked``, ``figures``, ``reversals``.
"""

import reflex as rx

from astronote.components.dialog import form_dialog
from astronote.components.feedback import empty_state, note
from astronote.components.figures import badge, when
from astronote.components.form import area_field
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, listing, pagination, table
from astronote.components.words import t
from astronote.pages import not_found
from astronote.pages.operator_events import misses, parked
from astronote.pages.operator_health import health
from astronote.pages.operator_money import reversals
from astronote.state.operator import NameView, OperatorState, ShopView
from astronote.state.shell import ShellState

# Names are not words: a reader's language changes nothing in them.
_AS_WRITTEN = {"translate": "no"}


def page() -> rx.Component:
    """The page for operators; for others, what a wrong address shows."""
    return rx.cond(
        ShellState.is_operator,
        rx.el.div(
            page_header(t("Operator"), t("All shops of this installation, and how it is doing")),
            _names(),
            _shops(),
            health(),
            reversals(),
            parked(),
            misses(),
            _reason(),
            class_name="a-content",
        ),
        rx.cond(ShellState.email != "", not_found.page(), rx.fragment()),
    )


def _names() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.h2(t("Sender names to approve"), class_name="a-h2"),
            rx.cond(OperatorState.names_count != "", badge("waiting", OperatorState.names_count)),
            class_name="a-panel-head a-header",
        ),
        rx.cond(
            OperatorState.approval_required,
            rx.fragment(),
            rx.el.div(
                note(
                    t(
                        "Approval is off (REQUIRE_SENDER_APPROVAL): shops send under their "
                        "names without it."
                    )
                ),
                class_name="a-panel-body",
            ),
        ),
        listing(
            loading=OperatorState.loading,
            error=rx.Var.create(""),
            is_empty=OperatorState.names.length() == 0,
            on_retry=OperatorState.load,
            empty=empty_state(
                "badge-check",
                t("No name waits"),
                t("A shop's first sender name, and each change of it, is listed here."),
                testid="no-names",
            ),
            filled=_waiting(),
            columns=4,
        ),
    )


def _waiting() -> rx.Component:
    return table(
        (
            Column(t("Sender name"), lambda row: rx.el.b(row.name, custom_attrs=_AS_WRITTEN)),
            Column(t("Shop"), lambda row: rx.el.span(row.shop, custom_attrs=_AS_WRITTEN)),
            Column(t("Asked"), lambda row: when(row.asked, row.asked_exact), wide=True),
            Column("", _decide),
        ),
        OperatorState.names,
        key=lambda row: row.shop_id,
        caption=t("Sender names to approve"),
        testid="names",
    )


def _decide(row: rx.Var[NameView]) -> rx.Component:
    return rx.el.div(
        rx.button(
            t("Approve"),
            size="1",
            on_click=OperatorState.approve(row.shop_id, row.name),
            aria_label=t("Approve {name}", name=row.name),
            custom_attrs={"data-testid": "approve"},
        ),
        rx.button(
            t("Refuse"),
            size="1",
            variant="soft",
            color_scheme="gray",
            on_click=OperatorState.ask_refuse(row.shop_id, row.name),
            aria_label=t("Refuse {name}", name=row.name),
            custom_attrs={"data-testid": "refuse"},
        ),
        class_name="a-actions a-row-menu",
    )


def _shops() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.h2(t("Shops"), class_name="a-h2"),
            rx.input(
                value=OperatorState.q,
                on_change=OperatorState.search.debounce(300),
                placeholder=t("Name, owner's e-mail or number"),
                aria_label=t("Search shops"),
                max_length=100,
                class_name="a-find",
                custom_attrs={"data-testid": "search-shops"},
            ),
            class_name="a-panel-head a-header",
        ),
        listing(
            loading=OperatorState.loading,
            error=rx.Var.create(""),
            is_empty=OperatorState.rows.length() == 0,
            on_retry=OperatorState.load,
            empty=empty_state("store", t("No shop"), t("No shop is called so."), testid="no-shops"),
            filled=rx.fragment(
                table(
                    (
                        Column(t("Shop"), _shop),
                        Column(t("Plan"), _plan),
                        Column(t("Sender name"), _sender, wide=True),
                        Column(t("Credits"), lambda row: row.credits, numeric=True, wide=True),
                        Column(t("Sent in 30 days"), lambda row: row.sent, numeric=True, wide=True),
                        Column("", _stop_or_go),
                    ),
                    OperatorState.rows,
                    caption=t("Shops, newest first"),
                    testid="shops",
                ),
                pagination(
                    OperatorState.shown,
                    has_previous=OperatorState.has_previous,
                    has_next=OperatorState.has_next,
                    on_previous=OperatorState.previous_page,
                    on_next=OperatorState.next_page,
                ),
            ),
            columns=6,
        ),
    )


def _shop(row: rx.Var[ShopView]) -> rx.Component:
    return rx.el.div(
        rx.el.span(
            row.name, " ", rx.el.span("#", row.id, class_name="a-help"), custom_attrs=_AS_WRITTEN
        ),
        rx.el.span(row.owner, class_name="a-help"),
        rx.cond(
            row.held,
            rx.fragment(
                badge("failed", t("On hold")),
                rx.el.span(row.hold_reason, class_name="a-help", custom_attrs=_AS_WRITTEN),
            ),
        ),
        class_name="a-cell-stack",
    )


def _plan(row: rx.Var[ShopView]) -> rx.Component:
    return rx.el.div(
        badge(row.status, row.status_name),
        rx.el.span(row.plan, class_name="a-help"),
        class_name="a-cell-stack",
    )


def _sender(row: rx.Var[ShopView]) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.sender),
        rx.match(
            row.sender_state,
            ("approved", rx.el.span(t("Approved"), class_name="a-help")),
            ("refused", rx.el.span(t("Refused"), class_name="a-help")),
            ("waiting", rx.el.span(t("Waiting"), class_name="a-help")),
            rx.el.span("–", class_name="a-help"),
        ),
        class_name="a-cell-stack",
    )


def _stop_or_go(row: rx.Var[ShopView]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.held,
            rx.button(
                t("Release"),
                size="1",
                on_click=OperatorState.release(row.id),
                aria_label=t("Release {name}", name=row.name),
                custom_attrs={"data-testid": "release"},
            ),
            rx.button(
                t("Put on hold"),
                size="1",
                variant="soft",
                color_scheme="gray",
                on_click=OperatorState.ask_hold(row.id),
                aria_label=t("Put {name} on hold", name=row.name),
                custom_attrs={"data-testid": "hold"},
            ),
        ),
        class_name="a-row-menu",
    )


def _reason() -> rx.Component:
    held = OperatorState.act == "hold"
    return form_dialog(
        area_field(
            t("Reason"),
            "reason",
            help=t("The shop's owner reads this."),
            error=OperatorState.errors.get("reason", ""),
            rows="3",
            max_length=300,
            auto_focus=True,
        ),
        open=OperatorState.act != "",
        key=OperatorState.opened,
        title=rx.cond(
            held,
            t("Put {name} on hold?", name=OperatorState.asked_words),
            t("Refuse {name}?", name=OperatorState.asked_words),
        ),
        description=rx.cond(
            held,
            t("Nothing of the shop is sent any more; running campaigns pause."),
            t("Nothing is sent under this name. The shop may choose another one."),
        ),
        confirm=rx.cond(held, t("Put on hold"), t("Refuse")),
        on_submit=OperatorState.confirm,
        on_cancel=OperatorState.never_mind,
        error=OperatorState.errors.get("", ""),
        busy=OperatorState.working,
        testid="reason-dialog",
        confirm_testid="reason-yes",
    )
