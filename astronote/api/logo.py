"""The shop's logo: sent as a form with ``file``, or as the raw picture."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from astronote.api.deps import Owner
from astronote.api.shop import ShopAnswer
from astronote.api.uploads import capped, form_with_file, is_form
from astronote.db import transaction
from astronote.services import logos

router = APIRouter(prefix="/api/shop/logo", tags=["shop"])

_BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY}}
            },
            **{f"image/{kind}": {"schema": _BINARY} for kind in ("png", "jpeg", "webp")},
        }
    }
}


async def sent_picture(request: Request) -> bytes:
    """The picture's bytes, counted as they come.

    Raises:
        TooLarge: ``file_too_large``.
        Invalid: a form without ``file``.
        BadRequest: a form that cannot be read.
    """
    if not is_form(request):
        return b"".join([p async for p in capped(request, logos.MAX_BYTES, logos.too_large)])
    async with form_with_file(request, logos.MAX_BYTES, logos.too_large) as (_, sent):
        return await run_in_threadpool(sent.file.read, logos.MAX_BYTES + 1)


@router.put("", openapi_extra=_BODY)
def change(who: Owner, sent: Annotated[bytes, Depends(sent_picture)]) -> ShopAnswer:
    """Show a picture (PNG, JPEG or WebP, at most 1 MB) on the shop's pages."""
    picture = logos.redraw(sent)
    with transaction(who.shop_id) as session:
        return ShopAnswer.model_validate(logos.change(session, who.shop_id, who, picture))


@router.delete("", status_code=204)
def remove(who: Owner) -> Response:
    """Show none."""
    with transaction(who.shop_id) as session:
        logos.remove(session, who.shop_id, who)
    return Response(status_code=204)
