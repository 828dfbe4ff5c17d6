"""Importing contacts: choose a file, say what its columns are, watch it, see the result."""

import reflex as rx

from astronote.components.download import download_link
from astronote.components.feedback import note, progress_card
from astronote.components.figures import badge, count, facts, when
from astronote.components.form import (
    area_field,
    check,
    choice,
    field,
    select_field,
    submit,
    text_field,
)
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, table
from astronote.state.contact_form import CONSENT_SOURCES
from astronote.state.imports import BAR, FIELDS, INPUT, ColumnView, ImportState


def page() -> rx.Component:
    """The step at hand."""
    return rx.fragment(
        page_header(
            "Import contacts",
            "From an Excel or CSV file, up to 20 MB and 200,000 rows",
            download_link("Template", "/api/contacts/import/template", testid="template"),
        ),
        rx.cond(
            ImportState.problem != "",
            rx.el.div(
                note(ImportState.problem, icon="circle-alert", color="red"),
                role="alert",
                custom_attrs={"data-testid": "import-problem"},
            ),
        ),
        _file(),
        rx.match(
            ImportState.step,
            ("choose", rx.fragment(_recent(), _help())),
            ("map", _mapping()),
            ("working", _working()),
            ("done", _result()),
            rx.fragment(),
        ),
    )


def _file() -> rx.Component:
    # Stays in the page through the second step: it holds the file that is sent then.
    return rx.el.div(
        rx.el.div(rx.icon("file-up", size=20, aria_hidden=True), class_name="a-blank-icon"),
        rx.el.label(
            rx.el.b("Choose a file"), " or drop it here", html_for=INPUT, class_name="a-text"
        ),
        rx.el.p(
            ".xlsx or .csv. The first row names the columns; one of them holds phone numbers.",
            class_name="a-small a-quiet",
        ),
        rx.el.input(
            id=INPUT,
            type="file",
            accept=".xlsx,.csv",
            on_change=rx.call_script(
                f"astronote.upload('{INPUT}','/api/contacts/import/preview',{{}},'{BAR}')",
                callback=ImportState.previewed,
            ),
            custom_attrs={"data-testid": "import-file"},
        ),
        rx.el.progress(
            id=BAR, max=100, value=0, hidden=True, class_name="a-upload", aria_label="Upload"
        ),
        class_name=rx.cond(ImportState.step == "choose", "a-panel a-drop", "a-hidden-file"),
    )


def _recent() -> rx.Component:
    return rx.cond(
        ImportState.recent.length() > 0,
        panel(
            rx.el.div(rx.el.h2("Recent imports", class_name="a-h2"), class_name="a-panel-head"),
            table(
                (
                    Column(
                        "File",
                        lambda job: rx.link(
                            job.file_name, href=f"/app/contacts/import?job={job.id}"
                        ),
                    ),
                    Column("Status", lambda job: badge(job.status)),
                    Column("When", lambda job: when(job.at, job.at_exact), wide=True),
                    Column("Created", lambda job: job.created, numeric=True),
                    Column("Rejected", lambda job: job.rejected, numeric=True),
                ),
                ImportState.recent,
                caption="Recent imports",
                testid="recent-imports",
            ),
        ),
    )


def _help() -> rx.Component:
    return panel(
        rx.el.p(
            "Headers are understood in English and Greek, in any order; you can correct what was "
            "understood before anything is imported.",
            class_name="a-text a-quiet",
        ),
        facts(
            ("Phone", "Required. A mobile number, with or without + and the country code"),
            ("Names, e-mail", "As they are"),
            ("Gender", "male, female, other · άνδρας, γυναίκα, άλλο"),
            ("Birthday", "An Excel date, 2001-12-31, 31/12/2001 or 31.12.2001"),
            ("Tags", "Separated by commas"),
            ("Subscribed", "yes or no · ναι ή όχι. Without this column nobody is subscribed, "
             "unless you say that everyone agreed"),
        ),
        title="What the file may hold",
    )  # fmt: skip


def _mapping() -> rx.Component:
    return rx.form(
        rx.el.div(
            panel(
                rx.el.div(
                    rx.el.div(
                        rx.el.h2(ImportState.file_name, class_name="a-h2"),
                        rx.el.p(ImportState.rows_words, class_name="a-small a-quiet"),
                    ),
                    rx.button(
                        "Another file",
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
                    "Import " + ImportState.rows_words,
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
                rx.el.caption("Columns of the file", class_name="a-hidden"),
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th("Column in the file", scope="col"),
                        rx.el.th("Becomes", scope="col"),
                        rx.el.th("For example", scope="col", class_name="a-wide"),
                    )
                ),
                rx.el.tbody(rx.foreach(ImportState.columns, _column)),
                class_name="a-table",
            ),
            class_name="a-table-scroll",
            role="region",
            aria_label="Columns of the file",
            tab_index=0,
        ),
    )


def _column(column: rx.Var[ColumnView]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(column.header, scope="row", class_name="a-row-head"),
        rx.el.td(
            choice(
                f"column-{column.index}",
                FIELDS,
                value=column.field,
                on_change=lambda chosen: ImportState.map_column(column.index, chosen),
                aria_label=f"What the column {column.header} becomes",
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
                "When a phone number is already known",
                choice(
                    "onDuplicate",
                    [
                        ("skip", "Leave the contact as it is"),
                        ("update", "Update the contact with the file"),
                    ],
                ),
                name="onDuplicate",
                help="Empty cells never delete what is there.",
            ),
            field(
                "Add everyone to a list",
                choice("listId", [("", "No list")], more=ImportState.lists),
                name="listId",
                help="Contacts that were known already are added as well.",
            ),
            class_name="a-pair",
        ),
        rx.cond(
            ImportState.says_who_is_subscribed,
            note("A column of your file says who is subscribed. Nobody else will be."),
            _agreement(),
        ),
        title="How to import",
    )


def _agreement() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Consent", class_name="a-label"),
        check(
            "Everyone in this file agreed to receive my messages",
            "everyoneAgreed",
            on_change=ImportState.set_everyone_agreed,
        ),
        rx.cond(
            ImportState.everyone_agreed,
            rx.el.div(
                select_field(
                    "How did they agree?",
                    "consentSource",
                    CONSENT_SOURCES,
                    error=ImportState.errors.get("consentSource", ""),
                ),
                area_field(
                    "What did they agree to?",
                    "consentText",
                    help="The words they read or heard. Kept with each contact as proof.",
                    rows="2",
                    max_length=500,
                ),
                text_field("When?", "consentDate", help="Today, if left empty", type="date"),
                class_name="a-form",
            ),
            rx.el.p(
                "Otherwise they are added, and get no messages until they subscribe.",
                class_name="a-help",
            ),
        ),
        class_name="a-group",
    )


def _working() -> rx.Component:
    return rx.fragment(
        progress_card(
            "Importing " + ImportState.file_name,
            ImportState.percent,
            ImportState.counts,
            ImportState.time_left,
            testid="import-progress",
        ),
        rx.el.p(
            "You can leave this page: the import goes on, and this address shows how far it is.",
            class_name="a-small a-quiet",
        ),
    )


def _result() -> rx.Component:
    return rx.fragment(
        panel(
            rx.cond(
                ImportState.failure != "",
                note(ImportState.failure, icon="circle-alert", color="red"),
                note("The import is complete.", icon="circle-check", color="green"),
            ),
            rx.el.div(
                count("Created", ImportState.created, "import-created"),
                count("Updated", ImportState.updated, "import-updated"),
                count("Skipped as duplicates", ImportState.skipped, "import-skipped"),
                count("Rejected", ImportState.rejected, "import-rejected"),
                class_name="a-counts",
            ),
            rx.el.div(
                rx.link(
                    rx.button("See your contacts"),
                    href="/app/contacts",
                    custom_attrs={"data-testid": "see-contacts"},
                ),
                rx.button(
                    "Import another file",
                    variant="soft",
                    color_scheme="gray",
                    on_click=ImportState.start_over,
                ),
                class_name="a-actions",
            ),
            title=ImportState.file_name,
            custom_attrs={"data-testid": "import-result"},
        ),
        rx.cond(ImportState.has_rejects, _rejects()),
    )


def _rejects() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Rejected rows", class_name="a-h2"),
                rx.el.p(
                    "Correct them in the file with the reasons, and import that one.",
                    class_name="a-small a-quiet",
                ),
            ),
            download_link(
                "Rejected rows",
                f"/api/contacts/import/{ImportState.job_id}/rejects",
                testid="download-rejects",
            ),
            class_name="a-panel-head",
        ),
        table(
            (
                Column("Row", lambda e: e.row, numeric=True),
                Column("Column", lambda e: e.field, wide=True),
                Column("In the file", lambda e: rx.el.span(e.value, class_name="a-clip a-cell")),
                Column("Why", lambda e: e.message),
            ),
            ImportState.reasons,
            caption="Why rows were rejected",
            testid="rejects",
        ),
    )
