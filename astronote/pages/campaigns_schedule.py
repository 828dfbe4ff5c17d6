"""The wizard's third step.

For tests: ``schedule-now``, ``schedule-at``, ``input-localTime``, ``error-localTime``,
``schedule-remarks``, ``input-ignoreQuiet``.
"""

import reflex as rx

from astronote.components.form import field_id, text_field
from astronote.components.layout import panel
from astronote.components.words import t
from astronote.pages.campaigns_parts import heading, option, remark
from astronote.state.campaigns_schedule import ScheduleState


def view() -> rx.Component:
    """Two choices, and what they mean."""
    return rx.el.div(
        heading(t("When does it go out?")),
        rx.el.div(
            _mode("now", t("Now"), t("As soon as you press Send on the next page.")),
            _mode("at", t("At a date and time"), t("By itself, whether you are signed in or not.")),
            role="radiogroup",
            aria_labelledby="wizard-title",
            class_name="a-fields",
        ),
        rx.cond(ScheduleState.mode == "at", _time(), rx.fragment()),
        rx.cond(
            ScheduleState.remarks.length() > 0,
            rx.el.div(
                rx.foreach(ScheduleState.remarks, remark),
                class_name="a-stack",
                aria_live="polite",
                custom_attrs={"data-testid": "schedule-remarks"},
            ),
        ),
        rx.cond(ScheduleState.quiet != "", _quiet(), rx.fragment()),
        class_name="a-stack",
    )


def _mode(value: str, words: rx.Var, help: rx.Var) -> rx.Component:
    return option(
        words,
        help,
        is_chosen=ScheduleState.mode == value,
        on_choose=ScheduleState.set_mode(value),
        testid=f"schedule-{value}",
    )


def _time() -> rx.Component:
    return panel(
        rx.el.div(
            text_field(
                t("Date and time"),
                "localTime",
                help=t(
                    "In your shop's time zone, {zone}. {now}",
                    zone=ScheduleState.zone,
                    now=ScheduleState.zone_now,
                ),
                error=ScheduleState.errors.get("localTime", ""),
                type="datetime-local",
                min=ScheduleState.earliest,
                default_value=ScheduleState.local_time,
                on_change=ScheduleState.typed.debounce(300),
                on_blur=ScheduleState.typed,
                max_width="280px",
            ),
            class_name="a-panel-body",
        )
    )


def _quiet() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.div(
                rx.switch(
                    checked=ScheduleState.ignore_quiet,
                    on_change=ScheduleState.set_ignore_quiet,
                    disabled=~ScheduleState.is_owner,
                    name="ignoreQuiet",
                    id=field_id("ignoreQuiet"),
                    custom_attrs={"data-testid": "input-ignoreQuiet"},
                ),
                rx.el.label(
                    rx.el.span(t("Send in quiet hours too"), class_name="a-strong"),
                    rx.el.span(
                        t("Otherwise messages wait from {hours}.", hours=ScheduleState.quiet),
                        " ",
                        rx.cond(
                            ScheduleState.is_owner, "", t("Only the shop's owner can change this.")
                        ),
                        class_name="a-help",
                    ),
                    html_for=field_id("ignoreQuiet"),
                    class_name="a-cell-stack",
                ),
                class_name="a-switch",
            ),
            class_name="a-panel-body",
        )
    )
