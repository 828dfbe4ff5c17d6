"""A shop's logo: whatever picture was sent, made small and drawn anew.

Nothing of the sent file is kept but what the picture shows: no metadata, no second frame,
no bytes that another program might read as something else. Its size is read from its head
before anything is unpacked, so that a small file cannot ask for much memory.
"""

import io
import re
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from PIL import Image, ImageOps
from sqlmodel import Session, col, select

from astronote.errors import Invalid, NotFound, TooLarge, UnsupportedFile
from astronote.models import AuditEvent, Shop, ShopLogo
from astronote.security import Identity
from astronote.services import links, shops
from astronote.services.shops import ShopRow

MAX_BYTES: Final = 1_000_000
MAX_PIXELS: Final = 16_000_000
MAX_SIDE: Final = 8_000
"""Of the picture that is sent, in pixels."""

BOX: Final = (360, 120)
"""Pixels of what is kept: three times the space that pages give it."""

SMALL: Final = 12_000
"""Bytes: a page with its logo stays under 30 KB."""

MEDIA_TYPE: Final = "image/webp"
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_NAME: Final = re.compile(r"[A-Za-z0-9]{20}-(\d{1,3})x(\d{1,3})\.webp")


@dataclass(frozen=True)
class Picture:
    """A logo as pages show it: WebP, ``width`` × ``height`` pixels."""

    content: bytes
    width: int
    height: int


def redraw(sent: bytes) -> Picture:
    """Make a logo of a picture; takes up to half a second, so outside any transaction.

    Raises:
        TooLarge: ``file_too_large``: over :data:`MAX_BYTES`.
        UnsupportedFile: ``unsupported_file``: no PNG, JPEG or WebP, or a broken one.
        Invalid: more pixels than any logo has.
    """
    if len(sent) > MAX_BYTES:
        raise too_large()
    try:
        with Image.open(io.BytesIO(sent), formats=_FORMATS) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise Invalid("This picture has too many pixels for a logo.", field="file")
            opened.draft("RGB", BOX)
            upright = ImageOps.exif_transpose(opened)
            drawn = upright.convert("RGBA" if _has_alpha(opened) else "RGB")
    except Invalid:
        raise
    # Whatever a hostile file makes the decoder say, it is no picture to us.
    except Exception as error:
        raise UnsupportedFile(
            "This is not a picture that can be read. Send a PNG, a JPEG or a WebP.",
            field="file",
        ) from error
    drawn.thumbnail(BOX, Image.Resampling.LANCZOS)
    return Picture(_small(drawn), *drawn.size)


def change(session: Session, shop_id: int, who: Identity, picture: Picture) -> ShopRow:
    """Show ``picture`` on the shop's pages from now on, at a new address."""
    name = f"{links.random_words(1, 20)[0]}-{picture.width}x{picture.height}.webp"
    shop = _held(session, shop_id)
    _forget(session, shop_id)
    session.add(ShopLogo(shop_id=shop_id, name=name, content=picture.content))
    return _named(session, shop, who, name)


def remove(session: Session, shop_id: int, who: Identity) -> ShopRow:
    """Show none."""
    shop = _held(session, shop_id)
    _forget(session, shop_id)
    return _named(session, shop, who, None)


def content(session: Session, name: str) -> bytes:
    """The picture called ``name``, in a system transaction.

    Raises:
        NotFound: there is none (any more).
    """
    if not _NAME.fullmatch(name):
        raise NotFound("There is no such picture.")
    found = session.exec(select(ShopLogo.content).where(ShopLogo.name == name)).one_or_none()
    if found is None:
        raise NotFound("There is no such picture.")
    return found


def as_png(content: bytes) -> tuple[bytes, tuple[int, int]]:
    """A logo for programs that read no WebP, and its width and height in pixels."""
    with Image.open(io.BytesIO(content), formats=("WEBP",)) as opened:
        out = io.BytesIO()
        opened.save(out, "PNG", optimize=True)
        return out.getvalue(), opened.size


def of_shop(session: Session, shop: ShopRow) -> bytes | None:
    """The shop's logo; None where it has none."""
    wanted = select(ShopLogo.content).where(col(ShopLogo.shop_id) == shop.id)
    return session.exec(wanted).one_or_none()


def too_large() -> TooLarge:
    """The refusal of a file over :data:`MAX_BYTES`."""
    return TooLarge("The picture is larger than 1 MB.", code="file_too_large", field="file")


def _small(drawn: Image.Image) -> bytes:
    out = io.BytesIO()
    for quality in (85, 70, 50, 30):
        out = io.BytesIO()
        drawn.save(out, "WEBP", quality=quality, method=4)
        if out.tell() <= SMALL:
            break
    return out.getvalue()


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _held(session: Session, shop_id: int) -> Shop:
    found = session.exec(
        select(Shop).where(col(Shop.id) == shop_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such shop.")
    return found


def _forget(session: Session, shop_id: int) -> None:
    session.execute(sa.delete(ShopLogo).where(col(ShopLogo.shop_id) == shop_id))


def _named(session: Session, shop: Shop, who: Identity, name: str | None) -> ShopRow:
    shop.logo = name
    session.add(shop)
    details: dict[str, Any] = {"fields": ["logo"]}
    session.add(
        AuditEvent(shop_id=shop.id or 0, actor=who.actor, action="shop.change", details=details)
    )
    session.flush()
    return shops.row(shop)
