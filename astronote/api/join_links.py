"""Join and NFC addresses, and their posters."""

import base64
import hashlib
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import Field

from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Listing, Moment, listing
from astronote.errors import Invalid
from astronote.paging import cut
from astronote.services import join_links, logos, posters, shops
from astronote.services.join_links import JoinLink

router = APIRouter(prefix="/api/join-links", tags=["join links"])


def _source(text: str) -> str:
    """What a Content-Security-Policy calls an inline style or script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


Name = Annotated[str, Field(max_length=500)]


class JoinLinkBody(Body):
    kind: Annotated[str, Field(max_length=20)] = "join"
    name: Name


class JoinLinkChanges(Body):
    name: Name | None = None
    replace_token: bool = False


class JoinLinkAnswer(Answer):
    id: int
    kind: str
    name: str
    token: str
    url: str
    created_at: Moment


@router.get("")
def read_all(
    who: SignedIn, session: ShopSession, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Listing[JoinLinkAnswer]:
    """The shop's addresses."""
    return listing(cut(join_links.listing(session, who.shop_id), limit, cursor), _answer)


@router.post("", status_code=201)
def create(body: JoinLinkBody, who: SignedIn, session: ShopSession) -> JoinLinkAnswer:
    """Make an address."""
    return _answer(join_links.create(session, who.shop_id, who, body.kind, body.name))


@router.put("/{link_id}")
def change(
    link_id: ObjectId, body: JoinLinkChanges, who: SignedIn, session: ShopSession
) -> JoinLinkAnswer:
    """Rename it, or give it a new token."""
    if body.name is None and "name" in body.model_fields_set:
        raise Invalid("This cannot be empty.", field="name")
    changed = join_links.change(
        session, who.shop_id, who, link_id, name=body.name, replace_token=body.replace_token
    )
    return _answer(changed)


@router.delete("/{link_id}", status_code=204)
def revoke(link_id: ObjectId, who: SignedIn, session: ShopSession) -> Response:
    """End it for good."""
    join_links.revoke(session, who.shop_id, who, link_id)
    return Response(status_code=204)


@router.get("/{link_id}/poster.svg", response_class=Response)
def poster(link_id: ObjectId, who: SignedIn, session: ShopSession) -> Response:
    """An A4 poster with its QR code, to print."""
    link = join_links.get(session, who.shop_id, link_id)
    shop = shops.get(session, who.shop_id)
    sheet = posters.poster(shop, link, logos.of_shop(session, shop))
    headers = {
        "Content-Security-Policy": "default-src 'none'; img-src data:",
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="poster-{link.id}.svg"',
    }
    return Response(sheet, media_type="image/svg+xml", headers=headers)


@router.get("/{link_id}/poster", response_class=HTMLResponse)
def print_poster(link_id: ObjectId, who: SignedIn, session: ShopSession) -> HTMLResponse:
    """The same as a page that opens the print dialog."""
    link = join_links.get(session, who.shop_id, link_id)
    shop = shops.get(session, who.shop_id)
    page = posters.print_page(shop, link, logos.of_shop(session, shop))
    return HTMLResponse(page, headers={"Content-Security-Policy": _PRINTING, **_PRIVATE})


_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_PRINTING = (
    f"default-src 'none'; img-src data:; style-src '{_source(posters.PRINT_STYLE)}'; "
    f"script-src '{_source(posters.PRINT_SCRIPT)}'"
)


def _answer(link: JoinLink) -> JoinLinkAnswer:
    return JoinLinkAnswer.model_validate(link)
