"""The first page after signing in: what there is, what is under way, what needs a look."""

import reflex as rx

from astronote.components.feedback import empty_state, note, skeleton_table
from astronote.components.figures import badge, stat_card, when
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, table
from astronote.state.dashboard import AttentionView, DashboardState


def page() -> rx.Component:
    """Figures, attention, recent campaigns."""
    return rx.fragment(
        page_header("Dashboard", "How your shop is doing"),
        rx.cond(
            DashboardState.attention.length() > 0,
            rx.el.div(
                rx.foreach(DashboardState.attention, _attention),
                class_name="a-stack",
                custom_attrs={"data-testid": "attention"},
            ),
        ),
        _figures(),
        rx.cond(
            DashboardState.next_scheduled != "",
            note(
                rx.el.span(
                    "Next campaign: ",
                    when(DashboardState.next_scheduled, DashboardState.next_scheduled_exact),
                ),
                icon="calendar-clock",
            ),
        ),
        panel(
            rx.el.div(rx.el.h2("Recent campaigns", class_name="a-h2"), class_name="a-panel-head"),
            rx.cond(
                DashboardState.loading,
                skeleton_table(3, 4),
                rx.cond(DashboardState.recent.length() > 0, _recent(), _nothing_sent()),
            ),
        ),
    )


def _attention(item: rx.Var[AttentionView]) -> rx.Component:
    return rx.callout.root(
        rx.callout.icon(rx.icon("triangle-alert", size=16, aria_hidden=True)),
        rx.callout.text(item.sentence, " ", rx.link("Have a look", href=item.href)),
        color_scheme="amber",
        variant="surface",
        size="1",
    )


def _figures() -> rx.Component:
    shown = (
        ("Contacts", DashboardState.contacts, DashboardState.new_contacts, "contacts"),
        ("Subscribed", DashboardState.subscribed, DashboardState.subscribed_share, "subscribed"),
        ("Messages delivered", DashboardState.delivered, DashboardState.under_way, "delivered"),
        ("Credits available", DashboardState.credits, DashboardState.credits_reserved, "credits"),
    )
    return rx.el.section(
        *[
            stat_card(label, value, below, loading=DashboardState.loading, testid=f"stat-{key}")
            for label, value, below, key in shown
        ],
        class_name="a-stats",
        aria_label="Figures",
    )


def _recent() -> rx.Component:
    return table(
        (
            Column(
                "Campaign",
                lambda row: rx.link(row.name, href=f"/app/campaigns/{row.id}", weight="medium"),
            ),
            Column("Status", lambda row: badge(row.status)),
            Column("When", lambda row: when(row.at, row.at_exact)),
            Column("Recipients", lambda row: row.total, numeric=True),
            Column("Delivered", lambda row: row.delivered, numeric=True),
            Column("Share", lambda row: row.delivered_share, numeric=True),
        ),
        DashboardState.recent,
        caption="Recent campaigns",
        testid="recent-campaigns",
    )


def _nothing_sent() -> rx.Component:
    return rx.cond(
        DashboardState.has_contacts,
        empty_state(
            "send",
            "No campaign yet",
            "Write a message, choose who gets it, and see what comes of it here.",
            rx.link(rx.button("Create a campaign"), href="/app/campaigns"),
        ),
        empty_state(
            "users",
            "Start with your contacts",
            "Import a spreadsheet, or add people one by one. Then you can write to them.",
            rx.link(rx.button("Import contacts"), href="/app/contacts/import"),
            rx.link(rx.button("Add a contact", variant="soft"), href="/app/contacts"),
        ),
    )
