"""The shopper's preferences: where one stands, what one may say of oneself, and erasing."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response

from astronote.db import system_transaction, transaction
from astronote.errors import Gone, Invalid
from astronote.public.failures import PageRoute
from astronote.public.languages import say
from astronote.public.render import language_of, page
from astronote.public.requests import OwnForm, limited, network
from astronote.services import confirmations, preferences, rate_limits, unsubscribing
from astronote.services.confirmations import Asked
from astronote.services.unsubscribe_tokens import Holder, make, read
from astronote.services.unsubscribing import Standing

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_READ: Final = ["GET", "HEAD"]

Text = Annotated[str, Form()]


@router.api_route("/preferences/{token}", methods=_READ)
def show(request: Request, token: str) -> Response:
    """Where the token's holder stands; changes nothing."""
    holder = _holder(request, token)
    return _shown(request, token, holder)


@router.post("/preferences/{token}", dependencies=[OwnForm])
def save(
    request: Request,
    token: str,
    first_name: Annotated[str, Form(alias="firstName")] = "",
    last_name: Annotated[str, Form(alias="lastName")] = "",
    birthday: Text = "",
    locale: Text = "",
) -> Response:
    """Keep what was given; what is empty stays as it is."""
    holder = _holder(request, token)
    typed = {
        "first_name": first_name,
        "last_name": last_name,
        "birthday": birthday,
        "locale": locale,
    }
    try:
        with transaction(holder.shop_id) as session:
            saved = preferences.save(session, holder, typed)
    except Invalid as error:
        return _shown(request, token, holder, typed=typed, error=error)
    except Gone:
        saved = False
    return _shown(request, token, holder, notice="preferences_saved" if saved else "")


@router.post("/preferences/{token}/erase", dependencies=[OwnForm])
def ask_to_erase(request: Request, token: str) -> Response:
    """Send the SMS that confirms it."""
    holder = _holder(request, token)
    rate_limits.take(rate_limits.JOIN, network(request))
    found = _standing(holder)
    with transaction(holder.shop_id) as session:
        sent = preferences.ask_to_erase(session, holder, language_of(request, found.shop))
    return page(
        request,
        "erase.html",
        shop=found.shop,
        state="cannot" if sent == "cannot" else "sent",
        phone=found.phone_masked,
        action="",
    )


@router.api_route("/e/{token}", methods=_READ)
def erase_form(request: Request, token: str) -> Response:
    """The button behind the link in the SMS; changes nothing."""
    asked = _asked(request, token)
    with transaction(asked.shop_id) as session:
        found = preferences.question(session, asked)
    return page(
        request,
        "erase.html",
        shop=found.shop,
        status=410 if found.state == "expired" else 200,
        state=found.state,
        phone=found.phone_masked,
        action=f"/e/{token}",
    )


@router.post("/e/{token}", dependencies=[OwnForm])
def erase(request: Request, token: str) -> Response:
    """Erase."""
    asked = _asked(request, token)
    try:
        with transaction(asked.shop_id) as session:
            found = preferences.erase(session, asked)
    except Gone:
        return erase_form(request, token)
    return page(request, "erase.html", shop=found.shop, state="done", phone="", action="")


def _holder(request: Request, token: str) -> Holder:
    limited(rate_limits.OPT_OUT, request)
    return read(token, "preferences")


def _asked(request: Request, token: str) -> Asked:
    limited(rate_limits.OPT_OUT, request)
    with system_transaction() as session:
        return confirmations.read(session, "erase", token)


def _standing(holder: Holder) -> Standing:
    with transaction(holder.shop_id) as session:
        return unsubscribing.standing(session, holder)


def _shown(
    request: Request,
    token: str,
    holder: Holder,
    *,
    notice: str = "",
    typed: dict[str, str] | None = None,
    error: Invalid | None = None,
) -> Response:
    found = _standing(holder)
    language = language_of(request, found.shop)
    errors = {
        item["field"]: say(
            language, "invalid_birthday" if item["field"] == "birthday" else "invalid"
        )
        for item in (error.errors if error else [])
    }
    return page(
        request,
        "preferences.html",
        shop=found.shop,
        status=422 if error else 200,
        phone=found.phone_masked,
        is_subscribed=found.is_subscribed,
        is_contact=found.is_contact,
        leave=_leave(holder),
        action=f"/preferences/{token}",
        notice=notice,
        typed=typed or {},
        errors=errors,
    )


def _leave(holder: Holder) -> str:
    """The same holder's token for unsubscribing and coming back."""
    return make(
        holder.shop_id,
        contact_id=holder.contact_id,
        campaign_id=holder.campaign_id,
        message_id=holder.message_id,
    )
