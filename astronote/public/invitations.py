"""An invitation to a shop's team: who invites, as what, and the way in."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from astronote.db import system_transaction
from astronote.errors import BadRequest, Conflict, Invalid, NotFound, Unauthenticated
from astronote.public.failures import PageRoute
from astronote.public.languages import say
from astronote.public.render import language_of, page
from astronote.public.requests import (
    OwnForm,
    Visitor,
    address,
    limited,
    note_miss,
    require_no_guessing,
    user_agent,
)
from astronote.public.sign_in import HOME, SAME_ORIGIN, welcome
from astronote.security import Identity
from astronote.services import invitations, rate_limits
from astronote.services.invitations import Invitation

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/invitation/{token}")
def show(request: Request, token: str, who: Visitor) -> Response:
    """What the invitation is, and the form that fits the account."""
    invited = _read(request, token)
    if invited is None:
        return page(request, "invitation_broken.html", status=400, referrer=SAME_ORIGIN)
    return _page(request, token, invited, who)


@router.post("/invitation/{token}", dependencies=[OwnForm])
def accept(
    request: Request, token: str, who: Visitor, password: Annotated[str, Form()] = ""
) -> Response:
    """Set the first password, or sign in with the one there is; then to the shop."""
    invited = _read(request, token)
    if invited is None:
        return page(request, "invitation_broken.html", status=400, referrer=SAME_ORIGIN)
    visitor = invitations.Visitor(user_agent(request), address(request), who)
    error, status = "", 409
    try:
        if invited.state == "new":
            limited(rate_limits.RESET, request)
            with system_transaction() as session:
                opened = invitations.set_first_password(session, token, password, visitor)
        else:
            rate_limits.allow_sign_in(invited.email, visitor.address)
            with system_transaction() as session:
                opened = invitations.accept(session, token, password, visitor)
        return welcome(opened, HOME)
    except Invalid:
        error, status = "weak_password", 422
    except Unauthenticated:
        error, status = "invitation_bad", 401
    except Conflict:
        # What has become of it meanwhile is what the page says.
        invited = _read(request, token) or invited
    return _page(request, token, invited, who, error, status)


def _read(request: Request, token: str) -> Invitation | None:
    """None for what is no invitation; a caller who tries many is slowed down."""
    require_no_guessing(request)
    try:
        with system_transaction() as session:
            return invitations.read(session, token)
    except (BadRequest, NotFound):
        note_miss(request)
        return None


def _page(
    request: Request,
    token: str,
    invited: Invitation,
    who: Identity | None,
    error: str = "",
    status: int = 200,
) -> Response:
    is_here = who is not None and who.user_id == invited.user_id and invited.state == "known"
    return page(
        request,
        "invitation.html",
        shop=invited.shop,
        status=status,
        referrer=SAME_ORIGIN,
        token=token,
        invited=invited,
        is_here=is_here,
        signed_in_as=who.email if who is not None and not is_here else "",
        error=say(language_of(request, invited.shop), error) if error else "",
    )
