"""One contact's own page: who it is, consent, messages.

For tests: ``contact-status``, ``contact-lock``, ``subscribe``, ``unsubscribe``, ``edit``,
``write``, ``more``, ``consent-history``, ``consent-proof``, ``messages`` (rows ``messages-row``),
``contact-missing``.
"""

import reflex as rx

from astronote.components.feedback import empty_state, error_state, note, skeleton_table
from astronote.components.figures import badge, facts, when
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, pagination, table
from astronote.components.words import t
from astronote.pages import message_sheet
from astronote.pages.contact_drawer import drawer, questions
from astronote.pages.contact_history import history
from astronote.state.contact_form import ContactFormState
from astronote.state.contact_page import ContactState


def page() -> rx.Component:
    """The person at the left, what happened at the right."""
    state = ContactState
    return rx.fragment(
        rx.cond(
            state.missing,
            _missing(),
            rx.cond(
                state.error != "",
                rx.fragment(
                    page_header(t("Contact")), panel(error_state(state.error, state.reload))
                ),
                rx.cond(
                    state.loading,
                    rx.fragment(page_header(t("Contact")), panel(skeleton_table(8, 3))),
                    _contact(),
                ),
            ),
        ),
        drawer(history=False),
        questions(),
        message_sheet.sheet(),
    )


def _missing() -> rx.Component:
    return rx.fragment(
        page_header(t("Contact")),
        panel(
            empty_state(
                "search-x",
                t("This contact cannot be shown"),
                ContactState.error,
                rx.link(rx.button(t("All contacts")), href="/app/contacts"),
                testid="contact-missing",
            )
        ),
    )


def _contact() -> rx.Component:
    card = ContactState.card
    return rx.fragment(
        page_header(
            card.name,
            rx.el.p(card.phone, class_name="a-text a-quiet a-number"),
            rx.button(
                rx.icon("pencil", size=15, aria_hidden=True),
                t("Edit"),
                on_click=ContactFormState.edit(card.id),
                custom_attrs={"data-testid": "edit"},
            ),
            _write(),
            _more(),
            back=("/app/contacts", t("All contacts")),
        ),
        rx.el.div(
            rx.el.div(_subscription(), _about(), class_name="a-detail-main"),
            rx.el.div(_messages(), history(), class_name="a-detail-main"),
            class_name="a-profile",
        ),
    )


def _write() -> rx.Component:
    return rx.link(
        rx.button(
            rx.icon("message-square", size=15, aria_hidden=True),
            t("Write a message"),
            variant="soft",
            color_scheme="gray",
            tab_index=-1,
        ),
        href="/app/inbox?with=c" + ContactState.card.id.to_string(),
        custom_attrs={"data-testid": "write"},
    )


def _more() -> rx.Component:
    card = ContactState.card
    return rx.menu.root(
        rx.menu.trigger(
            rx.button(
                rx.icon("ellipsis", size=17),
                variant="soft",
                color_scheme="gray",
                aria_label=t("More actions"),
                custom_attrs={"data-testid": "more"},
            )
        ),
        rx.menu.content(
            rx.menu.item(t("Delete…"), color="red", on_select=ContactFormState.ask_delete(card.id)),
            rx.menu.item(
                t("Erase everything (GDPR)…"),
                color="red",
                on_select=ContactFormState.ask_erase(card.id),
            ),
            align="end",
        ),
    )


def _subscription() -> rx.Component:
    card = ContactState.card
    return panel(
        rx.el.div(
            rx.el.span(
                badge(card.status, card.status_words),
                custom_attrs={"data-testid": "contact-status"},
            ),
            rx.cond(
                ContactState.since != "",
                rx.el.span(ContactState.since, class_name="a-small a-quiet"),
            ),
            class_name="a-cell-stack",
        ),
        rx.cond(
            card.is_subscribed,
            _switch(t("Unsubscribe…"), ContactFormState.ask_unsubscribe(card.id), "unsubscribe"),
            rx.cond(
                card.lock != "",
                rx.el.div(
                    note(card.lock, icon="lock", color="amber"),
                    custom_attrs={"data-testid": "contact-lock"},
                ),
                _switch(t("Subscribe…"), ContactFormState.subscribe(card.id), "subscribe"),
            ),
        ),
        title=t("Subscription"),
    )


def _switch(words: rx.Var, event, testid: str) -> rx.Component:
    return rx.el.div(
        rx.button(
            words,
            variant="soft",
            color_scheme="gray",
            on_click=event,
            custom_attrs={"data-testid": testid},
        )
    )


def _about() -> rx.Component:
    card = ContactState.card
    return panel(
        rx.el.div(
            facts(
                (t("E-mail"), _or_dash(card.email)),
                (t("Gender"), _or_dash(card.gender)),
                (t("Birthday"), _or_dash(card.birthday)),
                (t("Tags"), rx.cond(card.tags.length() > 0, _tags(), "–")),
                (t("Added"), when(card.added, card.added_exact)),
                (t("Changed"), when(card.changed, card.changed_exact)),
            ),
            rx.cond(card.attributes.length() > 0, _attributes()),
            class_name="a-text a-form",
        ),
        title=t("About"),
    )


def _or_dash(value: rx.Var) -> rx.Component:
    return rx.el.span(rx.cond(value != "", value, "–"), class_name="a-break")


def _tags() -> rx.Component:
    return rx.el.div(
        rx.foreach(
            ContactState.card.tags,
            lambda tag: rx.el.span(tag, class_name="a-tag"),
        ),
        class_name="a-tags",
    )


def _attributes() -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            ContactState.card.attributes,
            lambda pair: rx.fragment(
                rx.el.dt(pair[0], class_name="a-break"), rx.el.dd(pair[1], class_name="a-break")
            ),
        ),
        class_name="a-facts",
        custom_attrs={"data-testid": "contact-attributes"},
    )


def _messages() -> rx.Component:
    state = ContactState
    return panel(
        rx.el.div(rx.el.h2(t("Messages"), class_name="a-h2"), class_name="a-panel-head"),
        rx.cond(
            state.messages.length() == 0,
            empty_state(
                "message-square",
                t("No messages yet"),
                t("What you send to this person is listed here."),
                testid="no-messages",
            ),
            rx.fragment(
                table(
                    (
                        Column(t("Text"), lambda row: message_sheet.opener(row.text, row)),
                        Column(t("Kind"), lambda row: row.kind, wide=True),
                        Column(t("Status"), message_sheet.outcome),
                        Column(t("When"), lambda row: when(row.at, row.at_exact), wide=True),
                    ),
                    state.messages,
                    caption=t("Messages to this contact, newest first"),
                    testid="messages",
                ),
                pagination(
                    state.shown,
                    has_previous=state.has_previous,
                    has_next=state.has_next,
                    on_previous=state.previous_page,
                    on_next=state.next_page,
                ),
            ),
        ),
    )
