"""The first page after signing in: what there is, what is under way, what needs a look.

For tests: ``attention`` (items ``attention-item`` with ``data-code``), ``stat-contacts``,
``stat-sent``, ``stat-conversions``, ``stat-credits``, ``chart-contacts``,
``chart-messages``, ``growth`` (the charts as a table), ``next-campaign``,
``recent-campaigns``, ``first-steps`` with ``step-import``, ``step-write``, ``step-plan``,
``step-send`` (``data-done``).
"""

import reflex as rx

from astronote.components.feedback import empty_state, error_state, skeleton_table
from astronote.components.figures import badge, stat_card, when
from astronote.components.growth_charts import growth_charts
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.state.dashboard import AttentionView, DashboardState
from astronote.state.shell import ShellState

STEPS = (
    ("import", "users", t("Bring your customers"), "/app/contacts/import", t("Import contacts")),
    ("write", "pencil", t("Write your first message"), "/app/campaigns/new", t("New campaign")),
    ("plan", "credit-card", t("Choose a plan"), "/app/billing", t("Open billing")),
    ("send", "send", t("Send it"), "/app/campaigns", t("Open campaigns")),
)


def page() -> rx.Component:
    """First steps, attention, figures, charts, recent campaigns."""
    return rx.fragment(
        page_header(
            t("Dashboard"),
            t("How your shop is doing"),
            rx.link(
                rx.button(rx.icon("plus", size=15, aria_hidden=True), t("New campaign")),
                href="/app/campaigns/new",
            ),
        ),
        rx.cond(
            DashboardState.error != "",
            panel(error_state(DashboardState.error, DashboardState.load)),
            rx.fragment(
                rx.cond(DashboardState.is_new, _first_steps()),
                rx.cond(DashboardState.attention.length() > 0, _attention()),
                _figures(),
                growth_charts(),
                rx.cond(DashboardState.next_name != "", _next()),
                _recent(),
            ),
        ),
    )


def _first_steps() -> rx.Component:
    return panel(
        rx.el.ol(
            *[_step(i + 1, *step) for i, step in enumerate(STEPS)],
            class_name="a-first-steps",
            custom_attrs={"data-testid": "first-steps"},
        ),
        title=t("Four steps to your first campaign"),
    )


def _step(
    number: int, name: str, icon: str, words: rx.Var, href: str, action: rx.Var
) -> rx.Component:
    done = DashboardState.steps[name]
    return rx.el.li(
        rx.el.span(
            rx.cond(
                done,
                rx.icon("check", size=16, aria_hidden=True),
                rx.icon(icon, size=16, aria_hidden=True),
            ),
            class_name=rx.cond(done, "a-blank-icon a-step-ok", "a-blank-icon"),
        ),
        rx.el.span(
            f"{number}. ",
            words,
            rx.cond(done, rx.el.span(": ", t("done"), class_name="a-hidden")),
            class_name="a-strong",
        ),
        rx.cond(done | ~_may_do(name), rx.fragment(), rx.link(action, href=href)),
        custom_attrs={"data-testid": f"step-{name}", "data-done": done},
    )


def _may_do(name: str) -> rx.Var:
    """Only owners see the billing page."""
    return ShellState.role == "owner" if name == "plan" else rx.Var.create(True)


def _attention() -> rx.Component:
    return rx.el.section(
        rx.el.ul(
            rx.foreach(DashboardState.attention, _item),
            class_name="a-stack",
            custom_attrs={"data-testid": "attention"},
        ),
        aria_label=t("What needs attention"),
    )


def _item(item: rx.Var[AttentionView]) -> rx.Component:
    return rx.el.li(
        rx.callout.root(
            rx.callout.icon(rx.icon("triangle-alert", size=16, aria_hidden=True)),
            rx.callout.text(
                rx.el.b(item.sentence),
                " ",
                item.reason,
                " ",
                rx.link(t("Have a look"), href=item.href, weight="medium"),
            ),
            color_scheme="amber",
            variant="surface",
            size="1",
            high_contrast=True,
            # The list already says what it is; an alert each would be read out together.
            role="presentation",
        ),
        custom_attrs={"data-testid": "attention-item", "data-code": item.code},
    )


def _figures() -> rx.Component:
    shown = (
        ("contacts", t("Contacts")),
        ("sent", t("Messages sent")),
        ("conversions", t("Offers redeemed")),
        ("credits", t("Credits available")),
    )
    return rx.el.section(
        *[
            stat_card(
                label,
                DashboardState.values[name],
                rx.fragment(
                    DashboardState.notes[name],
                    rx.el.br(),
                    DashboardState.notes[f"{name}_change"],
                ),
                loading=DashboardState.loading,
                testid=f"stat-{name}",
            )
            for name, label in shown
        ],
        class_name="a-stats",
        aria_label=t("Figures"),
    )


def _next() -> rx.Component:
    return rx.el.p(
        rx.icon("calendar-clock", size=17, aria_hidden=True),
        rx.el.span(
            t("Next campaign:"),
            " ",
            rx.link(DashboardState.next_name, href=DashboardState.next_href, weight="medium"),
            ", ",
            when(DashboardState.next_when, DashboardState.next_exact),
            rx.el.span(" (", DashboardState.next_exact, ")", class_name="a-quiet"),
        ),
        class_name="a-panel a-next a-text",
        custom_attrs={"data-testid": "next-campaign"},
    )


def _recent() -> rx.Component:
    return panel(
        rx.el.div(rx.el.h2(t("Recent campaigns"), class_name="a-h2"), class_name="a-panel-head"),
        rx.cond(
            DashboardState.loading,
            skeleton_table(3, 4),
            rx.cond(DashboardState.recent.length() > 0, _campaigns(), _nothing_sent()),
        ),
    )


def _campaigns() -> rx.Component:
    return table(
        (
            Column(
                t("Campaign"),
                lambda row: rx.link(row.name, href=f"/app/campaigns/{row.id}", weight="medium"),
            ),
            Column(t("Status"), lambda row: badge(row.status)),
            Column(t("When"), lambda row: when(row.at, row.at_exact), wide=True),
            Column(t("Recipients"), lambda row: row.total, numeric=True, wide=True),
            Column(t("Delivered"), lambda row: row.delivered, numeric=True, wide=True),
            Column(t("Share"), lambda row: row.delivered_share, numeric=True),
        ),
        DashboardState.recent,
        caption=t("Recent campaigns"),
        testid="recent-campaigns",
    )


def _nothing_sent() -> rx.Component:
    return empty_state(
        "send",
        t("No campaign yet"),
        t("Write a message, choose who gets it, and see what comes of it here."),
        rx.link(rx.button(t("New campaign")), href="/app/campaigns/new"),
    )
