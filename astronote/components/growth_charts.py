"""The dashboard's charts: contacts, and what was sent and redeemed, over the last days."""

import reflex as rx

from astronote.components.chart import same_as_table
from astronote.components.layout import panel
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.state.dashboard import DashboardState

HEIGHT = 220


def growth_charts() -> rx.Component:
    """Two charts side by side, and both as one table beneath."""
    return rx.el.div(
        rx.el.div(
            _box(t("Contacts"), "chart-contacts", _contacts()),
            _box(
                t("Messages and redeemed offers"),
                "chart-messages",
                rx.cond(
                    DashboardState.has_sent,
                    _messages(),
                    rx.el.p(
                        t("What you send in the next days shows here."),
                        class_name="a-text a-quiet a-chart-empty",
                    ),
                ),
            ),
            class_name="a-cards",
        ),
        same_as_table(panel(_table())),
        class_name="a-stack",
    )


def _box(title: rx.Var, testid: str, chart: rx.Component) -> rx.Component:
    return panel(
        rx.el.p(t("Last 30 days"), class_name="a-small a-quiet"),
        rx.cond(
            DashboardState.loading,
            rx.skeleton(height=f"{HEIGHT}px", width="100%", loading=True),
            rx.el.div(
                chart,
                class_name="a-chart a-chart-dashboard",
                # The table below is what the keyboard and screen readers get.
                aria_hidden=True,
                custom_attrs={"data-testid": testid},
            ),
        ),
        title=title,
    )


def _frame() -> dict[str, object]:
    return {
        "data": DashboardState.chart,
        "width": "100%",
        "height": HEIGHT,
        "margin": {"left": 0, "right": 8, "top": 8, "bottom": 0},
        "custom_attrs": {"accessibilityLayer": False},
    }


def _days() -> rx.Component:
    return rx.recharts.x_axis(
        data_key="at", tick_line=False, stroke="var(--slate-8)", min_tick_gap=32
    )


def _grid() -> rx.Component:
    return rx.recharts.cartesian_grid(vertical=False, stroke="var(--slate-5)")


def _contacts() -> rx.Component:
    return rx.recharts.area_chart(
        rx.recharts.area(
            data_key="contacts",
            name=t("Contacts"),
            stroke="var(--iris-9)",
            fill="var(--iris-5)",
            stroke_width=2,
            dot=False,
            is_animation_active=False,
        ),
        _grid(),
        _days(),
        rx.recharts.y_axis(allow_decimals=False, tick_line=False, axis_line=False, width=52),
        rx.recharts.graphing_tooltip(),
        **_frame(),
    )


def _messages() -> rx.Component:
    return rx.recharts.composed_chart(
        rx.recharts.bar(
            data_key="sent",
            name=t("Messages sent"),
            fill="var(--blue-8)",
            radius=[2, 2, 0, 0],
            y_axis_id="sent",
            is_animation_active=False,
        ),
        rx.recharts.line(
            data_key="conversions",
            name=t("Offers redeemed"),
            stroke="var(--iris-11)",
            stroke_width=2,
            dot=False,
            y_axis_id="conversions",
            is_animation_active=False,
        ),
        _grid(),
        _days(),
        rx.recharts.y_axis(
            y_axis_id="sent", allow_decimals=False, tick_line=False, axis_line=False, width=44
        ),
        rx.recharts.y_axis(
            y_axis_id="conversions",
            orientation="right",
            allow_decimals=False,
            tick_line=False,
            axis_line=False,
            width=36,
        ),
        rx.recharts.legend(),
        rx.recharts.graphing_tooltip(),
        **_frame(),
    )


def _table() -> rx.Component:
    return table(
        (
            Column(t("Day"), lambda row: row.date),
            Column(t("Contacts"), lambda row: row.contacts, numeric=True),
            Column(t("New"), lambda row: row.new_contacts, numeric=True),
            Column(t("Messages sent"), lambda row: row.sent, numeric=True),
            Column(t("Offers redeemed"), lambda row: row.conversions, numeric=True),
        ),
        DashboardState.days,
        key=lambda row: row.date,
        caption=t("Contacts, messages and redeemed offers by day"),
        testid="growth",
    )
