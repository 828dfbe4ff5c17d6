"""The wizard's last step.

For tests: ``review-recipients``, ``review-credits``, ``review-available``, ``review-when``,
``review-problem``, ``gate-card``, ``send`` (sends now or schedules; asks first).
"""

import reflex as rx

from astronote.components.feedback import note
from astronote.components.figures import facts
from astronote.components.gate import gate_card
from astronote.components.layout import panel
from astronote.components.phone import phone_preview
from astronote.components.words import t
from astronote.pages.campaigns_parts import heading, remark
from astronote.state.campaigns_draft import DraftState
from astronote.state.campaigns_review import ReviewState
from astronote.state.campaigns_send import SendState


def view() -> rx.Component:
    """Everything in one card, the first text on a phone beside it."""
    return rx.el.div(
        rx.el.div(
            heading(t("Is everything right?")),
            rx.cond(ReviewState.blocked != "", gate_card(ReviewState.blocked), rx.fragment()),
            rx.cond(
                ReviewState.problem != "",
                rx.el.div(
                    note(ReviewState.problem, icon="circle-alert", color="red"),
                    custom_attrs={"data-testid": "review-problem"},
                ),
            ),
            rx.foreach(ReviewState.remarks, remark),
            panel(_figures(), _facts()),
            class_name="a-stack",
        ),
        rx.el.aside(
            rx.el.p(t("The first message"), class_name="a-small a-quiet a-centre"),
            phone_preview(ReviewState.sender, ReviewState.sample),
            class_name="a-phone-side",
            aria_label=t("The first message"),
        ),
        class_name="a-with-phone",
    )


def _figures() -> rx.Component:
    return rx.el.div(
        _figure(t("Recipients"), ReviewState.recipients, ReviewState.parts, "review-recipients"),
        _figure(t("Credits needed"), ReviewState.credits, ReviewState.missing, "review-credits"),
        _figure(t("Credits available"), ReviewState.available, "", "review-available"),
        class_name="a-figures",
    )


def _figure(label: rx.Var, value: rx.Var, below: rx.Var | str, testid: str) -> rx.Component:
    return rx.el.div(
        rx.el.span(label, class_name="a-small a-quiet"),
        rx.el.span(value, class_name="a-stat-value", custom_attrs={"data-testid": testid}),
        rx.el.span(below, class_name="a-help a-number"),
        class_name="a-cell-stack",
    )


def _facts() -> rx.Component:
    return rx.el.div(
        facts(
            (t("Campaign"), ReviewState.name),
            (t("Audience"), rx.foreach(ReviewState.audience, rx.el.div)),
            (t("Offer"), ReviewState.offer),
            (
                t("Goes out"),
                rx.el.span(ReviewState.when, custom_attrs={"data-testid": "review-when"}),
            ),
        ),
        class_name="a-panel-body a-text",
    )


def actions() -> rx.Component:
    """The button at the wizard's foot."""
    return rx.button(
        rx.cond(
            ReviewState.how == "at",
            rx.fragment(rx.icon("calendar-clock", size=16, aria_hidden=True), t("Schedule")),
            rx.fragment(rx.icon("send", size=16, aria_hidden=True), t("Send now")),
        ),
        type="button",
        disabled=~ReviewState.ready,
        loading=SendState.asking,
        on_click=SendState.ask(DraftState.draft_id, ReviewState.how),
        custom_attrs={"data-testid": "send"},
    )
