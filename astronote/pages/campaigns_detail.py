"""One campaign: where it stands, what may be done, what came of it.

For tests: ``campaign-status``, ``campaign-reason``, ``campaign-when``, ``campaign-reach``,
``progress`` (with ``progress-counts``), ``edit``, ``send``, ``set-time``, ``unschedule``,
``pause``, ``resume``, ``cancel``, ``more`` (opens ``test-send``, ``duplicate``, ``delete``),
``input-phone``, ``test-send-yes``, ``ask`` (with ``ask-yes`` and ``ask-no``),
``campaign-missing``, ``campaign-stopped`` (holds ``campaign-reason``).
Figures: ``campaigns_results``; messages: ``campaigns_messages``; the
question before sending: ``campaigns_send``.
"""

import reflex as rx

from astronote.components.feedback import (
    empty_state,
    note,
    progress_card,
    skeleton_table,
)
from astronote.components.figures import badge, facts
from astronote.components.gate import gate_card
from astronote.components.layout import page_header, panel
from astronote.components.phone import phone_preview
from astronote.components.words import t
from astronote.pages import (
    campaigns_actions,
    campaigns_messages,
    campaigns_results,
    campaigns_send,
    campaigns_test_send,
    message_sheet,
)
from astronote.state.campaigns_detail import CampaignState
from astronote.state.shell import ShellState


def page() -> rx.Component:
    """Head and actions, the run, the results, the messages; the phone beside them."""
    return rx.cond(
        CampaignState.missing != "",
        _missing(),
        rx.cond(
            CampaignState.loading,
            rx.fragment(page_header(t("Campaign")), panel(skeleton_table(8, 3))),
            _campaign(),
        ),
    )


def _missing() -> rx.Component:
    return rx.fragment(
        page_header(t("Campaign")),
        panel(
            empty_state(
                "search-x",
                t("This campaign cannot be shown"),
                CampaignState.missing,
                rx.button(t("Try again"), variant="soft", on_click=CampaignState.load),
                rx.link(rx.button(t("All campaigns")), href="/app/campaigns"),
                testid="campaign-missing",
            )
        ),
    )


def _campaign() -> rx.Component:
    return rx.fragment(
        page_header(
            CampaignState.name,
            _subtitle(),
            *campaigns_actions.buttons(),
            back=("/app/campaigns", t("All campaigns")),
        ),
        rx.cond(
            ShellState.can_send | ~(CampaignState.may["send"] | CampaignState.may["resume"]),
            rx.fragment(),
            gate_card(ShellState.blocked_reason),
        ),
        rx.el.div(
            rx.el.div(
                rx.cond(CampaignState.held != "", _held(), rx.fragment()),
                rx.cond(CampaignState.stopped != "", _stopped(), rx.fragment()),
                rx.cond(
                    CampaignState.has_run,
                    rx.fragment(_run(), campaigns_results.view(), campaigns_messages.view()),
                    _plan(),
                ),
                class_name="a-detail-main",
            ),
            rx.el.aside(
                phone_preview(CampaignState.sender, CampaignState.sample),
                class_name="a-phone-side",
                aria_label=t("The message"),
            ),
            class_name="a-detail",
        ),
        campaigns_send.dialog(),
        campaigns_actions.question(),
        campaigns_test_send.dialog(),
        message_sheet.sheet(),
    )


def _subtitle() -> rx.Component:
    return rx.el.div(
        rx.el.span(badge(CampaignState.status), custom_attrs={"data-testid": "campaign-status"}),
        rx.el.span(
            CampaignState.when,
            title=CampaignState.when_exact,
            class_name="a-text a-quiet",
            custom_attrs={"data-testid": "campaign-when"},
        ),
        class_name="a-subtitle",
    )


def _held() -> rx.Component:
    return note(
        t("Quiet hours hold the messages. They will go out at {time}.", time=CampaignState.held),
        icon="moon",
        color="amber",
    )


def _stopped() -> rx.Component:
    return rx.el.div(
        note(
            rx.fragment(
                rx.el.b(CampaignState.stopped, custom_attrs={"data-testid": "campaign-reason"}),
                " ",
                CampaignState.remains,
            ),
            icon="circle-pause",
            color="amber",
        ),
        custom_attrs={"data-testid": "campaign-stopped"},
    )


def _run() -> rx.Component:
    return rx.cond(
        CampaignState.is_running | (CampaignState.status == "paused"),
        progress_card(
            rx.cond(
                CampaignState.held != "",
                t("Waiting for the quiet hours to end"),
                rx.cond(CampaignState.is_running, t("Sending"), t("Paused")),
            ),
            CampaignState.percent,
            CampaignState.progress_words,
            CampaignState.time_left,
        ),
        rx.fragment(),
    )


def _plan() -> rx.Component:
    return panel(
        rx.el.div(
            facts(
                (t("Audience"), rx.foreach(CampaignState.audience, rx.el.div)),
                (
                    t("Recipients"),
                    rx.el.span(CampaignState.reach, custom_attrs={"data-testid": "campaign-reach"}),
                ),
                (t("Offer"), CampaignState.offer),
                (t("Goes out"), CampaignState.plan),
            ),
            class_name="a-text",
        ),
        title=t("What it will do"),
    )
