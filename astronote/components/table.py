"""Tables of rows from the server, at most fifty at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import reflex as rx

from astronote.components.feedback import error_state, skeleton_table
from astronote.components.words import t


@dataclass(frozen=True)
class Column:
    """One column: its head and how a row fills it.

    Args:
        title: the head's words, or what stands there; '' for a column of buttons.
        cell: from a row's var to what stands in the cell.
        numeric: align at the right.
        sort: pressed head's event, or None where it cannot be sorted.
        direction: var with ``""``, ``"ascending"`` or ``"descending"`` for ``sort``.
        wide: leave the column out on a phone.
        spare: leave the column out on any but a wide screen.
        tick: a narrow column of boxes.
    """

    title: str | rx.Var | rx.Component
    cell: Callable[[rx.Var], rx.Component | rx.Var]
    numeric: bool = False
    sort: object | None = None
    direction: rx.Var | str = ""
    wide: bool = False
    spare: bool = False
    tick: bool = False

    @property
    def class_name(self) -> str:
        """Of its cells."""
        chosen = (
            ("a-end", self.numeric),
            ("a-wide", self.wide),
            ("a-spare", self.spare),
            ("a-tick", self.tick),
        )
        return " ".join(name for name, on in chosen if on)


def table(
    columns: Sequence[Column],
    rows: rx.Var,
    *,
    key: Callable[[rx.Var], rx.Var] = lambda row: row.id,
    caption: str | rx.Var,
    testid: str = "table",
) -> rx.Component:
    """A table with one line a row of ``rows`` (a var of dataclass rows).

    ``caption`` names the table for screen readers; ``key`` is stable over reloads.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="a-hidden"),
            rx.el.thead(rx.el.tr(*[_head(column) for column in columns])),
            rx.el.tbody(
                rx.foreach(
                    rows,
                    lambda row: rx.el.tr(
                        *[_cell(column, row) for column in columns],
                        key=key(row).to_string(),
                        custom_attrs={"data-testid": f"{testid}-row", "data-id": key(row)},
                    ),
                )
            ),
            class_name="a-table",
            custom_attrs={"data-testid": testid},
        ),
        class_name="a-table-scroll",
        role="region",
        aria_label=caption,
        tab_index=0,
    )


def listing(
    *,
    loading: rx.Var,
    error: rx.Var,
    is_empty: rx.Var,
    on_retry: rx.EventHandler,
    empty: rx.Component,
    filled: rx.Component,
    columns: int = 5,
) -> rx.Component:
    """Skeleton, error with a retry, empty state or the list, whichever holds.

    Args:
        loading: true until the first answer.
        error: a sentence, or ''.
        is_empty: no row matches.
        on_retry: loads again.
        empty: see :func:`astronote.components.feedback.empty_state`.
        filled: the table and its foot.
        columns: how many the skeleton shows.
    """
    return rx.cond(
        error != "",
        error_state(error, on_retry),
        rx.cond(
            loading,
            skeleton_table(columns=columns),
            rx.cond(is_empty, empty, filled),
        ),
    )


def more(name: rx.Var, *items: rx.Component) -> rx.Component:
    """What else can be done with a row called ``name``: a menu behind three dots."""
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=16),
                variant="ghost",
                color_scheme="gray",
                aria_label=t("More for {name}", name=name),
                custom_attrs={"data-testid": "more"},
            )
        ),
        rx.menu.content(*items),
    )


def pagination(
    shown: str | rx.Var,
    *,
    has_previous: rx.Var,
    has_next: rx.Var,
    on_previous: rx.EventHandler,
    on_next: rx.EventHandler,
) -> rx.Component:
    """The foot of a list: its count in words, and the neighbouring pages."""
    return rx.el.nav(
        rx.el.span(
            shown, class_name="a-small a-quiet a-number", custom_attrs={"data-testid": "count"}
        ),
        rx.el.div(
            _turn(t("Previous"), "chevron-left", ~has_previous, on_previous, "previous-page"),
            _turn(t("Next"), "chevron-right", ~has_next, on_next, "next-page"),
            class_name="a-actions",
        ),
        class_name="a-table-foot",
        aria_label=t("Pages"),
    )


def _turn(
    label: str | rx.Var, icon: str, disabled: rx.Var, event: rx.EventHandler, testid: str
) -> rx.Component:
    words = [rx.icon(icon, size=15, aria_hidden=True), label]
    return rx.button(
        *(words if icon == "chevron-left" else reversed(words)),
        variant="soft",
        color_scheme="gray",
        size="1",
        disabled=disabled,
        on_click=event,
        custom_attrs={"data-testid": testid},
    )


def _head(column: Column) -> rx.Component:
    if column.sort is None:
        is_bare = isinstance(column.title, str) and not column.title
        words = rx.el.span(t("Actions"), class_name="a-hidden") if is_bare else column.title
        return rx.el.th(words, scope="col", class_name=column.class_name)
    return rx.el.th(
        rx.el.button(
            column.title,
            rx.match(
                column.direction,
                ("ascending", rx.icon("arrow-up", size=13, aria_hidden=True)),
                ("descending", rx.icon("arrow-down", size=13, aria_hidden=True)),
                rx.icon("chevrons-up-down", size=13, aria_hidden=True),
            ),
            type="button",
            class_name="a-sort",
            on_click=column.sort,
        ),
        scope="col",
        class_name=column.class_name,
        custom_attrs={"aria-sort": rx.cond(column.direction == "", "none", column.direction)},
    )


def _cell(column: Column, row: rx.Var) -> rx.Component:
    return rx.el.td(column.cell(row), class_name=column.class_name)
