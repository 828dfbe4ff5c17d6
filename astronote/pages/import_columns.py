"""The second step of an import: what the columns are, and how to import them."""

import reflex as rx

from astronote.components.agreement import agreement
from astronote.components.feedback import note
from astronote.components.form import check, choice, field, submit, text_field
from astronote.components.layout import panel
from astronote.components.words import t
from astronote.state.import_answers import FIELDS, ColumnView
from astronote.state.imports import ImportState


def mapping() -> rx.Component:
    """The form that starts the import."""
    return rx.form(
        rx.el.div(
            panel(
                rx.el.div(
                    rx.el.div(
                        rx.el.h2(ImportState.file_name, class_name="a-h2"),
                        rx.el.p(ImportState.rows_words, class_name="a-small a-quiet"),
                    ),
                    rx.button(
                        t("Another file"),
                        type="button",
                        variant="soft",
                        color_scheme="gray",
                        on_click=ImportState.start_over,
                    ),
                    class_name="a-panel-head",
                ),
                _columns(),
                custom_attrs={"data-testid": "mapping"},
            ),
            _choices(),
            rx.el.div(
                submit(
                    t("Import {rows}", rows=ImportState.rows_words),
                    ImportState.starting,
                    size="3",
                    custom_attrs={"data-testid": "start-import"},
                ),
                class_name="a-actions",
            ),
            class_name="a-stack a-wide-gap",
        ),
        on_submit=ImportState.start,
        reset_on_submit=False,
    )


def _columns() -> rx.Component:
    return rx.fragment(
        rx.cond(
            ImportState.errors.get("mapping", "") != "",
            rx.el.div(
                note(ImportState.errors["mapping"], icon="circle-alert", color="red"),
                class_name="a-panel-body",
                role="alert",
            ),
        ),
        rx.el.div(
            rx.el.table(
                rx.el.caption(t("Columns of the file"), class_name="a-hidden"),
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("Column in the file"), scope="col"),
                        rx.el.th(t("Becomes"), scope="col"),
                        rx.el.th(t("For example"), scope="col", class_name="a-wide"),
                    )
                ),
                rx.el.tbody(rx.foreach(ImportState.columns, _column)),
                class_name="a-table",
            ),
            class_name="a-table-scroll",
            role="region",
            aria_label=t("Columns of the file"),
            tab_index=0,
        ),
    )


def _column(column: rx.Var[ColumnView]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(column.header, scope="row", class_name="a-row-head"),
        rx.el.td(
            choice(
                f"column-{column.index}",
                [(value, t(words)) for value, words in FIELDS],
                value=column.field,
                on_change=lambda chosen: ImportState.map_column(column.index, chosen),
                aria_label=t("What the column {name} becomes", name=column.header),
            )
        ),
        rx.el.td(
            rx.foreach(column.samples, rx.el.span),
            class_name="a-quiet a-cells a-wide",
        ),
        key=column.index,
        custom_attrs={"data-testid": "import-column"},
    )


def _choices() -> rx.Component:
    return panel(
        rx.el.div(
            field(
                t("When a phone number is already known"),
                choice(
                    "onDuplicate",
                    [
                        ("skip", t("Leave the contact as it is")),
                        ("update", t("Update the contact with the file")),
                    ],
                ),
                name="onDuplicate",
                help=t("Empty cells never delete what is there."),
            ),
            field(
                t("Add everyone to a list"),
                choice("listId", [("", t("No list"))], more=ImportState.lists),
                name="listId",
                help=t("Contacts that were known already are added as well."),
            ),
            text_field(
                t("Or to a new list"),
                "newList",
                help=t("Give it a name; it is made when the import starts."),
                error=ImportState.errors.get("newList", ""),
                max_length=80,
            ),
            class_name="a-pair",
        ),
        rx.cond(
            ImportState.leaves_columns,
            check(t("Keep the columns that are left out with each contact"), "keepColumns"),
        ),
        rx.cond(
            ImportState.says_who_is_subscribed,
            note(t("A column of your file says who is subscribed. Nobody else will be.")),
            _agreement(),
        ),
        _welcome(),
        title=t("How to import"),
    )


def _agreement() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(t("Consent"), class_name="a-label"),
        check(
            t("Everyone in this file agreed to receive my messages"),
            "everyoneAgreed",
            on_change=ImportState.set_everyone_agreed,
        ),
        rx.cond(
            ImportState.everyone_agreed,
            agreement(
                ImportState.errors,
                t("The words they read or heard. Kept with each contact as proof."),
                text_field(t("When?"), "consentDate", help=t("Today, if left empty"), type="date"),
            ),
            rx.el.p(
                t("Otherwise they are added, and get no messages until they subscribe."),
                class_name="a-help",
            ),
        ),
        class_name="a-group",
    )


def _welcome() -> rx.Component:
    state = ImportState
    return rx.el.fieldset(
        rx.el.legend(t("Welcome message"), class_name="a-label"),
        check(
            t("Send your welcome message to these people"),
            "sendWelcome",
            disabled=~state.welcome_is_on,
        ),
        rx.cond(
            state.welcome_is_on,
            rx.el.p(
                state.welcome_cost,
                class_name="a-help",
                custom_attrs={"data-testid": "welcome-cost"},
            ),
            rx.el.p(
                t("Your welcome message is off."),
                " ",
                rx.link(t("Go to Automations"), href="/app/automations"),
                class_name="a-help",
            ),
        ),
        class_name="a-group",
    )
