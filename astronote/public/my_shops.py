"""Going from one of one's shops to another: a plain form, because it sets the session cookie."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from astronote.db import system_transaction
from astronote.public.failures import PageRoute
from astronote.public.render import page
from astronote.public.requests import OwnForm, Visitor, address, user_agent
from astronote.public.sign_in import HOME, SAME_ORIGIN, welcome
from astronote.services import workplaces

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/shops")
def my_shops(request: Request, who: Visitor) -> Response:
    """Every shop that this person works in, the current one marked."""
    if who is None:
        return RedirectResponse("/login", status_code=303)
    with system_transaction() as session:
        listed = workplaces.listed(session, who)
    return page(
        request,
        "shops.html",
        shops=listed,
        current=who.shop_id,
        email=who.email,
        home=HOME,
        referrer=SAME_ORIGIN,
    )


@router.post("/shops", dependencies=[OwnForm])
def enter(request: Request, who: Visitor, shop: Annotated[int, Form()]) -> Response:
    """Go there, with a new session."""
    if who is None:
        return RedirectResponse("/login", status_code=303)
    with system_transaction() as session:
        opened = workplaces.enter(session, who, shop, user_agent(request), address(request))
    return welcome(opened, HOME)
