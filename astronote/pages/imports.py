"""Importing contacts: choose a file, say what its columns are, watch it, see the result."""

import reflex as rx

from astronote.components.download import download_link
from astronote.components.feedback import note
from astronote.components.figures import badge, facts, when
from astronote.components.layout import page_header, panel
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.pages.import_columns import mapping
from astronote.pages.import_progress import result, working
from astronote.state.imports import BAR, INPUT, ImportState


def page() -> rx.Component:
    """The step at hand."""
    return rx.fragment(
        page_header(
            t("Import contacts"),
            t("From an Excel or CSV file, up to 20 MB and 200,000 rows"),
            download_link(t("Template"), "/api/contacts/import/template", testid="template"),
            back=("/app/contacts", t("All contacts")),
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
            ("map", mapping()),
            ("working", working()),
            ("done", result()),
            rx.fragment(),
        ),
    )


def _file() -> rx.Component:
    # Stays in the page through the second step: it holds the file that is sent then.
    return rx.el.div(
        rx.el.div(rx.icon("file-up", size=20, aria_hidden=True), class_name="a-blank-icon"),
        rx.el.label(
            rx.el.b(t("Choose a file")),
            " ",
            t("or drop it here"),
            html_for=INPUT,
            class_name="a-text",
        ),
        rx.el.p(
            t(".xlsx or .csv. The first row names the columns; one of them holds phone numbers."),
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
            id=BAR, max=100, value=0, hidden=True, class_name="a-upload", aria_label=t("Upload")
        ),
        class_name=rx.cond(ImportState.step == "choose", "a-panel a-drop", "a-hidden-file"),
    )


def _recent() -> rx.Component:
    return rx.cond(
        ImportState.recent.length() > 0,
        panel(
            rx.el.div(rx.el.h2(t("Recent imports"), class_name="a-h2"), class_name="a-panel-head"),
            table(
                (
                    Column(
                        t("File"),
                        lambda job: rx.link(
                            job.file_name, href=f"/app/contacts/import?job={job.id}"
                        ),
                    ),
                    Column(t("Status"), lambda job: badge(job.status)),
                    Column(t("When"), lambda job: when(job.at, job.at_exact), wide=True),
                    Column(t("New contacts"), lambda job: job.created, numeric=True),
                    Column(t("Rejected"), lambda job: job.rejected, numeric=True),
                ),
                ImportState.recent,
                caption=t("Recent imports"),
                testid="recent-imports",
            ),
        ),
    )


def _help() -> rx.Component:
    return panel(
        rx.el.p(
            t(
                "Headers are understood in English and Greek, in any order; you can correct what "
                "was understood before anything is imported."
            ),
            class_name="a-text a-quiet",
        ),
        facts(
            (t("Phone"), t("Required. A mobile number, with or without + and the country code")),
            (t("Names, e-mail"), t("As they are")),
            (t("Gender"), "male, female, other · άνδρας, γυναίκα, άλλο"),
            (t("Birthday"), t("An Excel date, 2001-12-31, 31/12/2001 or 31.12.2001")),
            (t("Tags"), t("Separated by commas")),
            (
                t("Subscribed"),
                t(
                    "yes or no. Without this column nobody is subscribed, unless you say that "
                    "everyone agreed"
                ),
            ),
        ),
        title=t("What the file may hold"),
    )
