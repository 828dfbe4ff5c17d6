"""Offers: the shopper's page with its QR code, and the same as JSON."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from astronote import clock
from astronote.db import system_transaction
from astronote.errors import NotFound
from astronote.public.failures import EitherRoute
from astronote.public.languages import say
from astronote.public.render import language_of, page, prefers_html
from astronote.public.requests import by_program, note_miss, require_no_guessing, user_agent
from astronote.services import offers, shops
from astronote.services.offers import Offer
from astronote.services.qr import svg
from astronote.services.shops import ShopRow
from astronote.settings import settings

router = APIRouter(tags=["offers"], route_class=EitherRoute)


class OfferAnswer(BaseModel):
    """An offer as JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel, serialize_by_alias=True, validate_by_name=True
    )

    shop: str
    title: str
    description: str
    code: str | None
    till_code: str
    expires_at: datetime | None
    status: Literal["active", "redeemed", "expired"]
    redemptions: int
    max_redemptions: int
    redeem_url: str


def find(request: Request, tracking_id: str, *, viewed: bool) -> tuple[Offer, ShopRow]:
    """The offer and its shop; a caller who guesses ids is slowed down.

    Raises:
        NotFound: there is no such offer.
        RateLimited: too many that do not exist.
    """
    require_no_guessing(request)
    try:
        with system_transaction() as session:
            if viewed:
                offer = offers.view(
                    session,
                    tracking_id,
                    is_program=by_program(request),
                    user_agent=user_agent(request),
                )
            else:
                offer = offers.state(session, tracking_id)
            return offer, shops.get(session, offer.shop_id)
    except NotFound:
        note_miss(request)
        raise


def redeem_url(offer: Offer) -> str:
    """What the QR code says: where staff redeem the offer."""
    return f"{settings().public_base}/tracking/redeem/{offer.tracking_id}"


def is_sold_out(offer: Offer) -> bool:
    """Whether a limited number has been taken, rather than the time being over."""
    expires = offer.terms.expires_at
    return offer.status == "expired" and (expires is None or expires > clock.now())


def offer_page(request: Request, offer: Offer, shop: ShopRow) -> Response:
    """The shopper's page of an offer."""
    label = say(language_of(request, shop), "offer_qr")
    return page(
        request,
        "offer.html",
        shop=shop,
        offer=offer,
        qr=svg(redeem_url(offer), label) if offer.status == "active" else "",
        sold_out=is_sold_out(offer),
    )


@router.get("/tracking/offer/{tracking_id}", response_model=OfferAnswer)
@router.get("/retail/tracking/offer/{tracking_id}", include_in_schema=False)
@router.head("/tracking/offer/{tracking_id}", include_in_schema=False)
@router.head("/retail/tracking/offer/{tracking_id}", include_in_schema=False)
def show(request: Request, tracking_id: str) -> Any:
    """A message's offer; records the view. A page for who prefers ``text/html``."""
    offer, shop = find(request, tracking_id, viewed=True)
    if prefers_html(request) or request.url.path.startswith("/retail/"):
        return offer_page(request, offer, shop)
    title = offer.terms.title or say(shop.locale, "offer_default_title", shop=shop.name)
    answer = OfferAnswer(
        shop=shop.name,
        title=title,
        description=offer.terms.description,
        code=offer.terms.code,
        till_code=offer.till_code,
        expires_at=offer.terms.expires_at,
        status=offer.status,
        redemptions=offer.redemptions,
        max_redemptions=offer.terms.max_redemptions,
        redeem_url=redeem_url(offer),
    )
    return JSONResponse(
        answer.model_dump(mode="json"), headers={"Cache-Control": "no-store", "Vary": "Accept"}
    )
