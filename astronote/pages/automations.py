"""The two automations: switch them, write them, see what came of them.

For tests, with ``T`` one of ``welcome_message`` and ``birthday_message``: ``card-T``,
``toggle-T``, ``edit-T``, ``stat-T-sent`` (delivered, conversions, unsubscribes),
``chart-T``, ``sends-T``; ``switch-on`` with ``switch-on-yes`` and ``-no``; the sheet
``editor`` with ``input-messageBody``, ``input-sendHour``, ``editor-save``, those of
``astronote.components.composer``, and ``leave`` with ``leave-yes`` and ``-no``.
"""

import reflex as rx

from astronote.components import composer
from astronote.components.chart import bar_chart, same_as_table
from astronote.components.dialog import confirm_dialog, side_sheet
from astronote.components.feedback import loaded
from astronote.components.figures import badge, count, when
from astronote.components.form import form_error, select_field, submit
from astronote.components.gate import gate
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.state.automations import AutomationsState
from astronote.state.automations_cards import CardView
from astronote.state.automations_editor import AutomationEditorState

# The words around one automation: its name, and the labels of its controls and tables.
WORDS = {
    "welcome_message": {
        "title": t("Welcome"),
        "switch": t("Send welcome messages"),
        "edit": t("Edit message: welcome"),
        "region": t("Welcome messages"),
        "last": t("The last welcome messages"),
    },
    "birthday_message": {
        "title": t("Birthday"),
        "switch": t("Send birthday messages"),
        "edit": t("Edit message: birthday"),
        "region": t("Birthday messages"),
        "last": t("The last birthday messages"),
    },
}

FIGURES = (
    ("sent", t("Sent")),
    ("delivered", t("Delivered")),
    ("conversions", t("Redeemed")),
    ("unsubscribes", t("People unsubscribed")),
)
SERIES = (
    ("sent", t("Messages sent"), "var(--blue-9)"),
    ("conversions", t("Offers redeemed"), "var(--iris-11)"),
)


def page() -> rx.Component:
    """Both cards, the editor, the questions."""
    return rx.fragment(
        page_header(t("Automations"), t("Messages that send themselves, once to each person")),
        gate(),
        loaded(
            AutomationsState,
            rx.el.div(
                _card("welcome_message", "hand", AutomationsState.welcome),
                _card("birthday_message", "cake", AutomationsState.birthday),
                class_name="a-cards",
            ),
            rows=5,
            columns=4,
            frame=panel,
        ),
        _editor(),
        _questions(),
    )


def _card(type: str, icon: str, card: rx.Var[CardView]) -> rx.Component:
    words = WORDS[type]
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.div(rx.icon(icon, size=18, aria_hidden=True), class_name="a-blank-icon"),
                rx.el.div(
                    rx.el.h2(words["title"], class_name="a-h2"),
                    rx.el.p(card.timing, class_name="a-small a-quiet"),
                ),
                class_name="a-card-title",
            ),
            rx.el.label(
                rx.el.span(
                    rx.cond(card.is_active, t("Switched on"), t("Switched off")),
                    class_name="a-small a-strong",
                ),
                rx.switch(
                    checked=card.is_active,
                    on_change=AutomationsState.switch(type),
                    disabled=AutomationsState.working == type,
                    aria_label=words["switch"],
                    custom_attrs={"data-testid": f"toggle-{type}"},
                ),
                class_name="a-switch a-card-switch",
            ),
            class_name="a-panel-head",
        ),
        rx.el.div(
            _figures(type, card),
            rx.el.div(
                rx.el.p(card.text, class_name="a-sms a-text"),
                rx.button(
                    rx.icon("pencil", size=14, aria_hidden=True),
                    t("Edit message"),
                    variant="soft",
                    aria_label=words["edit"],
                    on_click=AutomationEditorState.edit(type),
                    custom_attrs={"data-testid": f"edit-{type}"},
                ),
                class_name="a-stack a-card-message",
            ),
            rx.cond(card.has_history, _chart(type, card), rx.fragment()),
            rx.cond(card.sends.length() > 0, _sends(type, card), _nothing_sent()),
            class_name="a-panel-body",
        ),
        class_name="a-panel",
        aria_label=words["region"],
        custom_attrs={"data-testid": f"card-{type}"},
    )


def _figures(type: str, card: rx.Var[CardView]) -> rx.Component:
    return rx.el.div(
        *[
            rx.el.div(
                count(words, card.figures[name], testid=f"stat-{type}-{name}"),
                rx.el.span(card.shares[name], class_name="a-help a-number"),
            )
            for name, words in FIGURES
        ],
        class_name="a-card-figures",
    )


def _chart(type: str, card: rx.Var[CardView]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(t("Last 30 days"), class_name="a-h3"),
        bar_chart(SERIES, card.chart, at="at", testid=f"chart-{type}", small=True),
        same_as_table(
            table(
                (
                    Column(t("Day"), lambda row: row.date),
                    Column(t("Messages sent"), lambda row: row.sent, numeric=True),
                    Column(t("Offers redeemed"), lambda row: row.conversions, numeric=True),
                ),
                card.days,
                key=lambda row: row.date,
                caption=t("Messages sent and redeemed by day"),
                testid=f"chart-table-{type}",
            )
        ),
        class_name="a-stack",
    )


def _sends(type: str, card: rx.Var[CardView]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(t("Last messages"), class_name="a-h3"),
        table(
            (
                Column(t("To"), lambda row: rx.el.span(row.phone, class_name="a-nowrap")),
                Column(t("Status"), lambda row: badge(row.status)),
                Column(t("When"), lambda row: when(row.at, row.at_exact)),
            ),
            card.sends,
            caption=WORDS[type]["last"],
            testid=f"sends-{type}",
        ),
        class_name="a-stack a-flush",
    )


def _nothing_sent() -> rx.Component:
    return rx.el.p(t("Nothing has been sent yet."), class_name="a-small a-quiet")


def _editor() -> rx.Component:
    state = AutomationEditorState
    return side_sheet(
        rx.form(
            rx.el.div(
                rx.el.div(
                    form_error(state.errors.get("", "")),
                    composer.message(state, "messageBody"),
                    rx.cond(state.has_hour, _hour(), rx.fragment()),
                    composer.offer(state),
                    class_name="a-form",
                ),
                composer.preview(state),
                class_name="a-with-phone",
            ),
            rx.el.div(
                rx.button(
                    t("Cancel"),
                    type="button",
                    variant="soft",
                    color_scheme="gray",
                    on_click=state.close,
                ),
                submit(
                    t("Save message"),
                    busy=state.working,
                    custom_attrs={"data-testid": "editor-save"},
                ),
                class_name="a-wizard-foot",
            ),
            on_submit=state.save,
            reset_on_submit=False,
            class_name="a-form",
        ),
        open=state.open,
        title=state.title,
        on_close=state.close,
        wide=True,
        testid="editor",
    )


def _hour() -> rx.Component:
    state = AutomationEditorState
    return select_field(
        t("Goes out at"),
        "sendHour",
        state.hours,
        help=t("In your shop's time zone, outside its quiet hours."),
        error=state.errors.get("sendHour", ""),
        default_value=state.values["sendHour"],
        on_change=state.typed("sendHour"),
    )


def _questions() -> rx.Component:
    return rx.fragment(
        confirm_dialog(
            open=AutomationsState.asked != "",
            title=rx.cond(
                AutomationsState.asked == "welcome_message",
                t("Switch on the welcome message?"),
                t("Switch on the birthday message?"),
            ),
            body=rx.el.span(
                rx.el.span(AutomationsState.asked_words),
                rx.el.span(AutomationsState.asked_text, class_name="a-sms"),
                class_name="a-ask",
            ),
            confirm=t("Switch on"),
            on_confirm=AutomationsState.switch_on,
            on_cancel=AutomationsState.never_mind,
            busy=AutomationsState.working != "",
            testid="switch-on",
        ),
        confirm_dialog(
            open=AutomationEditorState.leaving,
            title=t("Leave without saving?"),
            body=t("What you have written here is lost."),
            confirm=t("Leave"),
            on_confirm=AutomationEditorState.discard,
            on_cancel=AutomationEditorState.stay,
            danger=True,
            testid="leave",
        ),
    )
