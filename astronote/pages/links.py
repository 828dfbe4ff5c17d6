"""The links page: clicks by day and by link, people apart from programs.

For tests: ``input-days``, ``input-campaign``, ``stat-people``, ``stat-programs``,
``links-chart``, ``links-days`` (its table), ``links`` (rows ``links-row``).
"""

import reflex as rx

from astronote.components.chart import bar_chart, same_as_table
from astronote.components.feedback import empty_state, error_state, skeleton_table
from astronote.components.figures import stat_card
from astronote.components.form import choice
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, pagination, table
from astronote.components.words import t
from astronote.state.links import LinkLine, LinksState


def page() -> rx.Component:
    """What to look at, the figures, their course, the links."""
    return rx.fragment(
        page_header(t("Links"), t("Who tapped the links in your messages"), _choices()),
        rx.cond(
            LinksState.error != "",
            panel(error_state(LinksState.error, LinksState.reload)),
            rx.cond(
                LinksState.loading,
                panel(skeleton_table(6, 4)),
                rx.cond(LinksState.rows.length() == 0, panel(_none()), _found()),
            ),
        ),
    )


def _choices() -> rx.Component:
    return rx.fragment(
        choice(
            "campaign",
            [("", t("All campaigns"))],
            more=LinksState.campaigns,
            value=LinksState.campaign,
            on_change=LinksState.set_campaign,
            aria_label=t("Campaign"),
        ),
        choice(
            "days",
            [("7", t("Last 7 days")), ("30", t("Last 30 days")), ("90", t("Last 90 days"))],
            value=LinksState.days,
            on_change=LinksState.set_days,
            aria_label=t("Period"),
        ),
    )


def _none() -> rx.Component:
    return empty_state(
        "link",
        t("No clicks in this time"),
        t(
            "Every message carries links of its own: to its offer, to the way out, and to the "
            "web addresses in your text. Whoever taps them is counted here."
        ),
        rx.link(rx.button(t("Campaigns"), variant="soft"), href="/app/campaigns"),
        testid="no-clicks",
    )


def _found() -> rx.Component:
    return rx.fragment(
        rx.el.section(
            stat_card(
                t("Clicks by people"), LinksState.people, LinksState.compared, testid="stat-people"
            ),
            stat_card(
                t("Openings by programs"),
                LinksState.programs,
                t("Link previews and scanners; they count for nothing"),
                testid="stat-programs",
            ),
            class_name="a-stats",
            aria_label=t("Clicks"),
        ),
        _course(),
        panel(
            rx.el.div(rx.el.h2(t("By link"), class_name="a-h2"), class_name="a-panel-head"),
            table(
                (
                    Column(t("Link"), _link),
                    Column(t("Campaign"), _campaign, wide=True),
                    Column(t("People"), lambda row: row.people, numeric=True),
                    Column(t("Share"), lambda row: row.share, numeric=True, wide=True),
                    Column(t("Programs"), lambda row: row.programs, numeric=True),
                ),
                LinksState.rows,
                key=lambda row: row.key,
                caption=t("Links, the most clicked first"),
                testid="links",
            ),
            pagination(
                LinksState.shown,
                has_previous=LinksState.has_previous,
                has_next=LinksState.has_next,
                on_previous=LinksState.previous_page,
                on_next=LinksState.next_page,
            ),
        ),
    )


def _link(row: rx.Var[LinkLine]) -> rx.Component:
    return rx.el.span(
        rx.match(
            row.kind,
            ("offer", rx.el.span(t("Offer"), class_name="a-strong")),
            ("unsubscribe", rx.el.span(t("Way out (unsubscribe)"), class_name="a-strong")),
            rx.el.a(
                row.url,
                href=row.url,
                target="_blank",
                rel="noopener noreferrer nofollow",
                class_name="a-break",
            ),
        ),
        rx.el.span(
            rx.cond(row.campaign_id > 0, row.campaign, t("Automations and answers")),
            class_name="a-help a-break a-narrow",
        ),
    )


def _campaign(row: rx.Var[LinkLine]) -> rx.Component:
    return rx.cond(
        row.campaign_id > 0,
        rx.link(
            row.campaign,
            href=f"/app/campaigns/{row.campaign_id}",
            class_name="a-plain a-break",
        ),
        rx.el.span(t("Automations and answers"), class_name="a-quiet"),
    )


def _course() -> rx.Component:
    return panel(
        bar_chart(
            (
                ("people", t("People"), "var(--iris-9)"),
                ("programs", t("Programs"), "var(--slate-7)"),
            ),
            LinksState.chart,
            at="day",
            testid="links-chart",
            stacked=True,
        ),
        same_as_table(
            table(
                (
                    Column(t("Day"), lambda row: row.day),
                    Column(t("People"), lambda row: row.people, numeric=True),
                    Column(t("Programs"), lambda row: row.programs, numeric=True),
                ),
                LinksState.points,
                key=lambda row: row.day,
                caption=t("Clicks by day, the newest first"),
                testid="links-days",
            )
        ),
        title=t("By day"),
    )
