"""Join addresses, their posters, and the wording of the consent."""

import base64
import io
import re
from xml.etree import ElementTree

import zxingcpp
from PIL import Image

from tests.support.drawing import picture


def make(shop_api, kind="join", name="The till"):
    answer = shop_api.post("/api/join-links", json={"kind": kind, "name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_addresses_are_made_renamed_replaced_and_revoked(shop_api):
    made = make(shop_api)
    assert made["url"].endswith(f"/join/{made['token']}")
    assert make(shop_api, "nfc")["url"].count("/nfc/") == 1
    path = f"/api/join-links/{made['id']}"
    renamed = shop_api.put(path, json={"name": "The door"}).json()
    assert (renamed["name"], renamed["token"]) == ("The door", made["token"])
    replaced = shop_api.put(path, json={"replaceToken": True}).json()
    assert replaced["name"] == "The door" and replaced["token"] != made["token"]
    assert shop_api.delete(path).status_code == 204
    assert [link["kind"] for link in shop_api.get("/api/join-links").json()["items"]] == ["nfc"]
    for method in ("PUT", "DELETE"):
        assert shop_api.request(method, path, json={}).status_code == 404
    assert shop_api.get(f"{path}/poster.svg").status_code == 404


def test_unknown_kinds_and_empty_names_are_refused(shop_api):
    for body in ({"kind": "fax", "name": "A"}, {"name": "  "}, {"name": "x" * 81}, {}):
        assert shop_api.post("/api/join-links", json=body).status_code == 422


def test_a_poster_carries_the_shops_name_and_colour_and_is_sound_xml(shop_api):
    name = "Tom & Jerry's <Fine> Groceries of the Old Harbour of Thessaloniki"
    shop_api.put("/api/shop", json={"name": name, "color": "#aa3311"})
    made = make(shop_api)
    answer = shop_api.get(f"/api/join-links/{made['id']}/poster.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    sheet = ElementTree.fromstring(answer.text)
    texts = [item.text or "" for item in sheet.iter("{http://www.w3.org/2000/svg}text")]
    assert name in " ".join(texts)
    assert any(made["token"] in text for text in texts)
    assert "#aa3311" in answer.text


def test_a_poster_carries_the_shops_logo_where_there_is_one(shop_api):
    made = make(shop_api)
    for path in (f"/api/join-links/{made['id']}/poster{end}" for end in ("", ".svg")):
        assert "<image" not in shop_api.get(path).text
    logo = io.BytesIO()
    Image.new("RGB", (480, 200), "#aa3311").save(logo, "PNG")
    kind = {"Content-Type": "image/png"}
    assert shop_api.put("/api/shop/logo", content=logo.getvalue(), headers=kind).status_code == 200
    for path in (f"/api/join-links/{made['id']}/poster{end}" for end in ("", ".svg")):
        answer = shop_api.get(path)
        assert "img-src data:" in answer.headers["content-security-policy"]
        found = re.search(r'<image [^>]*href="data:image/png;base64,([^"]+)"', answer.text)
        assert found is not None
        with Image.open(io.BytesIO(base64.b64decode(found[1]))) as drawn:
            assert drawn.size == (288, 120)
            red, green, blue = drawn.convert("RGB").getpixel((100, 60))
            assert red > 150 and green < 80 and blue < 60


def test_a_new_wording_is_a_new_version(shop_api, shop):
    before = shop_api.get("/api/consent-wording").json()
    assert before["isDefault"] and shop.name in before["text"]
    assert set(before["defaults"]) == {"el", "en"}
    first = shop_api.put("/api/consent-wording", json={"text": "I want SMS."}).json()
    assert (first["version"], first["text"], first["isDefault"]) == ("1", "I want SMS.", False)
    assert shop_api.put("/api/consent-wording", json={"text": "I want SMS."}).json() == first
    second = shop_api.put("/api/consent-wording", json={"text": "I really do."}).json()
    assert second["version"] == "2"
    assert shop_api.get("/api/consent-wording").json() == second
    assert shop_api.put("/api/consent-wording", json={"text": " "}).status_code == 422


def test_a_poster_is_a_page_made_for_printing(shop_api, shop):
    made = shop_api.post("/api/join-links", json={"name": "<b>Till</b>"}).json()
    page = shop_api.get(f"/api/join-links/{made['id']}/poster")
    assert page.status_code == 200
    assert "@page{size:A4" in page.text and "<svg " in page.text
    assert "<b>" not in page.text
    read = zxingcpp.read_barcodes(picture(page.text[page.text.index("<svg x=") :]))
    assert [code.text for code in read] == [made["url"]]
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
