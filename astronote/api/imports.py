"""Importing contacts: preview a file, start it in the background, follow it."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from astronote.api.deps import ObjectId, ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Moment
from astronote.api.uploads import Uploaded
from astronote.db import transaction
from astronote.errors import Invalid
from astronote.security import Identity
from astronote.services import import_reports, imports, spreadsheets
from astronote.words import Language

router = APIRouter(prefix="/api/contacts/import", tags=["imports"])

_Given = BeforeValidator(lambda value: None if value == "" else value)


class ImportBody(Body):
    """The form's fields beside ``file``; all are text."""

    mapping: str = ""
    on_duplicate: Literal["skip", "update"] = "skip"
    list_id: Annotated[int | None, _Given, Field(ge=1, lt=2**63)] = None
    consent_source: str = ""
    consent_text: str = ""
    consent_date: str = ""
    keep_columns: bool = False
    send_welcome: bool = False

    def options(self) -> imports.ImportOptions:
        """As the service takes them."""
        return imports.ImportOptions(**self.model_dump(exclude={"mapping"}))


class AcceptedAnswer(Answer):
    job_id: int


class ColumnAnswer(Answer):
    header: str
    field: str | None


class PreviewAnswer(Answer):
    columns: list[ColumnAnswer]
    rows: list[list[Any]]
    total_rows: int


class RefusedCellAnswer(Answer):
    row: int
    field: str
    value: str
    message: str


class WelcomedAnswer(Answer):
    messages: int
    credits: int
    refusal: str


class ProgressAnswer(Answer):
    job_id: int
    status: str
    total_rows: int
    processed_rows: int
    created_count: int
    updated_count: int
    skipped_count: int
    error_count: int
    errors: list[RefusedCellAnswer]
    started_at: Moment | None
    finished_at: Moment | None
    failure: str | None


class WelcomingAnswer(ProgressAnswer):
    """The same for an import that sends a welcome, once it has completed."""

    welcomed: WelcomedAnswer


def _form(*fields: str) -> dict[str, Any]:
    """What the API's description says of a body that FastAPI does not read itself."""
    properties: dict[str, Any] = {"file": {"type": "string", "format": "binary"}}
    properties |= {name: {"type": "string"} for name in fields}
    schema = {"type": "object", "required": ["file"], "properties": properties}
    return {"requestBody": {"content": {"multipart/form-data": {"schema": schema}}}}


@router.post(
    "",
    status_code=202,
    openapi_extra=_form(*(str(field.alias) for field in ImportBody.model_fields.values())),
)
def start(who: SignedIn, upload: Uploaded) -> AcceptedAnswer:
    """Accept a file; its rows are imported in the background."""
    body = _read_fields(upload.fields)
    # The file is read through before the transaction begins: that takes seconds.
    examined = imports.examine(upload.path, upload.name, _read_mapping(body.mapping))
    with transaction(who.shop_id) as session:
        job = imports.start(session, who.shop_id, examined, body.options(), user_id=who.user_id)
    upload.kept = True
    return AcceptedAnswer(job_id=job.id)


@router.post("/preview", openapi_extra=_form())
def preview(who: SignedIn, upload: Uploaded) -> PreviewAnswer:
    """The first rows of a file and which column is which, as far as its headers tell."""
    seen = spreadsheets.preview(upload.path, upload.name)
    return PreviewAnswer(
        columns=[ColumnAnswer(header=header, field=field) for header, field in seen.columns],
        rows=[list(row) for row in seen.rows],
        total_rows=seen.total_rows,
    )


@router.get("/template")
def template(who: SignedIn, session: ShopSession) -> StreamingResponse:
    """A workbook to fill in."""
    return _workbook(
        import_reports.template(session, who.shop_id, _language(who)), "contacts-template.xlsx"
    )


@router.get("/{job_id}")
def progress(
    job_id: ObjectId, who: SignedIn, session: ShopSession
) -> WelcomingAnswer | ProgressAnswer:
    """How far an import has come, and the first reasons of rejection."""
    job = imports.get(session, who.shop_id, job_id)
    answer = ProgressAnswer(
        job_id=job.id,
        status=job.status,
        total_rows=job.total_rows,
        processed_rows=job.processed_rows,
        created_count=job.created_count,
        updated_count=job.updated_count,
        skipped_count=job.skipped_count,
        error_count=job.error_count,
        errors=[RefusedCellAnswer.model_validate(error) for error in job.errors],
        started_at=job.started_at,
        finished_at=job.finished_at,
        failure=job.failure,
    )
    if job.welcomed is None:
        return answer
    return WelcomingAnswer(
        **answer.model_dump(by_alias=False),
        welcomed=WelcomedAnswer.model_validate(job.welcomed),
    )


@router.get("/{job_id}/rejects")
def rejects(job_id: ObjectId, who: SignedIn, session: ShopSession) -> StreamingResponse:
    """The rejected rows as a workbook, the reasons beside each."""
    found = import_reports.rejects(session, who.shop_id, job_id, _language(who))
    return _workbook(found, f"rejected-rows-{job_id}.xlsx")


def _language(who: Identity) -> Language:
    return "el" if who.locale == "el" else "en"


def _workbook(pieces: Any, name: str) -> StreamingResponse:
    return StreamingResponse(
        pieces,
        media_type=import_reports.MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


_FIELDS = TypeAdapter(ImportBody)


def _read_fields(fields: dict[str, str]) -> ImportBody:
    try:
        return _FIELDS.validate_python(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "file"
        known = first["type"] != "extra_forbidden"
        raise Invalid(first["msg"] if known else "This field is not known.", field=field) from error


def _read_mapping(written: str) -> object:
    if not written.strip():
        return None
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        raise Invalid(
            "The mapping is not valid JSON.", code="invalid_mapping", field="mapping"
        ) from None
