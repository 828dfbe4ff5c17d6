"""Lists of contacts: the system's with live counts, the shop's own below.

For tests: ``system-list``, ``own-lists`` (rows ``own-lists-row``), ``open-list``,
``new-list``, ``more``, ``list-name-dialog``, ``input-name``, ``save-list``, ``delete-list``.
"""

import reflex as rx

from astronote.components.feedback import empty_state, loaded
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, more, pagination, table
from astronote.components.window import ending_question, name_field, naming_window, new_or_renamed
from astronote.components.words import t
from astronote.state.lists import ListGroup, ListLine, ListsState


def page() -> rx.Component:
    """Both sorts of lists, and what is asked about one."""
    return rx.fragment(
        page_header(
            t("Lists"),
            t("Groups of contacts to look at and to send to"),
            rx.button(
                rx.icon("plus", size=15, aria_hidden=True),
                t("New list"),
                on_click=ListsState.add,
                custom_attrs={"data-testid": "new-list"},
            ),
        ),
        loaded(ListsState, _both(), columns=3, frame=panel),
        _naming(),
        _question(),
    )


def _both() -> rx.Component:
    return rx.fragment(
        panel(
            rx.el.p(
                t("Kept by the system: they always hold whoever fits now."),
                class_name="a-text a-quiet",
            ),
            rx.el.div(rx.foreach(ListsState.system, _group), class_name="a-list-groups"),
            title=t("System lists"),
        ),
        panel(
            rx.el.div(rx.el.h2(t("Your lists"), class_name="a-h2"), class_name="a-panel-head"),
            rx.cond(ListsState.own.length() == 0, _none_yet(), _own()),
        ),
    )


def _group(group: rx.Var[ListGroup]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(group.title, class_name="a-label a-quiet"),
        rx.el.ul(rx.foreach(group.lists, _system_list), class_name="a-list-cards"),
        class_name="a-set",
    )


def _system_list(line: rx.Var[ListLine]) -> rx.Component:
    return rx.el.li(
        rx.link(
            rx.el.span(line.name),
            rx.el.b(line.count, class_name="a-number"),
            href=f"/app/contacts?list={line.key}",
            underline="none",
            class_name="a-list-card",
            custom_attrs={"data-testid": "system-list", "data-key": line.key},
        )
    )


def _own() -> rx.Component:
    return rx.fragment(
        table(
            (
                Column(t("Name"), _name),
                Column(t("Contacts"), lambda line: line.count, numeric=True),
                Column("", _more),
            ),
            ListsState.own,
            key=lambda line: line.key,
            caption=t("Your lists"),
            testid="own-lists",
        ),
        pagination(
            ListsState.shown,
            has_previous=ListsState.has_previous,
            has_next=ListsState.has_next,
            on_previous=ListsState.previous_page,
            on_next=ListsState.next_page,
        ),
    )


def _name(line: rx.Var[ListLine]) -> rx.Component:
    return rx.link(
        line.name,
        href=f"/app/contacts?list={line.key}",
        class_name="a-plain a-break",
        custom_attrs={"data-testid": "open-list"},
    )


def _more(line: rx.Var[ListLine]) -> rx.Component:
    return rx.el.div(
        more(
            line.name,
            rx.menu.item(t("Rename…"), on_select=ListsState.edit(line.key.to(int))),
            rx.menu.separator(),
            rx.menu.item(
                t("Delete…"), color="red", on_select=ListsState.ask_delete(line.key.to(int))
            ),
        ),
        class_name="a-row-menu",
    )


def _none_yet() -> rx.Component:
    return empty_state(
        "list",
        t("No lists of your own yet"),
        t("Make one, then fill it with an import or with the contacts you choose."),
        rx.button(t("New list"), variant="soft", on_click=ListsState.add),
        testid="no-lists",
    )


def _naming() -> rx.Component:
    state = ListsState
    return naming_window(
        state,
        name_field(state),
        title=new_or_renamed(state, t("New list"), t("Rename the list")),
        description=t("Only your team sees the name."),
        confirm=new_or_renamed(state, t("Create list"), t("Rename")),
        testid="list-name-dialog",
        confirm_testid="save-list",
    )


def _question() -> rx.Component:
    state = ListsState
    return ending_question(
        state,
        title=t("Delete “{name}”?", name=state.asked_name),
        body=t(
            "This deletes 1 list. Its {many} stay in your shop and keep their subscription; "
            "campaigns that use the list no longer find it.",
            many=state.asked_words,
        ),
        confirm=t("Delete list"),
        testid="delete-list",
    )
