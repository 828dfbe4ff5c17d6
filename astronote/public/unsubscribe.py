"""The shopper's pages for leaving and coming back."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response

from astronote.db import transaction
from astronote.errors import Gone
from astronote.public.failures import PageRoute
from astronote.public.languages import say
from astronote.public.render import language_of, page
from astronote.public.requests import OwnForm, address, limited, user_agent
from astronote.services import rate_limits, unsubscribing
from astronote.services.unsubscribe_tokens import Holder, make, read
from astronote.services.unsubscribing import Standing, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_READ: Final = ["GET", "HEAD"]

Token = Annotated[str, Form()]


@router.api_route("/unsubscribe", methods=_READ)
def unsubscribe_by_query(request: Request, token: str = "") -> Response:
    """The form to unsubscribe, with the token in the query."""
    return unsubscribe_form(request, token)


@router.api_route("/unsubscribe/{token}", methods=_READ)
@router.api_route("/retail/unsubscribe/{token}", methods=_READ)
def unsubscribe_form(request: Request, token: str) -> Response:
    """The form to unsubscribe; changes nothing."""
    limited(rate_limits.OPT_OUT, request)
    holder = read(token)
    found = _standing(holder)
    return _shown(request, "unsubscribe" if found.is_subscribed else "already", holder, found)


@router.post("/unsubscribe", dependencies=[OwnForm])
def unsubscribe(request: Request, token: Token = "") -> Response:
    """Unsubscribe the token's holder."""
    return _unsubscribe(request, token)


@router.post("/unsubscribe/{token}", dependencies=[OwnForm])
@router.post("/retail/unsubscribe/{token}", dependencies=[OwnForm])
def unsubscribe_by_path(request: Request, token: str) -> Response:
    """The same for a form that was sent to the page's own address."""
    return _unsubscribe(request, token)


def _unsubscribe(request: Request, token: str) -> Response:
    limited(rate_limits.OPT_OUT, request)
    holder = read(token)
    with transaction(holder.shop_id) as session:
        unsubscribing.unsubscribe(session, holder, _visit(request))
    return _shown(request, "unsubscribed", holder, _standing(holder))


@router.api_route("/resubscribe", methods=_READ)
def resubscribe_form(request: Request, token: str = "") -> Response:
    """The form to come back; changes nothing."""
    limited(rate_limits.OPT_OUT, request)
    holder = read(token)
    found = _standing(holder)
    if not found.is_contact:
        return _shown(request, "gone", holder, found)
    return _shown(request, "subscribed" if found.is_subscribed else "resubscribe", holder, found)


@router.post("/resubscribe", dependencies=[OwnForm])
def resubscribe(request: Request, token: Token = "") -> Response:
    """Subscribe the token's holder again."""
    limited(rate_limits.OPT_OUT, request)
    holder = read(token)
    found = _standing(holder)
    try:
        with transaction(holder.shop_id) as session:
            wording = _wording(request, found)
            unsubscribing.resubscribe(session, holder, _visit(request), wording)
    except Gone:
        return _shown(request, "gone", holder, found)
    return _shown(request, "resubscribed", holder, _standing(holder))


def _standing(holder: Holder) -> Standing:
    with transaction(holder.shop_id) as session:
        return unsubscribing.standing(session, holder)


def _shown(request: Request, view: str, holder: Holder, found: Standing) -> Response:
    with_preferences = view in {"unsubscribe", "subscribed", "resubscribed"}
    return page(
        request,
        "unsubscribe.html",
        shop=found.shop,
        view=view,
        phone=found.phone_masked,
        is_contact=found.is_contact,
        token=_token_of(holder),
        preferences=unsubscribing.preferences_token(holder) if with_preferences else None,
    )


def _token_of(holder: Holder) -> str:
    return make(
        holder.shop_id,
        contact_id=holder.contact_id,
        campaign_id=holder.campaign_id,
        message_id=holder.message_id,
    )


def _wording(request: Request, found: Standing) -> str:
    """The sentences that the form showed, as proof of what was agreed to."""
    language = language_of(request, found.shop)
    asked = say(language, "resubscribe_ask", shop=found.shop.name)
    return f"{asked} {say(language, 'resubscribe_consent')}"


def _visit(request: Request) -> Visit:
    return Visit(address(request), user_agent(request))
