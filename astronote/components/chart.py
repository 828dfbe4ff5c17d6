"""Bars over time, with a legend; whoever cannot see them reads the table beneath."""

from collections.abc import Sequence

import reflex as rx

from astronote.components.words import t


def bar_chart(
    series: Sequence[tuple[str, str | rx.Var, str]],
    data: rx.Var,
    *,
    at: str,
    testid: str,
    stacked: bool = False,
    small: bool = False,
) -> rx.Component:
    """Bars of each of ``series`` (key, name, colour) in ``data``, a list of rows.

    Args:
        series: keys of the rows with numbers.
        data: a var of dicts.
        at: the key of the rows that stands beneath the bars.
        testid: for the tests.
        stacked: one bar a row, its series on top of each other.
        small: lower, for one chart among others on a card.
    """
    stack = {"stack_id": "all"} if stacked else {"radius": [3, 3, 0, 0]}
    return rx.el.div(
        rx.recharts.bar_chart(
            *[
                rx.recharts.bar(data_key=key, name=name, fill=color, max_bar_size=44, **stack)
                for key, name, color in series
            ],
            rx.recharts.cartesian_grid(vertical=False, stroke="var(--slate-5)"),
            rx.recharts.x_axis(
                data_key=at, tick_line=False, stroke="var(--slate-8)", min_tick_gap=24
            ),
            rx.recharts.y_axis(allow_decimals=False, tick_line=False, axis_line=False, width=44),
            rx.recharts.legend(),
            rx.recharts.graphing_tooltip(),
            data=data,
            width="100%",
            height=180 if small else 260,
            margin={"left": 0, "right": 8, "top": 8, "bottom": 0},
            # The table is what the keyboard and screen readers get.
            custom_attrs={"accessibilityLayer": False},
        ),
        class_name="a-chart a-chart-small" if small else "a-chart",
        aria_hidden=True,
        custom_attrs={"data-testid": testid},
    )


def same_as_table(table: rx.Component) -> rx.Component:
    """The chart's figures, folded away beneath it."""
    return rx.el.details(rx.el.summary(t("The same as a table")), table, class_name="a-details")
