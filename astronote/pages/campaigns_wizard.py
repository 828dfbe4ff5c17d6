"""Writing a campaign in four steps.

For tests: ``wizard-step-basics``, ``-audience``, ``-schedule``, ``-review`` (the steps at
the top; the one shown has ``aria-current="step"``), ``wizard-next``, ``wizard-back``,
``wizard-saved``, ``wizard-close``, ``test-send``. What each step has: ``campaigns_basics``,
``campaigns_audience``, ``campaigns_schedule``, ``campaigns_review``.
"""

import reflex as rx

from astronote.components.feedback import empty_state, skeleton_table
from astronote.components.layout import page_header, panel
from astronote.components.words import t
from astronote.pages import (
    campaigns_audience,
    campaigns_basics,
    campaigns_review,
    campaigns_schedule,
    campaigns_send,
    campaigns_test_send,
)
from astronote.state.campaigns_draft import DraftState
from astronote.state.campaigns_test_send import TestSendState
from astronote.state.campaigns_wizard import WizardState

TITLES = (
    ("basics", t("Basics")),
    ("audience", t("Audience")),
    ("schedule", t("When")),
    ("review", t("Review")),
)


def page() -> rx.Component:
    """The steps above, one of them below, and the way on at its foot."""
    return rx.fragment(
        page_header(
            rx.cond(DraftState.name != "", DraftState.name, t("New campaign")),
            _saved(),
            _try(),
            _close(),
        ),
        rx.cond(WizardState.missing != "", _missing(), _wizard()),
        campaigns_send.dialog(),
        campaigns_test_send.dialog(),
    )


def _saved() -> rx.Component:
    return rx.el.p(
        rx.match(
            DraftState.saved,
            (
                "saved",
                rx.fragment(rx.icon("circle-check", size=14, aria_hidden=True), t("Draft saved")),
            ),
            (
                "unsaved",
                rx.fragment(
                    rx.icon("circle-alert", size=14, aria_hidden=True),
                    t("Last change not saved yet"),
                ),
            ),
            rx.fragment(t("Saved as you go")),
        ),
        class_name="a-small a-quiet a-saved",
        aria_live="polite",
        custom_attrs={"data-testid": "wizard-saved"},
    )


def _try() -> rx.Component:
    return rx.cond(
        DraftState.draft_id > 0,
        rx.button(
            rx.icon("smartphone", size=15, aria_hidden=True),
            t("Send a test…"),
            variant="soft",
            color_scheme="gray",
            on_click=TestSendState.ask(DraftState.draft_id),
            custom_attrs={"data-testid": "test-send"},
        ),
        rx.fragment(),
    )


def _close() -> rx.Component:
    return rx.link(
        rx.button(t("Close"), variant="soft", color_scheme="gray", tab_index=-1),
        href="/app/campaigns",
        custom_attrs={"data-testid": "wizard-close"},
    )


def _missing() -> rx.Component:
    return panel(
        empty_state(
            "search-x",
            t("This campaign cannot be shown"),
            WizardState.missing,
            rx.button(t("Try again"), variant="soft", on_click=WizardState.load),
            rx.link(rx.button(t("All campaigns")), href="/app/campaigns"),
            testid="campaign-missing",
        )
    )


def _wizard() -> rx.Component:
    return rx.fragment(
        rx.el.nav(
            rx.el.ol(
                *[_step(i, name, words) for i, (name, words) in enumerate(TITLES)],
                class_name="a-steps",
            ),
            aria_label=t("Steps"),
        ),
        rx.cond(
            WizardState.loading,
            panel(skeleton_table(6, 2)),
            rx.form(
                rx.match(
                    WizardState.step,
                    ("basics", campaigns_basics.view()),
                    ("audience", campaigns_audience.view()),
                    ("schedule", campaigns_schedule.view()),
                    ("review", campaigns_review.view()),
                    rx.fragment(),
                ),
                _foot(),
                on_submit=WizardState.forward,
                reset_on_submit=False,
                no_validate=True,
                class_name="a-wizard",
            ),
        ),
    )


def _step(number: int, name: str, words: rx.Var) -> rx.Component:
    is_done, is_here = WizardState.place > number, WizardState.place == number
    return rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.cond(is_done, rx.icon("check", size=13, aria_hidden=True), str(number + 1)),
                class_name="a-step-number",
                aria_hidden=True,
            ),
            words,
            rx.cond(is_done, rx.el.span(t(", done"), class_name="a-hidden")),
            type="button",
            on_click=WizardState.go_to(name),
            disabled=~is_done,
            class_name=rx.cond(
                is_here, "a-step a-step-here", rx.cond(is_done, "a-step a-step-done", "a-step")
            ),
            custom_attrs={
                "data-testid": f"wizard-step-{name}",
                "aria-current": rx.cond(is_here, "step", "false"),
            },
        )
    )


def _foot() -> rx.Component:
    return rx.el.div(
        rx.cond(
            WizardState.place > 0,
            rx.button(
                rx.icon("arrow-left", size=15, aria_hidden=True),
                t("Back"),
                type="button",
                variant="soft",
                color_scheme="gray",
                disabled=WizardState.moving,
                on_click=WizardState.back,
                custom_attrs={"data-testid": "wizard-back"},
            ),
            rx.el.span(),
        ),
        rx.cond(
            WizardState.step == "review",
            campaigns_review.actions(),
            rx.button(
                t("Next"),
                rx.icon("arrow-right", size=15, aria_hidden=True),
                type="submit",
                loading=WizardState.moving,
                custom_attrs={"data-testid": "wizard-next"},
            ),
        ),
        class_name="a-wizard-foot",
    )
