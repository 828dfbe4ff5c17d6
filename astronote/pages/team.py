"""The team, for the shop's owners.

For tests: ``add-member``, ``member-dialog`` with ``input-email``, ``input-role`` and
``send-invitation``, ``invitation`` with ``invitation-copy`` and ``invitation-copied``,
``team`` (rows ``team-row``), ``role``, ``invite-again``, ``remove-member`` with
``remove-member-yes`` and ``-no``.
"""

import reflex as rx

from astronote.components.feedback import loaded
from astronote.components.figures import when
from astronote.components.form import select_field, text_field
from astronote.components.layout import page_header, panel
from astronote.components.secret import shown_once
from astronote.components.settings_nav import settings_nav
from astronote.components.table import Column, table
from astronote.components.window import ending_question, naming_window
from astronote.components.words import t
from astronote.state.team import MemberLine, TeamState


def page() -> rx.Component:
    """The members, and what is asked about one."""
    return rx.fragment(
        page_header(
            t("Team"),
            t("Who works in your shop, and what each may do"),
            rx.button(
                rx.icon("user-plus", size=15, aria_hidden=True),
                t("Add somebody"),
                on_click=TeamState.add,
                disabled=TeamState.loading,
                custom_attrs={"data-testid": "add-member"},
            ),
        ),
        settings_nav("/app/settings/team"),
        panel(loaded(TeamState, rx.el.div(_table(), class_name="a-stacked"), rows=3, columns=4)),
        rx.el.p(
            t(
                "Staff work with contacts, campaigns, the inbox and offers at the till. Only "
                "owners see billing, settings, the team and API keys."
            ),
            class_name="a-small a-quiet",
        ),
        _adding(),
        _link(),
        _question(),
    )


def _table() -> rx.Component:
    return table(
        (
            Column(t("E-mail"), _person),
            Column(t("Role"), _role),
            Column(t("In the team since"), lambda row: when(row.since, row.since_exact), wide=True),
            Column("", _actions),
        ),
        TeamState.members,
        caption=t("Team"),
        testid="team",
    )


def _person(row: rx.Var[MemberLine]) -> rx.Component:
    return rx.el.span(
        rx.el.span(row.email, class_name="a-strong a-break"),
        rx.cond(row.is_me, rx.el.span(" ", t("(you)"), class_name="a-quiet")),
        rx.cond(
            row.is_invited,
            rx.el.span(t("Invited, no password yet"), class_name="a-help a-block"),
        ),
    )


def _role(row: rx.Var[MemberLine]) -> rx.Component:
    return rx.el.div(
        rx.el.select(
            rx.el.option(t("Owner"), value="owner"),
            rx.el.option(t("Staff"), value="staff"),
            value=row.role,
            on_change=lambda role: TeamState.set_role(row.id, role),
            aria_label=t("Role of {email}", email=row.email),
            class_name="a-select",
            custom_attrs={"data-testid": "role"},
        ),
        rx.icon("chevron-down", size=15, aria_hidden=True),
        class_name="a-select-box",
    )


def _actions(row: rx.Var[MemberLine]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.is_invited,
            rx.button(
                t("Invite again"),
                size="1",
                variant="soft",
                on_click=TeamState.invite_again(row.id),
                custom_attrs={"data-testid": "invite-again"},
            ),
        ),
        rx.button(
            t("Remove"),
            size="1",
            variant="soft",
            color_scheme="gray",
            aria_label=t("Remove {email}", email=row.email),
            on_click=TeamState.ask_remove(row.id),
            custom_attrs={"data-testid": "remove-member"},
        ),
        class_name="a-actions a-end-actions",
    )


def _adding() -> rx.Component:
    state = TeamState
    return naming_window(
        state,
        text_field(
            t("E-mail"),
            "email",
            error=state.errors.get("email", ""),
            type="email",
            auto_complete="off",
            required=True,
            auto_focus=True,
        ),
        select_field(
            t("Role"),
            "role",
            [("staff", t("Staff")), ("owner", t("Owner"))],
            default_value="staff",
        ),
        title=t("Add somebody"),
        description=rx.cond(
            state.by_mail,
            t("An e-mail with a link to your shop goes to them."),
            t("You get a link to your shop to hand over."),
        ),
        confirm=t("Add"),
        testid="member-dialog",
        confirm_testid="send-invitation",
    )


def _link() -> rx.Component:
    return shown_once(
        TeamState.link,
        label=t("Invitation"),
        title=t("Hand over this link"),
        description=rx.cond(
            TeamState.link_is_first,
            t("With it, {email} sets a password and is signed in.", email=TeamState.link_for),
            t(
                "{email} has an account already. The link leads to your shop, with the password "
                "of that account.",
                email=TeamState.link_for,
            ),
        ),
        warning=rx.cond(
            TeamState.link_is_first,
            t("It works once, within seven days, and is shown only now."),
            t("It is shown only now. They can also sign in as always."),
        ),
        on_close=TeamState.close,
        testid="invitation",
        close_testid="invitation-copied",
    )


def _question() -> rx.Component:
    return ending_question(
        TeamState,
        title=t("Remove {email}?", email=TeamState.asked_name),
        body=t(
            "They are signed out of your shop at once, on open pages too, and the API keys they "
            "made end."
        ),
        confirm=t("Remove"),
        testid="remove-member",
    )
