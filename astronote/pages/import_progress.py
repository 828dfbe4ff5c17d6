"""An import under way, and what came of it."""

import reflex as rx

from astronote.components.download import download_link
from astronote.components.feedback import note, progress_card
from astronote.components.figures import count
from astronote.components.layout import panel
from astronote.components.table import Column, table
from astronote.components.words import t
from astronote.state.imports import ImportState


def working() -> rx.Component:
    """How far it is."""
    return rx.fragment(
        progress_card(
            t("Importing {file}", file=ImportState.file_name),
            ImportState.percent,
            ImportState.counts,
            ImportState.time_left,
            testid="import-progress",
        ),
        rx.el.p(
            t("You can leave this page: the import goes on, and this address shows how far it is."),
            class_name="a-small a-quiet",
        ),
    )


def result() -> rx.Component:
    """Counts, and the rejected rows with their reasons."""
    return rx.fragment(
        panel(
            rx.cond(
                ImportState.failure != "",
                note(ImportState.failure, icon="circle-alert", color="red"),
                note(t("The import is complete."), icon="circle-check", color="green"),
            ),
            rx.cond(
                ImportState.welcomed != "",
                rx.el.p(
                    ImportState.welcomed,
                    class_name="a-text",
                    custom_attrs={"data-testid": "import-welcomed"},
                ),
            ),
            rx.el.div(
                count(t("New contacts"), ImportState.created, "import-created"),
                count(t("Updated"), ImportState.updated, "import-updated"),
                count(t("Skipped as duplicates"), ImportState.skipped, "import-skipped"),
                count(t("Rejected"), ImportState.rejected, "import-rejected"),
                class_name="a-counts",
            ),
            rx.el.div(
                rx.link(
                    rx.button(t("See your contacts")),
                    href="/app/contacts",
                    custom_attrs={"data-testid": "see-contacts"},
                ),
                rx.button(
                    t("Import another file"),
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
                rx.el.h2(t("Rejected rows"), class_name="a-h2"),
                rx.el.p(
                    t("Correct them in the file with the reasons, and import that one."),
                    class_name="a-small a-quiet",
                ),
            ),
            download_link(
                t("Rejected rows"),
                f"/api/contacts/import/{ImportState.job_id}/rejects",
                testid="download-rejects",
            ),
            class_name="a-panel-head a-header",
        ),
        table(
            (
                Column(t("Row"), lambda e: e.row, numeric=True),
                Column(t("Column"), lambda e: e.field, wide=True),
                Column(t("In the file"), lambda e: rx.el.span(e.value, class_name="a-clip a-cell")),
                Column(t("Why"), lambda e: e.message),
            ),
            ImportState.reasons,
            caption=t("Why rows were rejected"),
            testid="rejects",
        ),
    )
