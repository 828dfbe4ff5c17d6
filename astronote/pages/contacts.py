"""The contacts of the shop: search, filters, sorting, pages."""

import reflex as rx

from astronote.components.download import contacts_export
from astronote.components.feedback import empty_state
from astronote.components.figures import badge, when
from astronote.components.form import choice
from astronote.components.layout import page_header
from astronote.components.table import Column, listing, more, pagination, table
from astronote.components.words import t
from astronote.pages.contact_drawer import drawer, questions
from astronote.pages.contact_selection import TICKS, bar, dialogs
from astronote.state.contact_filters import AGES
from astronote.state.contact_form import ContactFormState
from astronote.state.contacts import ContactLine, ContactsState

GENDERS = [
    ("", t("Any gender")),
    ("male", t("Male")),
    ("female", t("Female")),
    ("other", t("Other")),
]
SUBSCRIBED = [
    ("", t("Everybody")),
    ("true", t("Subscribed")),
    ("false", t("Not subscribed")),
]


def page() -> rx.Component:
    """The list, its drawer and its questions."""
    return rx.fragment(
        page_header(
            t("Contacts"),
            rx.el.p(ContactsState.shown, class_name="a-text a-quiet a-number"),
            _export(),
            rx.link(
                rx.button(
                    rx.icon("upload", size=15, aria_hidden=True),
                    t("Import"),
                    variant="soft",
                    color_scheme="gray",
                ),
                href="/app/contacts/import",
                custom_attrs={"data-testid": "import"},
            ),
            rx.button(
                rx.icon("plus", size=15, aria_hidden=True),
                t("Add contact"),
                on_click=ContactFormState.add,
                custom_attrs={"data-testid": "add-contact"},
            ),
        ),
        rx.el.section(
            _toolbar(),
            listing(
                loading=ContactsState.loading,
                error=ContactsState.error,
                is_empty=ContactsState.rows.length() == 0,
                on_retry=ContactsState.reload,
                empty=rx.cond(ContactsState.is_filtered, _nobody_matches(), _nobody_yet()),
                filled=rx.fragment(bar(), _table(), _foot()),
                columns=8,
            ),
            class_name="a-panel",
        ),
        drawer(),
        questions(),
        dialogs(),
    )


def _export() -> rx.Component:
    return contacts_export(
        ContactsState.export_query,
        (t("What the filter shows, as CSV"), t("What the filter shows, as Excel")),
        testid="export",
        color_scheme="gray",
    )


REST = 250
"""Milliseconds without a keystroke after which a search is asked for."""


def _toolbar() -> rx.Component:
    return rx.el.div(
        _typed(
            "q",
            rx.input.slot(rx.icon("search", size=15, aria_hidden=True)),
            on_change=ContactsState.search.debounce(REST),
            placeholder=t("Search name, phone or e-mail"),
            type="search",
            max_length=100,
            aria_label=t("Search contacts"),
            class_name="a-toolbar-search",
            custom_attrs={"data-testid": "search"},
        ),
        _filter("list", [("", t("All lists"))], t("List"), ContactsState.lists),
        _filter("gender", GENDERS, t("Gender")),
        _filter("subscribed", SUBSCRIBED, t("Subscription")),
        _filter("age", _ages(), t("Age")),
        _typed(
            "tag",
            on_change=ContactsState.narrow("tag").debounce(REST),
            placeholder=t("Tag"),
            max_length=50,
            width="110px",
            aria_label=t("Tag"),
            custom_attrs={"data-testid": "filter-tag"},
        ),
        rx.cond(
            ContactsState.is_filtered,
            rx.button(
                rx.icon("x", size=14, aria_hidden=True),
                t("Clear"),
                variant="ghost",
                color_scheme="gray",
                on_click=ContactsState.clear,
                custom_attrs={"data-testid": "clear-filters"},
            ),
        ),
        class_name="a-toolbar",
        role="search",
    )


def _ages() -> list[tuple[str, rx.Var]]:
    return [(key, t("Age {range}", range=key) if key else t("Any age")) for key in AGES]


def _typed(name: str, *children: rx.Component, **props) -> rx.Component:
    """A field that keeps what is typed to itself, so that no answer overwrites it.

    It is made anew when the filters come from elsewhere: the address, or Clear.
    """
    return rx.input(
        *children,
        default_value=ContactsState.filters[name],
        key=f"{name}-{ContactsState.filled}",
        **props,
    )


def _filter(name: str, fixed: list, label: rx.Var, more: rx.Var | None = None) -> rx.Component:
    return choice(
        f"filter-{name}",
        fixed,
        more=more,
        value=ContactsState.filters[name],
        on_change=ContactsState.narrow(name),
        aria_label=label,
    )


def _table() -> rx.Component:
    sort = ContactsState.filters["sort"]
    by_name = rx.match(sort, ("lastName", "ascending"), ("-lastName", "descending"), "")
    by_date = rx.match(
        sort, ("createdAt", "ascending"), ("-createdAt", "descending"), ("", "descending"), ""
    )
    return table(
        (
            TICKS,
            Column(t("Name"), _name, sort=ContactsState.sort_by("lastName"), direction=by_name),
            Column(t("Phone"), lambda c: rx.el.span(c.phone, class_name="a-nowrap"), wide=True),
            Column(
                t("E-mail"), lambda c: rx.el.span(c.email, class_name="a-clip a-cell"), spare=True
            ),
            Column(
                t("Age"), lambda c: rx.el.span(c.age, title=c.birthday), numeric=True, wide=True
            ),
            Column(t("Tags"), _tags, wide=True),
            Column(t("Status"), lambda c: badge(c.status, c.status_words)),
            Column(
                t("Added"),
                lambda c: when(c.added, c.added_exact),
                sort=ContactsState.sort_by("createdAt"),
                direction=by_date,
                wide=True,
            ),
            Column("", _more),
        ),
        ContactsState.rows,
        caption=t("Contacts"),
        testid="contacts",
    )


def _name(contact: rx.Var[ContactLine]) -> rx.Component:
    return rx.fragment(
        rx.link(
            contact.name,
            href=f"/app/contacts/{contact.id}",
            aria_label=f"{contact.name}, {contact.phone}",
            class_name="a-plain a-clip a-cell",
            custom_attrs={"data-testid": "open-contact"},
        ),
        rx.el.span(contact.phone, class_name="a-narrow a-small a-quiet"),
    )


def _tags(contact: rx.Var[ContactLine]) -> rx.Component:
    return rx.el.div(
        rx.foreach(
            contact.tags,
            lambda tag: rx.el.button(
                tag,
                type="button",
                class_name="a-tag",
                title=t("Show contacts with this tag"),
                on_click=ContactsState.narrow("tag", tag),
            ),
        ),
        class_name="a-tags",
    )


def _more(contact: rx.Var[ContactLine]) -> rx.Component:
    return more(
        contact.name,
        rx.menu.item(t("Edit"), on_select=ContactFormState.edit(contact.id)),
        rx.cond(
            contact.is_subscribed,
            rx.menu.item(t("Unsubscribe"), on_select=ContactFormState.ask_unsubscribe(contact.id)),
            rx.menu.item(
                t("Subscribe…"),
                disabled=contact.by_person,
                on_select=ContactFormState.edit(contact.id),
            ),
        ),
        rx.menu.separator(),
        rx.menu.item(t("Delete"), color="red", on_select=ContactFormState.ask_delete(contact.id)),
    )


def _foot() -> rx.Component:
    return pagination(
        ContactsState.shown,
        has_previous=ContactsState.has_previous,
        has_next=ContactsState.has_next,
        on_previous=ContactsState.previous_page,
        on_next=ContactsState.next_page,
    )


def _nobody_yet() -> rx.Component:
    return empty_state(
        "users",
        t("No contacts yet"),
        t("Import the spreadsheet you have, or add people one by one."),
        rx.link(rx.button(t("Import contacts")), href="/app/contacts/import"),
        rx.button(t("Add contact"), variant="soft", on_click=ContactFormState.add),
    )


def _nobody_matches() -> rx.Component:
    return empty_state(
        "search-x",
        t("Nobody matches"),
        t("No contact fits this search and these filters."),
        rx.button(t("Show everybody"), variant="soft", on_click=ContactsState.clear),
        testid="no-match",
    )
