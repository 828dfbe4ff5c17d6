"""What came of a campaign: figures with rates, a chart with its table, reasons of failure.

For tests: ``stat-recipients``, ``stat-sent``, ``stat-delivered``, ``stat-failed``,
``stat-offer_views``, ``stat-clicks``, ``stat-conversions``, ``stat-unsubscribes``,
``count-<status>`` (sent, unknown, skipped), ``chart``, ``chart-table``, ``failures``,
``other-parts``.
"""

from functools import reduce
from operator import or_

import reflex as rx

from astronote.components.chart import bar_chart, same_as_table
from astronote.components.feedback import note
from astronote.components.figures import stat_card
from astronote.components.layout import panel
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.state.campaigns_detail import CampaignState
from astronote.state.campaigns_results import ResultsState

FIGURES = (
    ("recipients", t("Recipients")),
    ("sent", t("Sent")),
    ("delivered", t("Delivered")),
    ("failed", t("Failed")),
    ("offer_views", t("Offer views")),
    ("clicks", t("Clicks")),
    ("conversions", t("Redeemed")),
    ("unsubscribes", t("Opt-outs")),
)
REST = (
    ("sent", t("on the way, no receipt yet")),
    ("unknown", t("unknown: the provider has not said")),
    ("skipped", t("skipped, not sent")),
)
"""What has no card, by the status of its messages; shown where there are any."""
SERIES = (
    ("sent", t("Sent"), "var(--blue-9)"),
    ("delivered", t("Delivered"), "var(--green-9)"),
    ("conversions", t("Redeemed"), "var(--iris-9)"),
)


def view() -> rx.Component:
    """All of it."""
    return rx.fragment(
        rx.el.section(
            *[
                stat_card(
                    words,
                    ResultsState.figures[name],
                    ResultsState.rates.get(name, ""),
                    testid=f"stat-{name}",
                )
                for name, words in FIGURES
            ],
            class_name="a-stats",
            aria_label=t("Results"),
        ),
        _rest(),
        rx.cond(ResultsState.chart.length() > 0, _course(), rx.fragment()),
        rx.cond(ResultsState.failures.length() > 0, _failures(), rx.fragment()),
        rx.cond(
            ResultsState.other_parts != "",
            rx.el.div(note(ResultsState.other_parts), custom_attrs={"data-testid": "other-parts"}),
            rx.fragment(),
        ),
    )


def _rest() -> rx.Component:
    numbers = {status: CampaignState.counts.get(status, "0") for status, _ in REST}
    is_any = reduce(or_, (number != "0" for number in numbers.values()))
    return rx.cond(
        is_any,
        panel(
            rx.el.div(
                *[
                    rx.cond(
                        numbers[status] != "0",
                        rx.el.span(
                            rx.el.b(
                                numbers[status], custom_attrs={"data-testid": f"count-{status}"}
                            ),
                            " ",
                            words,
                            class_name="a-number",
                        ),
                        rx.fragment(),
                    )
                    for status, words in REST
                ],
                class_name="a-panel-body a-counts a-text",
            ),
            aria_label=t("Other messages"),
        ),
        rx.fragment(),
    )


def _course() -> rx.Component:
    return panel(
        bar_chart(SERIES, ResultsState.chart, at="at", testid="chart"),
        same_as_table(
            table(
                (
                    Column(t("When"), lambda row: row.at),
                    Column(t("Sent"), lambda row: row.sent, numeric=True),
                    Column(t("Delivered"), lambda row: row.delivered, numeric=True),
                    Column(t("Redeemed"), lambda row: row.conversions, numeric=True),
                ),
                ResultsState.points,
                key=lambda row: row.at,
                caption=t("Messages sent, delivered and redeemed over time"),
                testid="chart-table",
            )
        ),
        title=t("Over time"),
    )


def _failures() -> rx.Component:
    return panel(
        rx.el.div(rx.el.h2(t("Why messages failed"), class_name="a-h2"), class_name="a-panel-head"),
        table(
            (
                Column(t("Reason"), lambda row: row.reason),
                Column(t("Messages"), lambda row: row.count, numeric=True),
                Column(t("Share"), lambda row: row.share, numeric=True),
            ),
            ResultsState.failures,
            key=lambda row: row.reason,
            caption=t("Reasons of failure"),
            testid="failures",
        ),
    )
