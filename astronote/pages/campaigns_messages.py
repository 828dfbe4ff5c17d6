"""The messages of one campaign.

For tests: ``input-messageStatus``, ``messages`` (the table; rows ``messages-row``),
``messages-export``.
"""

import reflex as rx

from astronote.components.feedback import empty_state
from astronote.components.figures import when
from astronote.components.form import choice
from astronote.components.layout import panel
from astronote.components.table import Column, listing, pagination, table
from astronote.components.words import t
from astronote.pages import message_sheet
from astronote.state.campaigns_messages import CampaignMessagesState
from astronote.state.message_words import STATUSES


def view() -> rx.Component:
    """Filter and export above the table."""
    return panel(
        rx.el.div(
            rx.el.h2(t("Messages"), class_name="a-h2"),
            rx.el.div(
                choice(
                    "messageStatus",
                    [
                        ("", t("Any status")),
                        *((code, t(words)) for code, words in STATUSES.items()),
                    ],
                    value=CampaignMessagesState.status,
                    on_change=CampaignMessagesState.filter_status,
                    aria_label=t("Show messages of one status"),
                ),
                rx.el.a(
                    rx.button(
                        rx.icon("download", size=15, aria_hidden=True),
                        t("CSV"),
                        variant="soft",
                        color_scheme="gray",
                        tab_index=-1,
                    ),
                    href=CampaignMessagesState.export,
                    download=True,
                    aria_label=t("Export these messages as CSV"),
                    custom_attrs={"data-testid": "messages-export"},
                ),
                class_name="a-actions",
            ),
            class_name="a-panel-head",
        ),
        listing(
            loading=CampaignMessagesState.loading,
            error=CampaignMessagesState.error,
            is_empty=CampaignMessagesState.rows.length() == 0,
            on_retry=CampaignMessagesState.load,
            empty=empty_state(
                "message-square",
                t("No message"),
                t("No message has this status."),
                testid="no-messages",
            ),
            filled=_table(),
            columns=5,
        ),
    )


def _table() -> rx.Component:
    return rx.fragment(
        table(
            (
                Column(t("Phone"), lambda row: message_sheet.opener(row.phone, row)),
                Column(t("Status"), message_sheet.outcome),
                Column(
                    t("Text"),
                    lambda row: rx.el.div(
                        row.text, title=row.text, class_name="a-clip a-message-text"
                    ),
                    wide=True,
                ),
                Column(t("Parts"), lambda row: row.parts, numeric=True, wide=True),
                Column(t("When"), lambda row: when(row.at, row.at_exact), wide=True),
            ),
            CampaignMessagesState.rows,
            caption=t("Messages, newest first"),
            testid="messages",
        ),
        pagination(
            CampaignMessagesState.shown,
            has_previous=CampaignMessagesState.has_previous,
            has_next=CampaignMessagesState.has_next,
            on_previous=CampaignMessagesState.previous_page,
            on_next=CampaignMessagesState.next_page,
        ),
    )
