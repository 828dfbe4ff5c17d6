"""The contacts of the shop: search, filters, sorting, pages."""

import reflex as rx

from astronote.components.feedback import empty_state
from astronote.components.figures import badge, when
from astronote.components.form import choice
from astronote.components.layout import page_header
from astronote.components.table import Column, listing, pagination, table
from astronote.pages.contact_drawer import drawer, questions
from astronote.state.contact_form import ContactFormState
from astronote.state.contacts import AGES, ContactLine, ContactsState

GENDERS = [("", "Any gender"), ("male", "Male"), ("female", "Female"), ("other", "Other")]
SUBSCRIBED = [("", "Everybody"), ("true", "Subscribed"), ("false", "Not subscribed")]


def page() -> rx.Component:
    """The list, its drawer and its questions."""
    return rx.fragment(
        page_header(
            "Contacts",
            rx.el.p(ContactsState.shown, class_name="a-text a-quiet a-number"),
            _export(),
            rx.link(
                rx.button(
                    rx.icon("upload", size=15), "Import", variant="soft", color_scheme="gray"
                ),
                href="/app/contacts/import",
                custom_attrs={"data-testid": "import"},
            ),
            rx.button(
                rx.icon("plus", size=15),
                "Add contact",
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
                filled=rx.fragment(_table(), _foot()),
                columns=7,
            ),
            class_name="a-panel",
        ),
        drawer(),
        questions(),
    )


def _export() -> rx.Component:
    def entry(words: str, kind: str) -> rx.Component:
        return rx.menu.item(
            rx.el.a(
                words,
                href="/api/contacts/export?format=" + kind + "&" + ContactsState.export_query,
                reload_document=True,
                custom_attrs={"data-testid": f"export-{kind}"},
            ),
            as_child=True,
        )

    return rx.menu.root(
        rx.menu.trigger(
            rx.button(
                rx.icon("download", size=15),
                "Export",
                variant="soft",
                color_scheme="gray",
                custom_attrs={"data-testid": "export"},
            )
        ),
        rx.menu.content(
            entry("What the filter shows, as CSV", "csv"),
            entry("What the filter shows, as Excel", "xlsx"),
        ),
    )


REST = 250
"""Milliseconds without a keystroke after which a search is asked for."""


def _toolbar() -> rx.Component:
    return rx.el.div(
        _typed(
            "q",
            rx.input.slot(rx.icon("search", size=15, aria_hidden=True)),
            on_change=ContactsState.search.debounce(REST),
            placeholder="Search name, phone or e-mail",
            type="search",
            max_length=100,
            aria_label="Search contacts",
            class_name="a-toolbar-search",
            custom_attrs={"data-testid": "search"},
        ),
        _filter("list", [("", "All lists")], "List", ContactsState.lists),
        _filter("gender", GENDERS, "Gender"),
        _filter("subscribed", SUBSCRIBED, "Subscription"),
        _filter("age", [(k, f"Age {k}" if k else "Any age") for k in AGES], "Age"),
        _typed(
            "tag",
            on_change=ContactsState.narrow("tag").debounce(REST),
            placeholder="Tag",
            max_length=50,
            width="110px",
            aria_label="Tag",
            custom_attrs={"data-testid": "filter-tag"},
        ),
        rx.cond(
            ContactsState.is_filtered,
            rx.button(
                rx.icon("x", size=14),
                "Clear",
                variant="ghost",
                color_scheme="gray",
                on_click=ContactsState.clear,
                custom_attrs={"data-testid": "clear-filters"},
            ),
        ),
        class_name="a-toolbar",
        role="search",
    )


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


def _filter(name: str, fixed: list, label: str, more: rx.Var | None = None) -> rx.Component:
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
            Column("Name", _name, sort=ContactsState.sort_by("lastName"), direction=by_name),
            Column("Phone", lambda c: rx.el.span(c.phone, class_name="a-nowrap"), wide=True),
            Column("E-mail", lambda c: rx.el.span(c.email, class_name="a-clip a-cell"), wide=True),
            Column("Age", lambda c: rx.el.span(c.age, title=c.birthday), numeric=True, wide=True),
            Column("Tags", _tags, wide=True),
            Column("Status", lambda c: badge(c.status, c.status_words)),
            Column(
                "Added",
                lambda c: when(c.added, c.added_exact),
                sort=ContactsState.sort_by("createdAt"),
                direction=by_date,
                wide=True,
            ),
            Column("", _more),
        ),
        ContactsState.rows,
        caption="Contacts",
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
                title="Show contacts with this tag",
                on_click=ContactsState.narrow("tag", tag),
            ),
        ),
        class_name="a-tags",
    )


def _more(contact: rx.Var[ContactLine]) -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=16),
                variant="ghost",
                color_scheme="gray",
                aria_label=f"More for {contact.name}",
                custom_attrs={"data-testid": "more"},
            )
        ),
        rx.menu.content(
            rx.menu.item("Edit", on_select=ContactFormState.edit(contact.id)),
            rx.cond(
                contact.is_subscribed,
                rx.menu.item("Unsubscribe", on_select=ContactFormState.ask_unsubscribe(contact.id)),
                rx.menu.item(
                    "Subscribe…",
                    disabled=contact.by_person,
                    on_select=ContactFormState.edit(contact.id),
                ),
            ),
            rx.menu.separator(),
            rx.menu.item("Delete", color="red", on_select=ContactFormState.ask_delete(contact.id)),
        ),
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
        "No contacts yet",
        "Import the spreadsheet you have, or add people one by one.",
        rx.link(rx.button("Import contacts"), href="/app/contacts/import"),
        rx.button("Add contact", variant="soft", on_click=ContactFormState.add),
    )


def _nobody_matches() -> rx.Component:
    return empty_state(
        "search-x",
        "Nobody matches",
        "No contact fits this search and these filters.",
        rx.button("Show everybody", variant="soft", on_click=ContactsState.clear),
        testid="no-match",
    )
