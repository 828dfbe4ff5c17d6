"""API keys of the shop, for its owners.

For tests: ``new-key``, ``key-dialog`` with ``input-name`` and ``make-key``, ``fresh-key``
with ``fresh-key-copy`` and ``key-copied``, ``keys`` (rows ``keys-row``), ``end-key`` with
``end-key-yes`` and ``-no``.
"""

import reflex as rx

from astronote.components.feedback import empty_state
from astronote.components.figures import when
from astronote.components.layout import page_header, panel
from astronote.components.secret import shown_once
from astronote.components.settings_nav import settings_nav
from astronote.components.table import Column, listing, table
from astronote.components.window import ending_question, name_field, naming_window
from astronote.components.words import t
from astronote.state.api_keys import KeyLine, KeysState


def page() -> rx.Component:
    """The keys, and how one is used."""
    return rx.fragment(
        page_header(
            t("API keys"),
            t("For programs that work with your shop: a web shop, a till, a form"),
            _new(),
        ),
        settings_nav("/app/settings/keys"),
        panel(
            listing(
                loading=KeysState.loading,
                error=KeysState.error,
                is_empty=KeysState.keys.length() == 0,
                on_retry=KeysState.load,
                columns=4,
                empty=empty_state(
                    "key-round",
                    t("No keys yet"),
                    t(
                        "With a key a program adds contacts and sends campaigns in your shop's "
                        "name. It can never see billing, your team or other keys."
                    ),
                ),
                filled=_table(),
            )
        ),
        _usage(),
        _naming(),
        _fresh(),
        _question(),
    )


def _new() -> rx.Component:
    return rx.button(
        rx.icon("plus", size=15, aria_hidden=True),
        t("New key"),
        on_click=KeysState.add,
        disabled=KeysState.loading,
        custom_attrs={"data-testid": "new-key"},
    )


def _table() -> rx.Component:
    return table(
        (
            Column(t("Name"), _name),
            Column(t("Begins with"), lambda row: rx.el.code(row.prefix), wide=True),
            Column(t("Created"), lambda row: when(row.made, row.made_exact), wide=True),
            Column(t("Last used"), lambda row: when(row.used, row.used_exact)),
            Column("", _end),
        ),
        KeysState.keys,
        caption=t("API keys"),
        testid="keys",
    )


def _name(row: rx.Var[KeyLine]) -> rx.Component:
    return rx.el.span(
        rx.el.span(row.name, class_name="a-strong a-break"),
        rx.el.code(row.prefix, class_name="a-narrow"),
    )


def _end(row: rx.Var[KeyLine]) -> rx.Component:
    return rx.el.div(
        rx.button(
            t("End key"),
            size="1",
            variant="soft",
            color_scheme="gray",
            aria_label=t("End the key {name}", name=row.name),
            on_click=KeysState.ask_end(row.id),
            custom_attrs={"data-testid": "end-key"},
        ),
        class_name="a-row-menu",
    )


def _usage() -> rx.Component:
    return panel(
        rx.el.p(t("Send the key with every request:"), class_name="a-text"),
        rx.el.pre(KeysState.example, class_name="a-code", tab_index=0),
        rx.el.p(
            rx.el.a(t("All requests and answers"), href="/docs", target="_blank"),
            class_name="a-text a-link",
        ),
        title=t("How to use a key"),
    )


def _naming() -> rx.Component:
    state = KeysState
    return naming_window(
        state,
        name_field(state, placeholder=t("Web shop"), required=True),
        title=t("New key"),
        description=t("A name that says who uses it, so that you know later which one to end."),
        confirm=t("Make the key"),
        testid="key-dialog",
        confirm_testid="make-key",
    )


def _fresh() -> rx.Component:
    return shown_once(
        KeysState.fresh,
        label=t("API keys"),
        title=KeysState.fresh_name,
        description=t("This is the key."),
        warning=t("Copy it now: it is never shown again. Keep it like a password."),
        on_close=KeysState.close,
        testid="fresh-key",
        close_testid="key-copied",
    )


def _question() -> rx.Component:
    return ending_question(
        KeysState,
        title=t("End the key {name}?", name=KeysState.asked_name),
        body=t("Whatever program uses it is refused from now on. This cannot be undone."),
        confirm=t("End key"),
        testid="end-key",
    )
