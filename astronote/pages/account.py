"""A person's own account: language, password, where he is signed in.

For tests: ``input-language``, ``input-currentPassword``, ``input-newPassword``,
``save-password``, ``sessions`` (rows ``sessions-row``), ``end-session``, ``this-session``,
``end-others`` with ``end-others-yes`` and ``-no``.
"""

import reflex as rx

from astronote.components.dialog import confirm_dialog
from astronote.components.feedback import loaded
from astronote.components.figures import when
from astronote.components.form import form_error, select_field, submit, text_field
from astronote.components.layout import page_header, panel
from astronote.components.settings_nav import settings_nav
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.state.account import AccountState, SessionLine
from astronote.words import LANGUAGES


def page() -> rx.Component:
    """Three groups."""
    return rx.fragment(
        page_header(t("Your account"), AccountState.email),
        settings_nav("/app/account"),
        panel(_language(), title=t("Language")),
        panel(_password(), title=t("Password")),
        _sessions(),
        _question(),
    )


def _language() -> rx.Component:
    return rx.el.div(
        select_field(
            t("The app speaks"),
            "language",
            list(LANGUAGES.items()),
            help=t("Only what you see. What your customers read is set by the shop's language."),
            value=AccountState.locale,
            on_change=AccountState.set_language,
        ),
        class_name="a-fields",
    )


def _password() -> rx.Component:
    return rx.form(
        rx.el.div(
            form_error(AccountState.errors.get("", "")),
            rx.el.div(
                _secret(t("Current password"), "currentPassword", "current-password"),
                _secret(
                    t("New password"),
                    "newPassword",
                    "new-password",
                    help=t("At least {n} characters, not a common one.", n=10),
                ),
                class_name="a-fields",
            ),
            rx.el.p(
                t("A new password signs you out everywhere else."), class_name="a-small a-quiet"
            ),
            rx.el.div(
                submit(
                    t("Change password"),
                    AccountState.working == "password",
                    custom_attrs={"data-testid": "save-password"},
                ),
                class_name="a-actions",
            ),
            class_name="a-form",
        ),
        key=AccountState.changed.to_string(),
        on_submit=AccountState.change_password,
        reset_on_submit=False,
    )


def _secret(label: rx.Var, name: str, autocomplete: str, **props) -> rx.Component:
    return text_field(
        label,
        name,
        error=AccountState.errors.get(name, ""),
        type="password",
        auto_complete=autocomplete,
        required=True,
        **props,
    )


def _sessions() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.div(
                rx.el.h2(t("Where you are signed in"), class_name="a-h2"),
                rx.el.p(
                    t("End what you do not recognise, then change your password."),
                    class_name="a-small a-quiet",
                ),
            ),
            rx.cond(
                AccountState.others > 0,
                rx.button(
                    t("Sign out everywhere else"),
                    variant="soft",
                    color_scheme="gray",
                    on_click=AccountState.ask,
                    custom_attrs={"data-testid": "end-others"},
                ),
            ),
            class_name="a-panel-head a-wrap",
        ),
        loaded(AccountState, _table(), rows=2, columns=4),
    )


def _table() -> rx.Component:
    return table(
        (
            Column(t("Device"), _device),
            Column(t("Address"), lambda row: row.address, wide=True),
            Column(t("Last used"), lambda row: when(row.seen, row.seen_exact)),
            Column(t("Signed in"), lambda row: when(row.since, row.since_exact), wide=True),
            Column("", _end),
        ),
        AccountState.sessions,
        caption=t("Where you are signed in"),
        testid="sessions",
    )


def _device(row: rx.Var[SessionLine]) -> rx.Component:
    return rx.el.span(
        row.device,
        rx.el.span(row.address, class_name="a-help a-narrow"),
    )


def _end(row: rx.Var[SessionLine]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.is_current,
            rx.badge(
                t("This one"),
                color_scheme="green",
                variant="soft",
                radius="full",
                high_contrast=True,
                custom_attrs={"data-testid": "this-session"},
            ),
            rx.button(
                t("Sign out"),
                size="1",
                variant="soft",
                color_scheme="gray",
                aria_label=t("Sign out: {device}", device=row.device),
                on_click=AccountState.end(row.id),
                custom_attrs={"data-testid": "end-session"},
            ),
        ),
        class_name="a-row-menu",
    )


def _question() -> rx.Component:
    return confirm_dialog(
        open=AccountState.asked,
        title=t("Sign out everywhere else?"),
        body=rx.cond(
            AccountState.others == 1,
            t("One other sign-in ends at once, on open pages too. This one stays."),
            t(
                "{n} other sign-ins end at once, on open pages too. This one stays.",
                n=AccountState.others,
            ),
        ),
        confirm=t("Sign out"),
        on_confirm=AccountState.end_others,
        on_cancel=AccountState.never_mind,
        busy=AccountState.working == "others",
        testid="end-others",
    )
