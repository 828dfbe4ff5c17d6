"""Joining a shop's list, for programs that show a form of their own."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel

from astronote.errors import Invalid
from astronote.public.joining import invited, note_scan, place_of, take_in
from astronote.services import joining
from astronote.services.join_links import Kind
from astronote.services.joining import Invitation

router = APIRouter(tags=["joining"])

Short = Annotated[str, Field(max_length=500)]


class _Camel(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        serialize_by_alias=True,
        validate_by_name=True,
        from_attributes=True,
        extra="forbid",
    )


class Controller(_Camel):
    """Who asks for the data, as the law wants it said."""

    model_config = ConfigDict(extra="ignore")

    name: str
    legal_name: str
    vat_number: str
    address: str
    support_contact: str
    privacy_url: str
    color: str
    logo_url: str | None
    locale: str


class FormField(_Camel):
    """One field of the form."""

    name: str
    required: bool


class InvitationAnswer(_Camel):
    """What a form has to show."""

    shop: Controller
    fields: list[FormField]
    consent_text: str
    consent_version: str


class SignupBody(_Camel):
    """A form as it was filled in."""

    phone: Short
    first_name: Short | None = None
    last_name: Short | None = None
    email: Short | None = None
    gender: Short | None = None
    birthday: Short | None = None
    consent: StrictBool
    consent_version: Short = ""


class Joined(_Camel):
    """The answer, the same for everybody."""

    status: Literal["joined"] = "joined"


@router.get("/public/join/{token}")
def show(token: str, request: Request) -> InvitationAnswer:
    """What the form shows; the consent's text is in the language that is asked for."""
    return _shown("join", invited(request, place_of(request, token, "join")))


@router.post("/public/join/{token}", status_code=201)
def join(token: str, body: SignupBody, request: Request) -> Joined:
    """Join; ``consentVersion`` names the wording that was shown (else the current one)."""
    return _join(token, "join", body, request)


@router.get("/public/nfc/{token}")
def show_nfc(token: str, request: Request) -> InvitationAnswer:
    """The same for an NFC tag; its opening is counted."""
    place = place_of(request, token, "nfc")
    note_scan(request, place)
    return _shown("nfc", invited(request, place))


@router.post("/public/nfc/{token}/submit", status_code=201)
def join_by_nfc(token: str, body: SignupBody, request: Request) -> Joined:
    """Join from an NFC tag."""
    return _join(token, "nfc", body, request)


def _join(token: str, kind: Kind, body: SignupBody, request: Request) -> Joined:
    place = place_of(request, token, kind)
    if not body.consent:
        raise Invalid("Without consent nobody can join.", code="consent_required", field="consent")
    # Services speak snake case; this class would write its aliases.
    values = body.model_dump(
        by_alias=False, exclude_unset=True, exclude={"consent", "consent_version"}
    )
    take_in(request, token, place, kind, values, body.consent_version)
    return Joined()


def _shown(kind: Kind, found: Invitation) -> InvitationAnswer:
    return InvitationAnswer(
        shop=Controller.model_validate(found.shop),
        fields=[
            FormField(name=to_camel(name), required=name == "phone")
            for name in joining.FIELDS[kind]
        ],
        consent_text=found.wording.text,
        consent_version=found.wording.version,
    )
