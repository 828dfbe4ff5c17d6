"""One campaign: where it stands, what may be done, what came of it.

For tests: ``campaign-status``, ``campaign-reason``, ``campaign-when``, ``campaign-reach``,
``progress`` (with ``progress-counts``), ``count-<status>`` (total, queued, sending, sent,
delivered, failed, unknown, skipped), ``edit``, ``send``, ``set-time``, ``unschedule``,
``pause``, ``resume``, ``cancel``, ``more`` (opens ``test-send``, ``duplicate``, ``delete``),
``input-phone``, ``test-send-yes``, ``ask`` (with ``ask-yes`` and ``ask-no``),
``campaign-missing``. Figures: ``campaigns_results``; messages: ``campaigns_messages``; the
question before sending: ``campaigns_send``.
"""

import reflex as rx

from astronote.components.dialog import confirm_dialog
from astronote.components.feedback import (
    empty_state,
    gate_card,
    note,
    progress_card,
    skeleton_table,
)
from astronote.components.figures import badge, count, facts
from astronote.components.form import submit, text_field
from astronote.components.layout import page_header, panel
from astronote.components.phone import phone_preview
from astronote.pages import campaigns_messages, campaigns_results, campaigns_send
from astronote.state.campaigns_detail import CampaignState
from astronote.state.campaigns_send import SendState
from astronote.state.shell import ShellState

COUNTS = (
    ("total", "Recipients"),
    ("queued", "Waiting"),
    ("sending", "Being sent"),
    ("sent", "On the way"),
    ("delivered", "Delivered"),
    ("failed", "Failed"),
    ("unknown", "Unknown"),
    ("skipped", "Skipped"),
)


def page() -> rx.Component:
    """Head and actions, the run, the results, the messages; the phone beside them."""
    return rx.cond(
        CampaignState.missing != "",
        _missing(),
        rx.cond(
            CampaignState.loading,
            rx.fragment(page_header("Campaign"), panel(skeleton_table(8, 3))),
            _campaign(),
        ),
    )


def _missing() -> rx.Component:
    return rx.fragment(
        page_header("Campaign"),
        panel(
            empty_state(
                "search-x",
                "This campaign cannot be shown",
                CampaignState.missing,
                rx.button("Try again", variant="soft", on_click=CampaignState.load),
                rx.link(rx.button("All campaigns"), href="/app/campaigns"),
                testid="campaign-missing",
            )
        ),
    )


def _campaign() -> rx.Component:
    return rx.fragment(
        page_header(CampaignState.name, _subtitle(), *_actions()),
        rx.cond(
            ShellState.can_send | ~CampaignState.may["send"],
            rx.fragment(),
            gate_card(ShellState.blocked_reason),
        ),
        rx.el.div(
            rx.el.div(
                rx.cond(CampaignState.held != "", _held(), rx.fragment()),
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
                aria_label="The message",
            ),
            class_name="a-detail",
        ),
        campaigns_send.dialog(),
        _question(),
        _test(),
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
        rx.cond(
            CampaignState.reason != "",
            rx.el.span(
                CampaignState.reason,
                class_name="a-text",
                custom_attrs={"data-testid": "campaign-reason"},
            ),
        ),
        class_name="a-subtitle",
    )


def _actions() -> list[rx.Component]:
    edit = f"/app/campaigns/{CampaignState.shown_id}/edit"
    return [
        _when_allowed("pause", _act("Pause", "pause", CampaignState.pause, icon="pause")),
        _when_allowed("cancel", _act("Cancel", "cancel", CampaignState.ask("cancel"), icon="x")),
        _when_allowed(
            "resume", _act("Resume", "resume", CampaignState.resume, icon="play", strong=True)
        ),
        _when_allowed("edit", _go("Edit", "edit", edit)),
        _when_allowed("unschedule", _act("Unschedule", "unschedule", CampaignState.unschedule)),
        _when_allowed("send", _go("Schedule", "set-time", f"{edit}?step=schedule")),
        _when_allowed(
            "send",
            rx.button(
                rx.icon("send", size=15, aria_hidden=True),
                "Send now",
                loading=SendState.asking,
                disabled=~ShellState.can_send,
                on_click=SendState.ask(CampaignState.shown_id, "now"),
                custom_attrs={"data-testid": "send"},
            ),
        ),
        _more(),
    ]


def _when_allowed(what: str, button: rx.Component) -> rx.Component:
    return rx.cond(CampaignState.may[what], button, rx.fragment())


def _act(words: str, testid: str, event, icon: str = "", strong: bool = False) -> rx.Component:
    return rx.button(
        *([rx.icon(icon, size=15, aria_hidden=True)] if icon else []),
        words,
        variant="solid" if strong else "soft",
        color_scheme="iris" if strong else "gray",
        loading=CampaignState.working == testid,
        disabled=CampaignState.working != "",
        on_click=event,
        custom_attrs={"data-testid": testid},
    )


def _go(words: str, testid: str, href: str | rx.Var) -> rx.Component:
    return rx.link(
        rx.button(words, variant="soft", color_scheme="gray", tab_index=-1),
        href=href,
        custom_attrs={"data-testid": testid},
    )


def _more() -> rx.Component:
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.button(
                rx.icon("ellipsis", size=17),
                variant="soft",
                color_scheme="gray",
                aria_label="More actions",
                custom_attrs={"data-testid": "more"},
            )
        ),
        rx.dropdown_menu.content(
            _when_allowed(
                "test", _item("Send a test…", "test-send", CampaignState.open_test(True))
            ),
            _item("Duplicate", "duplicate", CampaignState.duplicate),
            _when_allowed(
                "edit", _item("Delete…", "delete", CampaignState.ask("delete"), color="red")
            ),
            size="1",
            align="end",
        ),
    )


def _item(words: str, testid: str, event, **props) -> rx.Component:
    return rx.dropdown_menu.item(
        words, on_select=event, custom_attrs={"data-testid": testid}, **props
    )


def _held() -> rx.Component:
    return note(
        f"Quiet hours hold the messages. They will go out at {CampaignState.held}.",
        icon="moon",
        color="amber",
    )


def _run() -> rx.Component:
    return rx.fragment(
        rx.cond(
            CampaignState.is_running | (CampaignState.status == "paused"),
            progress_card(
                rx.cond(
                    CampaignState.held != "",
                    "Waiting for the quiet hours to end",
                    rx.cond(CampaignState.is_running, "Sending", "Paused"),
                ),
                CampaignState.percent,
                CampaignState.progress_words,
                CampaignState.time_left,
            ),
        ),
        panel(
            rx.el.div(
                rx.el.div(
                    *[
                        count(words, CampaignState.counts[name], f"count-{name}")
                        for name, words in COUNTS
                    ],
                    class_name="a-counts",
                ),
                class_name="a-panel-body",
            ),
            aria_label="Messages by status",
        ),
    )


def _plan() -> rx.Component:
    return panel(
        rx.el.div(
            facts(
                ("Audience", rx.foreach(CampaignState.audience, rx.el.div)),
                (
                    "Recipients",
                    rx.el.span(CampaignState.reach, custom_attrs={"data-testid": "campaign-reach"}),
                ),
                ("Offer", CampaignState.offer),
                ("Goes out", CampaignState.plan),
            ),
            class_name="a-text",
        ),
        title="What it will do",
    )


def _question() -> rx.Component:
    cancels = CampaignState.asked == "cancel"
    return confirm_dialog(
        open=CampaignState.asked != "",
        title=rx.cond(cancels, "Cancel this campaign?", "Delete this campaign?"),
        body=CampaignState.asked_words,
        confirm=rx.cond(cancels, "Cancel the campaign", "Delete"),
        on_confirm=CampaignState.do_it,
        on_cancel=CampaignState.never_mind,
        busy=CampaignState.working != "",
        danger=True,
        testid="ask",
    )


def _test() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Send a test", size="4"),
            rx.dialog.description(
                "The message as it is now, to one phone. Its links lead nowhere, it costs what a "
                "message costs, and no statistics count it.",
                size="2",
            ),
            rx.form(
                rx.el.div(
                    text_field(
                        "Phone",
                        "phone",
                        type="tel",
                        error=CampaignState.test_error,
                        auto_focus=True,
                        auto_complete="tel",
                    ),
                    rx.el.div(
                        rx.button(
                            "Cancel",
                            type="button",
                            variant="soft",
                            color_scheme="gray",
                            on_click=CampaignState.open_test(False),
                        ),
                        submit(
                            "Send the test",
                            CampaignState.working == "test",
                            custom_attrs={"data-testid": "test-send-yes"},
                        ),
                        class_name="a-actions a-dialog-end",
                    ),
                    class_name="a-form",
                ),
                on_submit=CampaignState.send_test,
                reset_on_submit=False,
                margin_top="16px",
            ),
            max_width="420px",
        ),
        open=CampaignState.testing,
        on_open_change=CampaignState.open_test,
    )
