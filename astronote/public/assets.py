"""Pictures of shops, for their public pages: each at an address of its own for ever."""

from typing import Final

from fastapi import APIRouter, Request, Response

from astronote.db import system_transaction
from astronote.errors import NotFound
from astronote.public.requests import limited, note_miss, require_no_guessing
from astronote.services import logos, rate_limits

router = APIRouter(tags=["joining"])

_HEADERS: Final = {
    # A new logo gets a new name.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}


@router.get("/public/assets/{name}", response_class=Response)
@router.head("/public/assets/{name}", include_in_schema=False)
def picture(request: Request, name: str) -> Response:
    """A shop's logo (WebP)."""
    limited(rate_limits.PUBLIC, request)
    require_no_guessing(request)
    try:
        with system_transaction() as session:
            found = logos.content(session, name)
    except NotFound:
        note_miss(request)
        raise
    return Response(found, media_type=logos.MEDIA_TYPE, headers=_HEADERS)
