"""Joining a shop's list from a poster or an NFC tag, and confirming it: plain pages."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response

from astronote.db import system_transaction, transaction
from astronote.errors import Invalid, NotFound
from astronote.public.failures import PageRoute
from astronote.public.languages import say
from astronote.public.render import language_of, page
from astronote.public.requests import (
    OwnForm,
    address,
    by_program,
    limited,
    network,
    note_miss,
    require_no_guessing,
    user_agent,
)
from astronote.services import join_confirmations, join_links, joining, rate_limits
from astronote.services.confirmations import Asked
from astronote.services.join_confirmations import Question
from astronote.services.join_links import Kind, Place
from astronote.services.joining import Invitation, Signup
from astronote.services.unsubscribing import Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_READ: Final = ["GET", "HEAD"]
_WORDED: Final = {"phone", "email", "birthday"}

Text = Annotated[str, Form()]


@router.api_route("/join/{token}", methods=_READ)
@router.api_route("/retail/join/{token}", methods=_READ)
def join_form(request: Request, token: str) -> Response:
    """The form to join; changes nothing."""
    return _form(request, token, "join", invited(request, place_of(request, token, "join")))


@router.api_route("/nfc/{token}", methods=_READ)
@router.api_route("/retail/nfc/{token}", methods=_READ)
def nfc_form(request: Request, token: str) -> Response:
    """The short form behind an NFC tag; its opening is counted."""
    place = place_of(request, token, "nfc")
    note_scan(request, place)
    return _form(request, token, "nfc", invited(request, place))


@router.post("/join/{token}", dependencies=[OwnForm])
@router.post("/retail/join/{token}", dependencies=[OwnForm])
def join(
    request: Request,
    token: str,
    phone: Text = "",
    first_name: Annotated[str, Form(alias="firstName")] = "",
    last_name: Annotated[str, Form(alias="lastName")] = "",
    email: Text = "",
    gender: Text = "",
    birthday: Text = "",
    consent: Text = "",
    version: Text = "",
) -> Response:
    """Join; thanks are the same for everybody."""
    typed = {
        "phone": phone,
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "gender": gender,
        "birthday": birthday,
    }
    return _join(request, token, "join", typed, consent, version)


@router.post("/nfc/{token}", dependencies=[OwnForm])
@router.post("/retail/nfc/{token}", dependencies=[OwnForm])
def join_by_nfc(
    request: Request,
    token: str,
    phone: Text = "",
    first_name: Annotated[str, Form(alias="firstName")] = "",
    consent: Text = "",
    version: Text = "",
) -> Response:
    """The same from an NFC tag."""
    typed = {"phone": phone, "first_name": first_name}
    return _join(request, token, "nfc", typed, consent, version)


@router.api_route("/c/{token}", methods=_READ)
def confirmation_form(request: Request, token: str) -> Response:
    """The button behind the link in the SMS; changes nothing."""
    asked = _asked(request, token)
    with transaction(asked.shop_id) as session:
        found = join_confirmations.question(session, asked)
    return _confirmation(request, token, found, found.state)


@router.post("/c/{token}", dependencies=[OwnForm])
def confirm(request: Request, token: str) -> Response:
    """Say yes."""
    asked = _asked(request, token)
    with transaction(asked.shop_id) as session:
        found = join_confirmations.question(session, asked)
        state = join_confirmations.confirm(session, asked, visit(request))
    return _confirmation(request, token, found, state)


def place_of(request: Request, token: str, kind: Kind) -> Place:
    """Where the address leads; a caller who guesses tokens is slowed down.

    Raises:
        NotFound: nowhere.
        RateLimited: too many requests, or too many that lead nowhere.
    """
    limited(rate_limits.PUBLIC, request)
    require_no_guessing(request)
    try:
        with system_transaction() as session:
            return join_links.find(session, token, kind)
    except NotFound:
        note_miss(request)
        raise


def invited(request: Request, place: Place) -> Invitation:
    """What a form at ``place`` shows this visitor."""
    with transaction(place.shop_id) as session:
        shown = joining.invitation(session, place, "en")
        language = language_of(request, shown.shop)
        return joining.invitation(session, place, language)


def note_scan(request: Request, place: Place) -> None:
    """Count one opening of an NFC page."""
    with transaction(place.shop_id) as session:
        joining.note_scan(session, place, visit(request), is_bot=by_program(request))


def take_in(
    request: Request, token: str, place: Place, kind: Kind, values: dict[str, Any], version: str
) -> None:
    """Let somebody join, counted against the address and against the poster.

    Raises:
        RateLimited: too many.
        Unavailable: nothing can count them.
        Invalid: a refused field.
    """
    rate_limits.take(rate_limits.JOIN, network(request))
    rate_limits.take(rate_limits.JOIN_LINK, f"{kind}:{token}")
    language = language_of(request, invited(request, place).shop)
    with transaction(place.shop_id) as session:
        joining.join(session, place, kind, Signup(values, version, language, visit(request)))


def visit(request: Request) -> Visit:
    """Whence the visitor came, for the proof of consent."""
    return Visit(address(request), user_agent(request))


def _join(
    request: Request, token: str, kind: Kind, typed: dict[str, str], consent: str, version: str
) -> Response:
    place = place_of(request, token, kind)
    shown = invited(request, place)
    language = language_of(request, shown.shop)
    if not consent:
        errors = {"consent": say(language, "join_consent_needed")}
        return _form(request, token, kind, shown, typed, errors)
    try:
        take_in(request, token, place, kind, dict(typed), version)
    except Invalid as error:
        return _form(request, token, kind, shown, typed, _worded(language, error))
    return page(request, "join_thanks.html", shop=shown.shop)


def _worded(language: str, error: Invalid) -> dict[str, str]:
    """What is wrong with each field; the services' own sentences are English."""
    fields = {item["field"]: item["message"] for item in error.errors}
    if language == "en":
        return fields
    return {
        name: say(language, f"invalid_{name}" if name in _WORDED else "invalid") for name in fields
    }


def _form(
    request: Request,
    token: str,
    kind: Kind,
    shown: Invitation,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    return page(
        request,
        "join.html",
        shop=shown.shop,
        status=422 if errors else 200,
        action=f"/{kind}/{token}",
        fields=joining.FIELDS[kind],
        wording=shown.wording,
        typed=typed or {},
        errors=errors or {},
    )


def _asked(request: Request, token: str) -> Asked:
    limited(rate_limits.OPT_OUT, request)
    with system_transaction() as session:
        return join_confirmations.read(session, token)


def _confirmation(request: Request, token: str, found: Question, state: str) -> Response:
    return page(
        request,
        "join_confirm.html",
        shop=found.shop,
        status=410 if state == "expired" else 200,
        state=state,
        phone=found.phone_masked,
        wording=found.wording,
        action=f"/c/{token}",
    )
