"""The campaigns of the shop.

For tests: ``campaign-new``, ``input-status``, ``input-q``, ``campaigns`` (the table),
``campaigns-row`` with ``data-id``, ``row-menu``, ``row-open``, ``row-edit``,
``row-duplicate``, ``row-delete``, ``delete`` (the question; ``delete-yes``, ``delete-no``).
"""

import reflex as rx

from astronote.components.dialog import confirm_dialog
from astronote.components.feedback import empty_state
from astronote.components.figures import badge, when
from astronote.components.form import choice
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, listing, pagination, table
from astronote.components.words import t
from astronote.state.campaigns import STATUSES, CampaignLine, CampaignsState


def page() -> rx.Component:
    """Filter and search above the list."""
    return rx.fragment(
        page_header(
            t("Campaigns"), t("What you wrote to your customers, and what came of it"), _new()
        ),
        panel(_toolbar(), _list()),
        confirm_dialog(
            open=CampaignsState.asked_id > 0,
            title=t("Delete this campaign?"),
            body=t(
                "“{name}” has not been sent. Its text and settings are removed for good.",
                name=CampaignsState.asked_name,
            ),
            confirm=t("Delete"),
            on_confirm=CampaignsState.delete,
            on_cancel=CampaignsState.never_mind,
            busy=CampaignsState.working,
            danger=True,
            testid="delete",
        ),
    )


def _new(label: str | rx.Var | None = None) -> rx.Component:
    return rx.link(
        rx.button(
            rx.icon("plus", size=16, aria_hidden=True),
            t("New campaign") if label is None else label,
            tab_index=-1,
        ),
        href="/app/campaigns/new",
        custom_attrs={"data-testid": "campaign-new"},
    )


def _toolbar() -> rx.Component:
    return rx.el.div(
        rx.cond(
            CampaignsState.loading,
            rx.fragment(),
            rx.input(
                rx.input.slot(rx.icon("search", size=15, aria_hidden=True)),
                placeholder=t("Search by name"),
                aria_label=t("Search campaigns by name"),
                default_value=CampaignsState.q,
                on_change=CampaignsState.search.debounce(250),
                type="search",
                class_name="a-toolbar-search",
                custom_attrs={"data-testid": "input-q"},
            ),
        ),
        choice(
            "status",
            [(value, t(words)) for value, words in STATUSES],
            value=CampaignsState.status,
            on_change=CampaignsState.filter_status,
            aria_label=t("Show campaigns of one status"),
        ),
        class_name="a-toolbar",
    )


def _list() -> rx.Component:
    return listing(
        loading=CampaignsState.loading,
        error=CampaignsState.error,
        is_empty=CampaignsState.rows.length() == 0,
        on_retry=CampaignsState.load,
        empty=_empty(),
        filled=rx.fragment(
            table(
                (
                    Column(t("Campaign"), _name),
                    Column(t("Status"), lambda row: badge(row.status)),
                    Column(t("When"), lambda row: when(row.at, row.at_exact), wide=True),
                    Column(t("Recipients"), lambda row: row.recipients, numeric=True, wide=True),
                    Column(t("Result"), _result, wide=True),
                    Column("", _menu),
                ),
                CampaignsState.rows,
                caption=t("Campaigns, newest first"),
                testid="campaigns",
            ),
            pagination(
                CampaignsState.shown,
                has_previous=CampaignsState.has_previous,
                has_next=CampaignsState.has_next,
                on_previous=CampaignsState.previous_page,
                on_next=CampaignsState.next_page,
            ),
        ),
        columns=6,
    )


def _empty() -> rx.Component:
    return rx.cond(
        (CampaignsState.q == "") & (CampaignsState.status == "all"),
        empty_state(
            "send",
            t("No campaign yet"),
            t("Write a message, choose who gets it, and see here what comes of it."),
            _new(t("Write the first one")),
        ),
        empty_state(
            "search-x",
            t("Nothing matches"),
            t("No campaign has this status and this name."),
            testid="no-match",
        ),
    )


def _name(row: rx.Var[CampaignLine]) -> rx.Component:
    return rx.el.div(
        rx.link(row.name, href=f"/app/campaigns/{row.id}", weight="medium"),
        rx.cond(row.reason != "", rx.el.span(row.reason, class_name="a-help")),
        rx.el.span(row.result, class_name="a-help a-number a-narrow"),
        class_name="a-cell-stack",
    )


def _result(row: rx.Var[CampaignLine]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.is_running,
            rx.progress(
                value=row.progress, size="1", aria_label=t("Progress of {name}", name=row.name)
            ),
        ),
        rx.el.span(row.result, class_name="a-small a-quiet a-number"),
        class_name="a-cell-stack a-result",
        custom_attrs={"data-testid": "row-result"},
    )


def _menu(row: rx.Var[CampaignLine]) -> rx.Component:
    return rx.el.div(_actions(row), class_name="a-row-menu")


def _actions(row: rx.Var[CampaignLine]) -> rx.Component:
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=17),
                variant="ghost",
                color_scheme="gray",
                aria_label=t("Actions for {name}", name=row.name),
                custom_attrs={"data-testid": "row-menu"},
            )
        ),
        rx.dropdown_menu.content(
            _action(t("Open"), "row-open", rx.redirect(f"/app/campaigns/{row.id}")),
            rx.cond(
                row.is_editable,
                _action(t("Edit"), "row-edit", rx.redirect(f"/app/campaigns/{row.id}/edit")),
            ),
            _action(t("Duplicate"), "row-duplicate", CampaignsState.duplicate(row.id)),
            rx.cond(
                row.is_editable,
                _action(t("Delete"), "row-delete", CampaignsState.ask_delete(row.id), color="red"),
            ),
            size="1",
            align="end",
        ),
    )


def _action(words: rx.Var, testid: str, event, **props) -> rx.Component:
    return rx.dropdown_menu.item(
        words, on_select=event, custom_attrs={"data-testid": testid}, **props
    )
