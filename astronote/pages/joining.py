"""How people join: links with posters, the wording, the rules, the logo.

For tests: ``new-link``, ``join-links`` (rows ``join-links-row``), ``copy-link``, ``poster``,
``more``, ``link-dialog`` with ``input-name``, ``input-kind`` and ``save-link``,
``replace-link``, ``revoke-link``; the rest in ``pages/joining_rules.py``.
"""

import reflex as rx

from astronote.components.feedback import empty_state, loaded
from astronote.components.form import select_field
from astronote.components.layout import page_header, panel
from astronote.components.settings_nav import settings_nav
from astronote.components.table import Column, more, table
from astronote.components.window import ending_question, name_field, naming_window, new_or_renamed
from astronote.components.words import t
from astronote.pages import joining_rules
from astronote.state.joining import JoiningState, LinkLine


def page() -> rx.Component:
    """The links first, then what they show."""
    return rx.fragment(
        page_header(
            t("Joining"),
            t("How people join your list, and what they agree to"),
            rx.button(
                rx.icon("plus", size=15, aria_hidden=True),
                t("New link"),
                on_click=JoiningState.add,
                custom_attrs={"data-testid": "new-link"},
            ),
        ),
        settings_nav("/app/settings/joining"),
        panel(
            rx.el.div(rx.el.h2(t("Join links"), class_name="a-h2"), class_name="a-panel-head"),
            loaded(
                JoiningState,
                rx.cond(JoiningState.links.length() == 0, _none_yet(), _table()),
                rows=3,
                columns=4,
            ),
        ),
        joining_rules.view(),
        _naming(),
        _replacing(),
        _revoking(),
    )


def _none_yet() -> rx.Component:
    return empty_state(
        "qr-code",
        t("No join links yet"),
        t("Make one for the till, the door or the window, and print its poster with a QR code."),
        rx.button(t("New link"), variant="soft", on_click=JoiningState.add),
        testid="no-links",
    )


def _table() -> rx.Component:
    return table(
        (
            Column(t("Name"), _name),
            Column(t("Address"), _address, wide=True),
            Column(t("Sign-ups"), _signups, numeric=True),
            Column("", _actions),
        ),
        JoiningState.links,
        caption=t("Join links"),
        testid="join-links",
    )


def _name(row: rx.Var[LinkLine]) -> rx.Component:
    return rx.el.span(
        rx.el.span(row.name, class_name="a-strong a-break"),
        rx.el.span(
            rx.cond(row.kind == "nfc", t("NFC tag"), t("Poster with a QR code")),
            class_name="a-help a-block",
        ),
    )


def _address(row: rx.Var[LinkLine]) -> rx.Component:
    return rx.el.span(
        rx.el.a(row.url, href=row.url, target="_blank", rel="noopener"),
        rx.icon_button(
            rx.icon("copy", size=14),
            variant="ghost",
            color_scheme="gray",
            aria_label=t("Copy the address of {name}", name=row.name),
            on_click=[rx.set_clipboard(row.url), rx.toast.success(t("Copied."))],
            custom_attrs={"data-testid": "copy-link"},
        ),
        class_name="a-address",
    )


def _signups(row: rx.Var[LinkLine]) -> rx.Component:
    return rx.el.span(
        row.signups,
        rx.cond(
            row.kind == "nfc",
            rx.el.span(t("of {n} openings", n=row.scans), class_name="a-help a-block a-nowrap"),
        ),
    )


def _actions(row: rx.Var[LinkLine]) -> rx.Component:
    return rx.el.div(
        rx.button(
            rx.el.a(
                rx.icon("printer", size=14, aria_hidden=True),
                t("Poster"),
                href=f"/api/join-links/{row.id}/poster",
                target="_blank",
                rel="noopener",
                aria_label=t("Poster of {name}", name=row.name),
                custom_attrs={"data-testid": "poster"},
            ),
            as_child=True,
            size="1",
            variant="soft",
        ),
        more(
            row.name,
            rx.menu.item(
                t("Copy the address"),
                on_select=[rx.set_clipboard(row.url), rx.toast.success(t("Copied."))],
            ),
            rx.menu.item(t("Rename…"), on_select=JoiningState.edit(row.id)),
            rx.menu.item(t("Replace the address…"), on_select=JoiningState.ask_replace(row.id)),
            rx.menu.separator(),
            rx.menu.item(t("Revoke…"), color="red", on_select=JoiningState.ask_revoke(row.id)),
        ),
        class_name="a-actions a-end-actions",
    )


def _naming() -> rx.Component:
    state = JoiningState
    return naming_window(
        state,
        name_field(state, required=True),
        rx.cond(
            state.name_of == 0,
            select_field(
                t("Kind"),
                "kind",
                [("join", t("Poster with a QR code")), ("nfc", t("NFC tag"))],
                help=t("An NFC tag's form asks only for the number and first name."),
                default_value="join",
            ),
        ),
        title=new_or_renamed(state, t("New link"), t("Rename the link")),
        description=t("Name it after the place where it hangs. Only your team sees the name."),
        confirm=new_or_renamed(state, t("Create link"), t("Rename")),
        testid="link-dialog",
        confirm_testid="save-link",
    )


def _replacing() -> rx.Component:
    return ending_question(
        JoiningState,
        when=JoiningState.asked == "replace",
        title=t("Give “{name}” a new address?", name=JoiningState.asked_name),
        body=t(
            "Posters and tags with the old address lead nowhere from now on. Its {signups} stay. "
            "Print the poster again and write the tag anew.",
            signups=JoiningState.asked_words,
        ),
        confirm=t("Replace the address"),
        testid="replace-link",
    )


def _revoking() -> rx.Component:
    return ending_question(
        JoiningState,
        when=JoiningState.asked == "revoke",
        title=t("Revoke “{name}”?", name=JoiningState.asked_name),
        body=t(
            "This ends 1 link for good: posters and tags with its address lead nowhere. Its "
            "{signups} stay.",
            signups=JoiningState.asked_words,
        ),
        confirm=t("Revoke link"),
        testid="revoke-link",
    )
