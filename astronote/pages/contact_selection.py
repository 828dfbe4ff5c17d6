"""Selecting contacts in the list, and what can be done to all that are selected.

For tests: ``tick``, ``tick-page``, ``selected`` (the bar), ``take-all``, ``bulk-tag`` and so
on for each action, ``bulk-more``, ``bulk-tag-dialog``…, ``bulk-save``, ``bulk-delete-question``.
"""

import reflex as rx

from astronote.components.agreement import agreement
from astronote.components.dialog import confirm_dialog, form_dialog
from astronote.components.download import contacts_export
from astronote.components.form import select_field, text_field
from astronote.components.table import Column
from astronote.components.words import t
from astronote.state.contact_bulk import BulkState
from astronote.state.contact_selection import SelectionState
from astronote.state.contacts import ContactLine, ContactsState


def _tick(contact: rx.Var[ContactLine]) -> rx.Component:
    state = SelectionState
    return rx.checkbox(
        checked=state.everything | state.ids.contains(contact.id),
        disabled=state.everything,
        on_change=lambda ticked: state.tick(contact.id, ticked),
        aria_label=t("Select {name}", name=contact.name),
        custom_attrs={"data-testid": "tick"},
    )


def _tick_page() -> rx.Component:
    state = SelectionState
    page = ContactsState.page_ids
    whole = rx.Var(f"{page!s}.every((id) => {state.ids!s}.includes(id))", _var_type=bool)
    return rx.checkbox(
        checked=state.everything | whole,
        disabled=state.everything,
        on_change=lambda ticked: state.tick_page(page, ticked),
        aria_label=t("Select this page"),
        custom_attrs={"data-testid": "tick-page"},
    )


TICKS = Column(_tick_page(), _tick, tick=True)
"""The column of boxes."""


def bar() -> rx.Component:
    """Over the table while somebody is selected: how many, and what can be done."""
    state = SelectionState
    return rx.cond(
        state.count > 0,
        rx.el.div(
            rx.el.b(
                state.words,
                class_name="a-number",
                role="status",
                custom_attrs={"data-testid": "selected"},
            ),
            rx.cond(
                ~state.everything & (ContactsState.has_next | ContactsState.has_previous),
                rx.button(
                    t("Select all that the filter shows"),
                    variant="ghost",
                    on_click=state.take_all(ContactsState.filters),
                    custom_attrs={"data-testid": "take-all"},
                ),
            ),
            rx.button(
                t("Select nobody"),
                variant="ghost",
                color_scheme="gray",
                on_click=state.clear,
                custom_attrs={"data-testid": "select-none"},
            ),
            rx.el.div(
                _button("tag", "tag", t("Add tags")),
                _button("list", "list", t("Add to list")),
                _export(),
                _more(),
                class_name="a-actions a-push",
            ),
            class_name="a-toolbar a-selection",
        ),
    )


def _button(what: str, icon: str, words: rx.Var) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=15, aria_hidden=True),
        words,
        variant="soft",
        size="1",
        on_click=BulkState.ask(what),
        custom_attrs={"data-testid": f"bulk-{what}"},
    )


def _export() -> rx.Component:
    return contacts_export(SelectionState.query, ("CSV", "Excel"), testid="bulk-export", size="1")


def _more() -> rx.Component:
    def entry(what: str, words: rx.Var, **props) -> rx.Component:
        return rx.menu.item(
            words,
            on_select=BulkState.ask(what),
            custom_attrs={"data-testid": f"bulk-{what}"},
            **props,
        )

    return rx.menu.root(
        rx.menu.trigger(
            rx.button(
                t("More"),
                rx.icon("chevron-down", size=15, aria_hidden=True),
                variant="soft",
                size="1",
                custom_attrs={"data-testid": "bulk-more"},
            )
        ),
        rx.menu.content(
            entry("untag", t("Remove tags…")),
            entry("unlist", t("Take out of a list…")),
            rx.menu.separator(),
            entry("subscribe", t("Subscribe…")),
            entry("unsubscribe", t("Unsubscribe…")),
            rx.menu.separator(),
            entry("delete", t("Delete…"), color="red"),
        ),
    )


def dialogs() -> rx.Component:
    """What is asked before many contacts change."""
    state = BulkState
    return rx.fragment(
        _form(
            "tag",
            t("Add tags to {many}", many=state.many),
            t("They keep the tags that they have."),
            _tags(),
            t("Add tags"),
        ),
        _form(
            "untag",
            t("Remove tags from {many}", many=state.many),
            t("Other tags stay."),
            _tags(),
            t("Remove tags"),
        ),
        _form(
            "list",
            t("Add {many} to a list", many=state.many),
            t("Whoever is in it already stays in it once."),
            rx.fragment(
                rx.cond(state.own.length() > 0, _own_lists()),
                text_field(
                    rx.cond(state.own.length() > 0, t("Or a new list"), t("New list")),
                    "newList",
                    error=state.errors.get("name", ""),
                    max_length=80,
                    auto_complete="off",
                ),
            ),
            t("Add to list"),
        ),
        _form(
            "unlist",
            t("Take {many} out of a list", many=state.many),
            t("The contacts stay in your shop."),
            _own_lists(),
            t("Take out"),
        ),
        _form(
            "subscribe",
            t("Subscribe {many}", many=state.many),
            t("Only people who agreed. Those who opted out by themselves stay opted out."),
            agreement(
                state.errors, t("The words they read or heard. Kept with each contact as proof.")
            ),
            t("Subscribe"),
        ),
        _questions(),
    )


def _questions() -> rx.Component:
    state = BulkState
    return rx.fragment(
        confirm_dialog(
            open=state.asked == "unsubscribe",
            title=t("Unsubscribe {many}?", many=state.many),
            body=t("They will get no more messages until you subscribe them again."),
            confirm=t("Unsubscribe"),
            on_confirm=state.do_it,
            on_cancel=state.never_mind,
            busy=state.working,
            testid="bulk-unsubscribe-question",
        ),
        confirm_dialog(
            open=state.asked == "delete",
            title=t("Delete {many}?", many=state.many),
            body=t(
                "This removes {many} from your shop and from all lists, and cannot be undone. "
                "Past messages stay in the figures. Who opted out is remembered.",
                many=state.many,
            ),
            confirm=t("Delete {many}", many=state.many),
            on_confirm=state.do_it,
            on_cancel=state.never_mind,
            busy=state.working,
            danger=True,
            testid="bulk-delete-question",
        ),
    )


def _tags() -> rx.Component:
    return text_field(
        t("Tags"),
        "tags",
        help=t("Separated by commas"),
        error=BulkState.errors.get("tags", ""),
        max_length=500,
        auto_focus=True,
        auto_complete="off",
    )


def _own_lists() -> rx.Component:
    state = BulkState
    options = rx.cond(state.own.length() > 0, t("Choose…"), t("You have no lists of your own yet"))
    return select_field(
        t("List"),
        "listId",
        [("", options)],
        more=state.own,
        error=state.errors.get("listId", ""),
    )


def _form(
    what: str, title: rx.Var, description: rx.Var, fields: rx.Component, verb: rx.Var
) -> rx.Component:
    state = BulkState
    return form_dialog(
        fields,
        open=state.asked == what,
        key=state.opened.to_string(),
        title=title,
        description=description,
        confirm=verb,
        on_submit=state.save,
        on_cancel=state.never_mind,
        error=state.errors.get("", ""),
        busy=state.working,
        testid=f"bulk-{what}-dialog",
        confirm_testid="bulk-save",
    )
