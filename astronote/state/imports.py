"""Importing contacts: a file and its preview, the columns and choices, the job under way.

The file itself goes from the browser to our own routes (``assets/upload.js``), which
check who sends it; what they answered comes back here as an event, and is believed no
more than any other event: the job is looked up for the shop before anything is shown.
"""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import reflex as rx
from pydantic import ValidationError

from astronote.errors import Conflict, Invalid, NotFound, Unavailable
from astronote.services import import_welcomes, imports, lists, shops
from astronote.services.folding import fold
from astronote.state.base import Id, Sent, answers, call, checked, field_messages
from astronote.state.consent_sources import CONSENT_SOURCES
from astronote.state.import_answers import (
    FIELDS,
    Choices,
    ColumnView,
    ErrorView,
    Preview,
    RecentView,
    Short,
    columns,
    reasons,
    recent_line,
    sentence,
    time_left,
    uploaded,
    welcomed,
)
from astronote.state.words import number, said, tr, trn

PATH = "/app/contacts/import"
INPUT, BAR = "import-file", "import-bar"

_POLL_SECONDS = 1.0
_RECENT = 5


class ImportState(rx.State):
    """One import at a time in a tab; the address names its job, so that a reload finds it."""

    STEPS: ClassVar[tuple[str, ...]] = ("choose", "map", "working", "done")

    step: str = "choose"
    problem: str = ""
    file_name: str = ""
    rows_words: str = ""
    columns: rx.Field[list[ColumnView]] = rx.field(default_factory=list)
    lists: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    says_who_is_subscribed: bool = False
    leaves_columns: bool = False
    welcome_is_on: bool = False
    welcome_cost: str = ""
    everyone_agreed: bool = False
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    starting: bool = False

    recent: rx.Field[list[RecentView]] = rx.field(default_factory=list)

    job_id: int = 0
    percent: int = 0
    counts: str = ""
    time_left: str = ""
    created: str = "0"
    updated: str = "0"
    skipped: str = "0"
    rejected: str = "0"
    has_rejects: bool = False
    failure: str = ""
    welcomed: str = ""
    reasons: rx.Field[list[ErrorView]] = rx.field(default_factory=list)

    @rx.event
    @answers
    async def load(self) -> Any:
        """Show the job that the address names and follow it, else the first step."""
        self._forget()
        named = self.router.url.query_parameters.get("job", "")
        if not named:
            zone = (await call(shops.get)).timezone
            self.recent = [recent_line(job, zone) for job in await call(imports.recent, _RECENT)]
            return None
        try:
            self.job_id = checked(Id, int(named) if named.isascii() and named.isdigit() else 0)
            self._show(await call(imports.get, self.job_id))
        except (Invalid, NotFound):
            self.job_id = 0
            self.problem = tr("There is no such import. It may have been long ago.")
        # Chained, because a background event of on_load itself would not wait for this one.
        return ImportState.watch if self.step == "working" else None

    def _forget(self) -> None:
        self.step, self.problem, self.job_id, self.errors = "choose", "", 0, {}
        self.starting = self.everyone_agreed = False

    # The file -----------------------------------------------------------------------------

    @rx.event
    @answers
    async def previewed(self, result: dict[str, Any]) -> None:
        """What the server saw in the chosen file."""
        answer = uploaded(result)
        self.problem = ""
        if answer.status != 200:
            self.problem = sentence(answer)
            return
        try:
            preview = Preview.model_validate(answer.body)
        except ValidationError as error:
            raise Invalid("The file's preview could not be read. Try again.") from error
        self.file_name = answer.name[:200]
        self.rows_words = trn("{n} row", "{n} rows", preview.totalRows)
        self.columns = columns(preview)
        self._notice_columns()
        self.lists = [
            (str(row.id), row.name) for row in await call(lists.everything) if row.kind == "own"
        ]
        self._say_cost(await call(import_welcomes.cost, preview.totalRows))
        self.step = "map"

    def _say_cost(self, cost: import_welcomes.WelcomeCost) -> None:
        self.welcome_is_on = cost.is_on
        self.welcome_cost = tr(
            "At most {messages} to those who are new and subscribed: at most {credits}. "
            "You have {available}.",
            messages=trn("{n} message", "{n} messages", cost.most_messages),
            credits=trn("{n} credit", "{n} credits", cost.most_credits),
            available=trn("{n} credit", "{n} credits", cost.available),
        )

    @rx.event
    @answers
    async def map_column(self, index: int, field: str) -> None:
        """Say what a column is."""
        at, wanted = checked(int, index), checked(Short, field)
        if wanted not in dict(FIELDS) or not 0 <= at < len(self.columns):
            raise Invalid("There is no such column or field.")
        self.columns = [
            dataclasses.replace(
                column,
                # A field comes from one column; choosing it again takes it from the other.
                field=wanted
                if column.index == at
                else ""
                if wanted and column.field == wanted
                else column.field,
            )
            for column in self.columns
        ]
        self._notice_columns()

    def _notice_columns(self) -> None:
        self.says_who_is_subscribed = any(c.field == "subscribed" for c in self.columns)
        self.leaves_columns = any(not c.field for c in self.columns)

    @rx.event
    async def set_everyone_agreed(self, ticked: bool) -> None:
        """Show what has to be said about the consent."""
        self.everyone_agreed = bool(ticked)

    @rx.event
    async def start_over(self) -> Any:
        """Another file."""
        self._forget()
        return rx.redirect(PATH)

    # The job ------------------------------------------------------------------------------

    @rx.event
    @answers
    async def start(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Send the file with the columns and choices; the answer comes to ``started``."""
        self.errors, self.problem = {}, ""
        try:
            choices = Choices.model_validate(form)
        except ValidationError as error:
            self.errors = field_messages(error)
            return
        self.errors = self._missing(choices)
        if not self.errors and choices.newList:
            try:
                choices.listId = await self._list_named(choices.newList)
            except (Conflict, Invalid) as error:
                self.errors = {"newList": said(error.detail)}
        if self.errors:
            return
        self.starting = True
        yield None
        yield rx.call_script(
            f"astronote.upload({INPUT!r},'/api/contacts/import',"
            f"{json.dumps(self._fields(choices))},{BAR!r})",
            callback=ImportState.started,
        )

    async def _list_named(self, name: str) -> str:
        """The number of the own list of that name, which is made where there is none."""
        named = {fold(known): number_ for number_, known in self.lists}
        found = named.get(fold(name))
        if found is None:
            found = str((await call(lists.create, name)).id)
            self.lists = [*self.lists, (found, name)]
        return found

    def _missing(self, choices: Choices) -> dict[str, str]:
        missing = {}
        if not any(column.field == "phone" for column in self.columns):
            missing["mapping"] = tr("Choose which column holds the phone numbers.")
        if choices.everyoneAgreed and not choices.consentSource:
            missing["consentSource"] = tr("Say how these people agreed to receive messages.")
        if choices.consentSource not in dict(CONSENT_SOURCES):
            missing["consentSource"] = tr("Choose one of the list.")
        return missing

    def _fields(self, choices: Choices) -> dict[str, str]:
        fields = {
            "mapping": json.dumps([column.field or None for column in self.columns]),
            "onDuplicate": "update" if choices.onDuplicate == "update" else "skip",
        }
        for name in ("keepColumns", "sendWelcome"):
            if getattr(choices, name):
                fields[name] = "true"
        if choices.listId:
            fields["listId"] = choices.listId
        if choices.everyoneAgreed and not self.says_who_is_subscribed:
            fields["consentSource"] = choices.consentSource
            fields["consentText"] = choices.consentText
            fields["consentDate"] = choices.consentDate
        return fields

    @rx.event
    @answers
    async def started(self, result: dict[str, Any]) -> Any:
        """The file was accepted, or not."""
        self.starting = False
        answer = uploaded(result)
        if answer.status != 202:
            self.problem = sentence(answer)
            return None
        job = await call(imports.get, checked(Id, answer.body.get("jobId")))
        # The address names the job from here on; loading it starts to watch.
        return rx.redirect(f"{PATH}?job={job.id}")

    @rx.event(background=True, supersedes=True)
    @answers
    async def watch(self) -> None:
        """Follow the job until it has ended, looking once a second."""
        while self.step == "working":
            await asyncio.sleep(_POLL_SECONDS)
            try:
                job = await call(imports.get, self.job_id)
            except Unavailable:
                continue
            async with self:
                self._show(job)

    def _show(self, job: imports.ImportJobRow) -> None:
        ended = job.status in ("completed", "failed")
        self.step = "done" if ended else "working"
        self.file_name = job.file_name
        self.failure = tr(job.failure) if job.failure else ""
        self.welcomed = welcomed(job)
        done, total = job.processed_rows, job.total_rows
        self.percent = min(100, round(100 * done / total)) if total else 0
        self.counts = _counts(done, total)
        self.time_left = time_left(job)
        self.created, self.updated = number(job.created_count), number(job.updated_count)
        self.skipped, self.rejected = number(job.skipped_count), number(job.error_count)
        self.has_rejects = job.error_count > 0
        self.reasons = reasons(job)


def _counts(done: int, total: int) -> str:
    if not total:
        return tr("Waiting…")
    return trn("{done} of {n} row", "{done} of {n} rows", total, done=number(done))
