"""Contacts: list, make, read, change, delete, erase, export, the history of consent."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field, StrictBool
from starlette.concurrency import run_in_threadpool

from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Listing, Moment, listing
from astronote.db import transaction
from astronote.services import (
    consent,
    consent_proof,
    contact_export,
    contact_search,
    contacts,
    erasing,
)
from astronote.services.consent import Evidence
from astronote.services.contact_search import ContactFilter, Selection, Sort

router = APIRouter(prefix="/api/contacts", tags=["contacts"])

Gender = Literal["male", "female", "other"]
Age = Annotated[int, Field(ge=0, le=130)]

IDS = r"^[0-9]{1,18}(,[0-9]{1,18}){0,499}$"
"""Ids of contacts in an address, separated by commas."""


class ContactAnswer(Answer):
    id: int
    phone: str
    email: str | None
    first_name: str | None
    last_name: str | None
    gender: str | None
    birthday: date | None
    tags: tuple[str, ...]
    is_subscribed: bool
    unsubscribed_at: Moment | None
    gdpr_consent_at: Moment | None
    gdpr_consent_source: str | None
    gdpr_consent_version: str | None
    sms_consent_status: str
    sms_consent_at: Moment | None
    sms_consent_source: str | None
    created_at: Moment
    updated_at: Moment


class ConsentAnswer(Answer):
    at: Moment
    action: str
    source: str
    text: str
    actor: str
    ip: str | None
    message_id: int | None


class ConsentHistory(Answer):
    items: list[ConsentAnswer]


class ConsentBody(Body):
    source: Annotated[str, Field(max_length=80)] = ""
    text: Annotated[str, Field(max_length=2_000)] = ""


class ContactChanges(Body):
    phone: Annotated[str, Field(max_length=100)] = ""
    email: Annotated[str | None, Field(max_length=300)] = None
    first_name: Annotated[str | None, Field(max_length=500)] = None
    last_name: Annotated[str | None, Field(max_length=500)] = None
    gender: Annotated[str | None, Field(max_length=20)] = None
    birthday: Annotated[str | None, Field(max_length=40)] = None
    tags: Annotated[list[Annotated[str, Field(max_length=200)]] | None, Field(max_length=200)] = (
        None
    )
    is_subscribed: StrictBool = False
    consent: ConsentBody | None = None

    def values(self) -> Any:
        """The fields that were sent, as the services take them."""
        given = self.given()
        given.pop("consent", None)
        return given

    def proof(self) -> Evidence:
        """What the caller says about where the consent came from."""
        if self.consent is None:
            return consent.NO_PROOF
        return consent.statement(self.consent.source, self.consent.text)


class NewContact(ContactChanges):
    phone: Annotated[str, Field(max_length=100)]


async def asked_filter(
    q: Annotated[str, Query(max_length=contact_search.LONGEST_QUERY)] = "",
    in_list: Annotated[str | None, Query(alias="list", max_length=40)] = None,
    gender: Gender | None = None,
    subscribed: bool | None = None,
    tag: Annotated[str | None, Query(max_length=200)] = None,
    age_min: Annotated[Age | None, Query(alias="ageMin")] = None,
    age_max: Annotated[Age | None, Query(alias="ageMax")] = None,
) -> ContactFilter:
    """The filter of a list of contacts, from the address."""
    return ContactFilter(
        q=q,
        list=in_list,
        gender=gender,
        subscribed=subscribed,
        tag=tag,
        age_min=age_min,
        age_max=age_max,
    )


AskedFilter = Annotated[ContactFilter, Depends(asked_filter)]


@router.get("")
async def read_page(
    who: SignedIn,
    wanted: AskedFilter,
    sort: Sort = "-createdAt",
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> Listing[ContactAnswer]:
    """Contacts that the filter names, a page at a time."""
    # One turn of a thread for all of it: opening, asking, closing and checking the answer
    # take one each where FastAPI deals them out, and that is most of a page's time.
    return await run_in_threadpool(_page, who.shop_id, wanted, sort, limit, cursor)


def _page(
    shop_id: int, wanted: ContactFilter, sort: Sort, limit: int, cursor: str | None
) -> Listing[ContactAnswer]:
    with transaction(shop_id) as session:
        page = contact_search.search(
            session, shop_id, wanted, sort=sort, limit=limit, cursor=cursor
        )
    return listing(page, ContactAnswer.model_validate)


@router.post("", status_code=201)
def create(body: NewContact, who: SignedIn, session: ShopSession) -> ContactAnswer:
    """Make a contact; not subscribed unless it says so."""
    made = contacts.create(
        session, who.shop_id, body.values(), source="api", actor=who.actor, proof=body.proof()
    )
    return ContactAnswer.model_validate(made)


@router.get("/export")
def export(
    who: SignedIn,
    session: ShopSession,
    wanted: AskedFilter,
    file_format: Annotated[contact_export.Format, Query(alias="format")] = "csv",
    contact_ids: Annotated[str | None, Query(alias="contactIds", pattern=IDS)] = None,
) -> StreamingResponse:
    """All contacts that the filter names, or those of ``contactIds``, as a file."""
    ids = None if contact_ids is None else tuple(map(int, contact_ids.split(",")))
    rows = contact_search.every(session, who.shop_id, Selection(ids=ids, filter=wanted))
    return StreamingResponse(
        contact_export.write(rows, file_format),
        media_type=contact_export.MEDIA_TYPES[file_format],
        headers={
            "Content-Disposition": f'attachment; filename="contacts.{file_format}"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/{contact_id}")
def read(contact_id: ObjectId, who: SignedIn, session: ShopSession) -> ContactAnswer:
    """One contact."""
    return ContactAnswer.model_validate(contacts.get(session, who.shop_id, contact_id))


@router.put("/{contact_id}")
def change(
    contact_id: ObjectId, body: ContactChanges, who: SignedIn, session: ShopSession
) -> ContactAnswer:
    """Change any subset of the fields."""
    changed = contacts.change(
        session,
        who.shop_id,
        contact_id,
        body.values(),
        source="api",
        actor=who.actor,
        proof=body.proof(),
    )
    return ContactAnswer.model_validate(changed)


@router.delete("/{contact_id}", status_code=204)
def delete(contact_id: ObjectId, who: SignedIn, session: ShopSession) -> Response:
    """Remove a contact; a person's opt-out is remembered."""
    contacts.delete(session, who.shop_id, contact_id)
    return Response(status_code=204)


@router.post("/{contact_id}/erase", status_code=204)
def erase(contact_id: ObjectId, who: SignedIn, session: ShopSession) -> Response:
    """Erase all that is known about a person; only counts and a keyed hash remain."""
    erasing.erase(session, who.shop_id, contact_id, actor=who.actor)
    return Response(status_code=204)


@router.get("/{contact_id}/consent", response_model=ConsentHistory)
def read_consent(
    contact_id: ObjectId,
    who: SignedIn,
    session: ShopSession,
    file_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> ConsentHistory | Response:
    """Every change of a contact's consent, newest first; ``format=csv`` is the proof."""
    events = consent.history(session, who.shop_id, contact_id)
    if file_format == "csv":
        proof = consent_proof.as_csv(contacts.get(session, who.shop_id, contact_id), events)
        return Response(
            proof,
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="consent-{contact_id}.csv"',
                "Cache-Control": "no-store",
            },
        )
    return ConsentHistory(items=[ConsentAnswer.model_validate(event) for event in events])
