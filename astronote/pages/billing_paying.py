"""The parts of the billing page where a shop pays, and what it sees when it comes back."""

import reflex as rx

from astronote.components.feedback import note
from astronote.components.figures import badge, facts
from astronote.components.form import text_field
from astronote.components.layout import panel
from astronote.components.words import t
from astronote.state.billing import BillingState
from astronote.state.payments import Offered, PaymentsState


def coming_back() -> rx.Component:
    """What became of the payment from which the shop comes back."""
    return rx.el.div(
        rx.match(
            PaymentsState.awaited,
            (
                "waiting",
                note(t("Waiting for the payment to be confirmed. This takes a moment."), "loader"),
            ),
            ("paid", note(t("Thank you. The payment has arrived."), "circle-check", "green")),
            ("failed", note(t("The payment was not made."), "circle-alert", "red")),
            ("cancelled", note(t("Nothing was paid."), "info", "gray")),
            (
                "late",
                note(
                    t("The payment is not confirmed yet. It will be listed here as soon as it is."),
                    "clock",
                    "amber",
                ),
            ),
            rx.fragment(),
        ),
        role="status",
        hidden=PaymentsState.awaited == "",
        custom_attrs={"data-testid": "awaited", "data-state": PaymentsState.awaited},
    )


def plan() -> rx.Component:
    """The plan there is, and the plans there are."""
    return panel(
        rx.el.div(
            rx.el.span(
                BillingState.plan, class_name="a-stat-value", custom_attrs={"data-testid": "plan"}
            ),
            rx.cond(
                BillingState.status != "none", badge(BillingState.status, BillingState.status_name)
            ),
            class_name="a-actions a-plan",
        ),
        rx.cond(
            BillingState.period_end != "",
            rx.el.p(BillingState.period_end, class_name="a-text a-quiet"),
        ),
        rx.cond(
            PaymentsState.is_possible,
            rx.fragment(
                rx.cond(
                    BillingState.is_granted,
                    _going_on(),
                    rx.cond(BillingState.is_paid, rx.fragment(), _plans()),
                ),
                rx.cond(BillingState.has_customer, _manage()),
            ),
        ),
        title=t("Plan"),
    )


def _plans() -> rx.Component:
    return rx.el.div(rx.foreach(PaymentsState.plans, _plan), class_name="a-stack")


def _going_on() -> rx.Component:
    """For a shop that has a plan without paying: nothing to choose, but a way to."""
    return rx.el.details(
        rx.el.summary(t("Pay for a plan of your own")),
        rx.el.p(
            t("It takes the place of this one, and its credits are added to yours."),
            class_name="a-text a-quiet",
        ),
        _plans(),
        class_name="a-details",
        custom_attrs={"data-testid": "paid-plans"},
    )


def _plan(offered: rx.Var[Offered]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.b(offered.name, " · ", offered.price),
            rx.el.span(offered.below, class_name="a-help"),
        ),
        rx.button(
            t("Choose"),
            on_click=PaymentsState.subscribe(offered.key),
            loading=PaymentsState.leaving == offered.key,
            aria_label=t("Choose {plan}", plan=offered.name),
            custom_attrs={"data-testid": "subscribe-" + offered.key},
        ),
        class_name="a-offer",
    )


def _manage() -> rx.Component:
    return rx.el.div(
        rx.button(
            rx.icon("credit-card", size=15, aria_hidden=True),
            t("Manage subscription"),
            variant="soft",
            color_scheme="gray",
            on_click=PaymentsState.manage,
            loading=PaymentsState.leaving == "portal",
            custom_attrs={"data-testid": "manage"},
        ),
        rx.el.span(t("Card, plan, cancelling, invoices"), class_name="a-help"),
        class_name="a-stack a-start",
    )


def buying() -> rx.Component:
    """Packs of credits, and their price with VAT."""
    return panel(
        rx.el.div(
            rx.foreach(PaymentsState.packs, _pack),
            class_name="a-offers",
            role="radiogroup",
            aria_label=t("How many credits"),
        ),
        text_field(
            t("Or another number"),
            "credits",
            help=t("100 at least. One credit sends one message."),
            error=PaymentsState.errors.get("credits", ""),
            value=PaymentsState.own,
            on_change=PaymentsState.write_own.debounce(300),
            input_mode="numeric",
            placeholder="4000",
            max_length=12,
        ),
        rx.el.div(
            rx.el.span(t("Net"), class_name="a-quiet"),
            rx.el.span(PaymentsState.net),
            rx.el.span(PaymentsState.vat_name, class_name="a-quiet"),
            rx.el.span(PaymentsState.vat),
            rx.el.span(t("Total")),
            rx.el.span(PaymentsState.total, custom_attrs={"data-testid": "total"}),
            class_name="a-sum a-text",
        ),
        rx.button(
            t("Buy credits"),
            on_click=PaymentsState.buy,
            loading=PaymentsState.leaving == "credits",
            # Pressed before the page knows its prices, it would lead nowhere.
            disabled=PaymentsState.loading | ~PaymentsState.is_possible,
            custom_attrs={"data-testid": "buy"},
        ),
        title=t("Buy credits"),
    )


def _pack(offered: rx.Var[Offered]) -> rx.Component:
    chosen = PaymentsState.pack == offered.key
    return rx.el.button(
        rx.el.span(class_name="a-option-dot"),
        rx.el.span(
            rx.el.b(offered.name),
            rx.el.span(offered.price, class_name="a-number"),
            rx.el.span(offered.below, class_name="a-help"),
        ),
        type="button",
        role="radio",
        aria_checked=chosen,
        on_click=PaymentsState.choose_pack(offered.key),
        class_name=rx.cond(chosen, "a-option a-option-on", "a-option"),
        custom_attrs={"data-testid": "pack-" + offered.key},
    )


def invoice_details() -> rx.Component:
    """As whom the shop is invoiced, and where that is changed."""
    buyer = PaymentsState.buyer
    return panel(
        facts(
            (t("Legal name"), buyer.get("name", "–")),
            (t("VAT number"), _or_dash(buyer.get("vatNumber", ""))),
            (t("Address"), _or_dash(buyer.get("address", ""))),
        ),
        rx.el.p(
            t("The net price is rounded to a cent once, then its VAT."),
            " ",
            rx.link(t("Change these in Settings"), href="/app/settings", underline="always"),
            class_name="a-text a-quiet",
        ),
        title=t("On your invoices"),
    )


def _or_dash(value: rx.Var) -> rx.Var:
    return rx.cond(value == "", "–", value)
