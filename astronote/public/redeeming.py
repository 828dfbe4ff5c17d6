"""The till: where a QR code or a typed till code leads, and the button of the staff."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from astronote.db import system_transaction, transaction
from astronote.errors import BadRequest, Forbidden, Gone, NotFound, Unauthenticated
from astronote.public.failures import EitherRoute, PageRoute
from astronote.public.offers import find, is_sold_out, offer_page
from astronote.public.render import page, prefers_html
from astronote.public.requests import OwnForm, Visitor, limited
from astronote.security import Identity, sign, unsign
from astronote.services import offers, rate_limits
from astronote.services.offers import Offer
from astronote.services.shops import ShopRow

router = APIRouter(tags=["offers"], route_class=EitherRoute)
pages = APIRouter(route_class=PageRoute, include_in_schema=False)

Seen = Annotated[int | None, Form()]


class RedeemState(BaseModel):
    """Where an offer stands."""

    model_config = ConfigDict(
        alias_generator=to_camel, serialize_by_alias=True, validate_by_name=True
    )

    exists: bool
    status: Literal["active", "redeemed", "expired"] | None
    redeemed_at: datetime | None


class ShopperRedeemed(BaseModel):
    """What the shopper's own tap came to."""

    status: Literal["redeemed", "already_redeemed"]


@router.get("/tracking/redeem/{tracking_id}", response_model=RedeemState)
@router.get("/retail/tracking/redeem/{tracking_id}", include_in_schema=False)
@router.head("/tracking/redeem/{tracking_id}", include_in_schema=False)
@router.head("/retail/tracking/redeem/{tracking_id}", include_in_schema=False)
def redeem_state(request: Request, tracking_id: str, who: Visitor) -> Any:
    """Where an offer stands; changes nothing. A page for who prefers ``text/html``."""
    if prefers_html(request):
        offer, shop = find(request, tracking_id, viewed=False)
        return _redeem_page(request, offer, shop, who)
    try:
        offer, _ = find(request, tracking_id, viewed=False)
        answer = RedeemState(exists=True, status=offer.status, redeemed_at=offer.redeemed_at)
    except NotFound:
        answer = RedeemState(exists=False, status=None, redeemed_at=None)
    return JSONResponse(
        answer.model_dump(mode="json"), headers={"Cache-Control": "no-store", "Vary": "Accept"}
    )


@router.post(
    "/tracking/redeem-public/{tracking_id}", response_model=ShopperRedeemed, dependencies=[OwnForm]
)
def redeem_public(request: Request, tracking_id: str, seen: Seen = None) -> Any:
    """Redeem by the shopper's own tap, where the shop allows it."""
    limited(rate_limits.REDEEM, request)
    find(request, tracking_id, viewed=False)
    as_page = prefers_html(request)
    try:
        with system_transaction() as session:
            done = offers.redeem_by_shopper(session, tracking_id, seen)
    except (Forbidden, Gone):
        if not as_page:
            raise
        # The page as it is now says why.
        return offer_page(request, *find(request, tracking_id, viewed=False))
    if as_page:
        return offer_page(request, *find(request, tracking_id, viewed=False))
    return ShopperRedeemed(status=done.status)


@pages.post("/tracking/redeem/{tracking_id}", dependencies=[OwnForm])
@pages.post("/retail/tracking/redeem/{tracking_id}", dependencies=[OwnForm])
def redeem(
    request: Request,
    tracking_id: str,
    who: Visitor,
    form: Annotated[str, Form()] = "",
    seen: Seen = None,
) -> Response:
    """The staff's button. Its form was made for this session, so no other site can press it."""
    if who is None:
        raise Unauthenticated()
    if unsign("redeem form", form) != _form_of(who, tracking_id):
        raise BadRequest("This form is not valid.", code="invalid_form")
    done = None
    try:
        with transaction(who.shop_id) as session:
            done = offers.redeem(session, who.shop_id, who, tracking_id=tracking_id, seen=seen)
    except Gone:
        pass  # The page as it is now says why.
    offer, shop = find(request, tracking_id, viewed=False)
    return _redeem_page(request, offer, shop, who, done=done.status if done else None)


@pages.get("/till")
def till(code: str = "") -> Response:
    """A short address for a note beside the till; the page is the app's."""
    query = f"?{urlencode({'code': code[:500]})}" if code else ""
    return RedirectResponse(f"/app/redeem{query}", status_code=303)


def _redeem_page(
    request: Request, offer: Offer, shop: ShopRow, who: Identity | None, done: str | None = None
) -> Response:
    form_token = ""
    if who is not None and who.shop_id == offer.shop_id:
        form_token = sign("redeem form", _form_of(who, offer.tracking_id))
    return page(
        request,
        "redeem.html",
        shop=shop,
        offer=offer,
        done=done,
        sold_out=is_sold_out(offer),
        form_token=form_token,
        signed_in=who is not None,
    )


def _form_of(who: Identity, tracking_id: str) -> dict[str, object]:
    return {"session": who.session_id, "offer": tracking_id}
