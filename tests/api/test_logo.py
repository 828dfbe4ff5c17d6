"""The shop's logo: what is taken, what is refused, what is served."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from astronote.services import logos
from tests.support.api import ApiClient
from tests.support.joining import link
from tests.support.messages import rows
from tests.support.pages import origin
from tests.support.shops import ShopUnderTest


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 200), **options: Any) -> bytes:
    drawn = Image.effect_noise(size, 40).convert("RGBA" if kind != "JPEG" else "RGB")
    out = io.BytesIO()
    drawn.save(out, kind, **options)
    return out.getvalue()


def put(api: ApiClient, content: bytes, kind: str = "image/png") -> Any:
    return api.put("/api/shop/logo", content=content, headers={"Content-Type": kind})


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("as_form", [True, False])
def test_a_picture_becomes_a_small_one_on_the_shops_pages(
    shop_api: ApiClient, shop: ShopUnderTest, kind: str, as_form: bool
) -> None:
    content = picture(kind)
    if as_form:
        sent = {"file": (f"logo.{kind}", content, "application/octet-stream")}
        answer = shop_api.put("/api/shop/logo", files=sent)
    else:
        answer = put(shop_api, content, f"image/{kind.lower()}")
    assert answer.status_code == 200, answer.text
    url = answer.json()["logoUrl"]
    assert shop_api.get("/api/shop").json()["logoUrl"] == url
    with ApiClient(origin()) as site:
        served = site.get(url)
        page = site.get(f"/join/{link(shop)}")
        assert site.get(f"/public/join/{link(shop)}").json()["shop"]["logoUrl"] == url
    assert f'src="{url}"' in page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]
    assert served.headers["content-type"] == "image/webp"
    assert "immutable" in served.headers["cache-control"]
    assert len(served.content) <= logos.SMALL
    with Image.open(io.BytesIO(served.content)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (360, 120))
    assert len(served.content) + len(page.content) < 30_000


def test_a_new_logo_takes_the_old_ones_place_and_it_can_go(
    shop_api: ApiClient, shop: ShopUnderTest
) -> None:
    first = put(shop_api, picture()).json()["logoUrl"]
    second = put(shop_api, picture(size=(100, 100))).json()["logoUrl"]
    assert len(rows(shop, "shop_logo")) == 1
    with ApiClient(origin()) as site:
        assert site.get(first).status_code == 404
        assert site.get(second).status_code == 200
        assert shop_api.delete("/api/shop/logo").status_code == 204
        assert site.get(second).status_code == 404
    assert shop_api.get("/api/shop").json()["logoUrl"] is None


def test_nothing_of_the_file_is_kept_but_the_picture(shop_api: ApiClient) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    url = put(shop_api, picture("JPEG", exif=exif) + b"<script>alert(1)</script>").json()["logoUrl"]
    with ApiClient(origin()) as site:
        served = site.get(url).content
    assert b"secret" not in served and b"script" not in served


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is ``width`` × ``height``."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


REFUSED = {
    "empty": b"",
    "text": b"hello",
    "markup": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "gif": picture("GIF"),
    "bmp": picture("BMP"),
    "cut short": picture()[:200],
    "broken": picture().replace(b"IDAT", b"IDAX"),
    "wide": bomb(100_000, 1),
    "bomb": bomb(30_000, 30_000),
    "nearly a bomb": bomb(5_000, 5_000),
    "short of data": bomb(3_000, 3_000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_logo_is_refused(shop_api: ApiClient, shop: ShopUnderTest, name: str) -> None:
    refused = put(shop_api, REFUSED[name])
    assert refused.status_code in {415, 422}, refused.text
    assert refused.json()["errors"][0]["field"] == "file"
    assert rows(shop, "shop_logo") == []


@pytest.mark.parametrize("as_form", [True, False])
def test_a_large_file_is_refused_whatever_it_says(
    shop_api: ApiClient, shop: ShopUnderTest, as_form: bool
) -> None:
    large = b"\x89PNG" + b"x" * 1_100_000
    if as_form:
        refused = shop_api.put("/api/shop/logo", files={"file": ("a.png", large)})
    else:
        refused = put(shop_api, large)
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert rows(shop, "shop_logo") == []


def test_a_form_without_a_file_is_refused(shop_api: ApiClient) -> None:
    refused = shop_api.put("/api/shop/logo", files={"other": ("a.png", b"x")})
    assert refused.status_code == 422


@pytest.mark.parametrize("name", ["x", "..%2Fx", "a" * 20 + "-1x1.webp", "a" * 500])
def test_an_unknown_picture_is_not_found(api: ApiClient, name: str) -> None:
    with ApiClient(origin()) as site:
        assert site.get(f"/public/assets/{name}").status_code == 404
