"""The log of every message of the shop: search, filters, pages, one message in a sheet.

For tests: ``message-phone``, ``input-status``, ``input-kind``, ``clear-filters``,
``messages`` (rows ``messages-row``), ``open-message``, ``messages-export``.
"""

import reflex as rx

from astronote.components.download import download_link
from astronote.components.feedback import empty_state
from astronote.components.figures import when
from astronote.components.form import choice
from astronote.components.layout import page_header
from astronote.components.table import Column, listing, pagination, table
from astronote.components.words import t
from astronote.pages import message_sheet
from astronote.state.message_words import KINDS, STATUSES
from astronote.state.messages import MessagesState


def page() -> rx.Component:
    """The filters above the table, and the sheet."""
    return rx.fragment(
        page_header(
            t("Messages"),
            t("Every message of your shop, and what became of it"),
            download_link(t("Export CSV"), MessagesState.export, testid="messages-export"),
        ),
        rx.el.section(
            _toolbar(),
            listing(
                loading=MessagesState.loading,
                error=MessagesState.error,
                is_empty=MessagesState.rows.length() == 0,
                on_retry=MessagesState.reload,
                empty=rx.cond(MessagesState.is_filtered, _none_match(), _none_yet()),
                filled=rx.fragment(_table(), _foot()),
                columns=6,
            ),
            class_name="a-panel",
        ),
        message_sheet.sheet(),
    )


def _toolbar() -> rx.Component:
    filters = MessagesState.filters
    return rx.el.div(
        rx.input(
            rx.input.slot(rx.icon("search", size=15, aria_hidden=True)),
            value=filters["phone"],
            on_change=MessagesState.narrow("phone"),
            placeholder=t("Search a phone number"),
            type="search",
            max_length=40,
            aria_label=t("Search by phone"),
            class_name="a-toolbar-search",
            custom_attrs={"data-testid": "message-phone"},
        ),
        choice(
            "status",
            [("", t("Any status")), *((code, t(words)) for code, words in STATUSES.items())],
            value=filters["status"],
            on_change=MessagesState.narrow("status"),
            aria_label=t("Status"),
        ),
        choice(
            "kind",
            [("", t("Any kind")), *((code, t(words)) for code, words in KINDS.items())],
            value=filters["kind"],
            on_change=MessagesState.narrow("kind"),
            aria_label=t("Kind"),
        ),
        rx.cond(
            MessagesState.is_filtered,
            rx.button(
                rx.icon("x", size=14),
                t("Clear"),
                variant="ghost",
                color_scheme="gray",
                on_click=MessagesState.clear,
                custom_attrs={"data-testid": "clear-filters"},
            ),
        ),
        class_name="a-toolbar",
        role="search",
    )


def _table() -> rx.Component:
    return table(
        (
            Column(t("To"), lambda row: message_sheet.opener(row.phone, row)),
            Column(t("Kind"), lambda row: rx.el.span(row.kind, class_name="a-nowrap"), wide=True),
            Column(t("Status"), message_sheet.outcome),
            Column(
                t("Text"),
                lambda row: rx.el.div(row.text, title=row.text, class_name="a-clip a-message-text"),
                wide=True,
            ),
            Column(t("Cost"), lambda row: rx.el.span(row.cost, class_name="a-nowrap"), wide=True),
            Column(t("When"), lambda row: when(row.at, row.at_exact), wide=True),
        ),
        MessagesState.rows,
        caption=t("Messages, newest first"),
        testid="messages",
    )


def _foot() -> rx.Component:
    return pagination(
        MessagesState.shown,
        has_previous=MessagesState.has_previous,
        has_next=MessagesState.has_next,
        on_previous=MessagesState.previous_page,
        on_next=MessagesState.next_page,
    )


def _none_yet() -> rx.Component:
    return empty_state(
        "message-square",
        t("No messages yet"),
        t("Everything you send is listed here: campaigns, automations, replies and tests."),
        rx.link(rx.button(t("New campaign")), href="/app/campaigns/new"),
        testid="no-messages",
    )


def _none_match() -> rx.Component:
    return empty_state(
        "search-x",
        t("No message matches"),
        t("No message fits this number and these filters."),
        rx.button(t("Show all messages"), variant="soft", on_click=MessagesState.clear),
        testid="no-match",
    )
