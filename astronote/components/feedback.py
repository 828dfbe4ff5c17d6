"""What a list or page shows while there is nothing to show, and why."""

from collections.abc import Callable

import reflex as rx

from astronote.components.words import t
from astronote.state.loaded import Loaded


def empty_state(
    icon: str,
    title: str | rx.Var,
    sentence: str | rx.Var,
    *actions: rx.Component,
    testid: str = "empty",
) -> rx.Component:
    """Nothing here yet: what it would be, and what to do next."""
    return rx.el.div(
        rx.el.div(rx.icon(icon, size=20, aria_hidden=True), class_name="a-blank-icon"),
        rx.el.h2(title, class_name="a-h2"),
        rx.el.p(sentence, class_name="a-text a-quiet"),
        rx.el.div(*actions, class_name="a-actions") if actions else rx.fragment(),
        class_name="a-blank",
        custom_attrs={"data-testid": testid},
    )


def error_state(message: str | rx.Var, on_retry: rx.EventHandler) -> rx.Component:
    """It could not be loaded: why, in plain words, and a way to try again."""
    return rx.el.div(
        rx.el.div(rx.icon("cloud-off", size=20, aria_hidden=True), class_name="a-blank-icon"),
        rx.el.h2(t("This could not be loaded"), class_name="a-h2"),
        rx.el.p(message, class_name="a-text a-quiet"),
        rx.button(t("Try again"), on_click=on_retry, variant="soft"),
        class_name="a-blank",
        role="alert",
        custom_attrs={"data-testid": "load-error"},
    )


def loaded(
    state: type[Loaded],
    content: rx.Component,
    *,
    rows: int = 6,
    columns: int = 5,
    frame: Callable[[rx.Component], rx.Component] = rx.fragment,
) -> rx.Component:
    """``content`` once it is read; till then a skeleton, or why it could not be.

    Args:
        state: of the page; its ``load`` tries again.
        content: what it is all about.
        rows: of the skeleton's table, like ``columns``.
        frame: goes around skeleton and error, where ``content`` brings its own panels.
    """
    return rx.cond(
        state.error != "",
        frame(error_state(state.error, state.load)),
        rx.cond(state.loading, frame(skeleton_table(rows, columns)), content),
    )


def skeleton_table(rows: int = 6, columns: int = 5) -> rx.Component:
    """Grey bars in the shape of the table to come."""
    widths = ("60%", "80%", "45%", "70%", "35%")
    row = rx.el.tr(
        *[
            rx.el.td(rx.skeleton(height="14px", width=widths[i % 5], loading=True))
            for i in range(columns)
        ]
    )
    return rx.el.div(
        rx.el.span(t("Loading…"), class_name="a-hidden"),
        rx.el.table(rx.el.tbody(*[row for _ in range(rows)]), class_name="a-table"),
        role="status",
        custom_attrs={"data-testid": "loading"},
    )


def note(
    message: str | rx.Var | rx.Component, icon: str = "info", color: str = "iris"
) -> rx.Component:
    """A short remark in a coloured box (``iris``, ``amber``, ``red`` or ``green``)."""
    return rx.callout.root(
        rx.callout.icon(rx.icon(icon, size=16, aria_hidden=True)),
        rx.callout.text(message),
        color_scheme=color,
        size="1",
        high_contrast=True,
    )


def progress_card(
    title: str | rx.Var,
    percent: rx.Var,
    counts: str | rx.Var,
    time_left: str | rx.Var = "",
    *actions: rx.Component,
    testid: str = "progress",
) -> rx.Component:
    """Long work under way: a live bar with counts and the time left.

    Args:
        title: what is being done.
        percent: 0 to 100, a whole number.
        counts: how much of how much, as a sentence.
        time_left: "about 2 minutes left", or ''.
        actions: buttons such as Pause, at the right.
        testid: for the tests.
    """
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="a-h2"),
            rx.el.div(*actions, class_name="a-actions") if actions else rx.fragment(),
            class_name="a-header",
        ),
        rx.progress(value=percent, size="2", aria_label=title),
        rx.el.div(
            rx.el.span(counts, custom_attrs={"data-testid": f"{testid}-counts"}),
            rx.el.span(time_left),
            class_name="a-header a-small a-quiet a-number",
            aria_live="polite",
        ),
        class_name="a-panel a-panel-body",
        custom_attrs={"data-testid": testid},
    )
