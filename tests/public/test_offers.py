"""Offers and the till."""

import re
import threading
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import zxingcpp

from astronote import clock
from astronote.db import transaction
from astronote.services.till_codes import till_code
from astronote.settings import settings
from tests.public.conftest import PHONE
from tests.support.api import ApiClient
from tests.support.drawing import picture
from tests.support.forms import first_form, press
from tests.support.messages import add_campaign, add_message, rows
from tests.support.shops import ShopUnderTest


def in_days(days: float) -> str:
    return (clock.now() + timedelta(days=days)).isoformat()


OFFER: dict[str, Any] = {
    "enabled": True,
    "title": "Ten off",
    "description": "On everything.",
    "code": "TEN",
    "expiresAt": None,
    "maxRedemptions": 1,
    "maxTotal": None,
}


def allow_shoppers(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        session.execute(
            sa.text("UPDATE shop SET allow_public_redeem = true WHERE id = :id"), {"id": shop.id}
        )


def test_an_offer_as_json(program: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop, offer=OFFER | {"expiresAt": "2099-01-01T00:00:00+00:00"})
    assert program.get(f"/tracking/offer/{message.tracking_id}").json() == {
        "shop": shop.name,
        "title": "Ten off",
        "description": "On everything.",
        "code": "TEN",
        "tillCode": till_code(message.id),
        "expiresAt": "2099-01-01T00:00:00Z",
        "status": "active",
        "redemptions": 0,
        "maxRedemptions": 1,
        "redeemUrl": f"{settings().public_base}/tracking/redeem/{message.tracking_id}",
    }


@pytest.mark.parametrize("prefix", ["", "/retail"])
def test_the_page_shows_the_offer_its_code_and_nothing_of_the_person(
    site: ApiClient, shop: ShopUnderTest, prefix: str
) -> None:
    message = add_message(shop, offer=OFFER)
    page = site.get(f"{prefix}/tracking/offer/{message.tracking_id}")
    assert page.status_code == 200
    assert "Ten off" in page.text and till_code(message.id) in page.text
    for personal in (message.phone, "Μαρία", "Παπαδοπούλου"):
        assert personal not in page.text


def test_the_qr_code_leads_to_the_redeem_page(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop, offer=OFFER)
    page = site.get(f"/tracking/offer/{message.tracking_id}")
    found = re.search(r'<div class="qr">(<svg .+?</svg>)', page.text)
    assert found is not None
    # Drawn as a camera would see it, and read by a decoder that is not ours.
    drawn = picture(found[1])
    read = zxingcpp.read_barcodes(drawn)
    assert [code.format for code in read] == [zxingcpp.BarcodeFormat.QRCode]
    redeem = f"{settings().public_base}/tracking/redeem/{message.tracking_id}"
    assert read[0].text == redeem
    assert site.get(urlsplit(redeem).path).status_code == 200


def test_a_program_s_view_is_recorded_but_no_persons(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop)
    site.get(f"/tracking/offer/{message.tracking_id}")
    program.get(f"/tracking/offer/{message.tracking_id}")
    program.get(f"/tracking/offer/{message.tracking_id}", headers={"User-Agent": PHONE})
    views = rows(shop, "offer_view_event")
    assert [view["is_bot"] for view in views] == [False, True, False]
    assert {view["campaign_id"] for view in views} == {message.campaign_id}


def test_an_unknown_offer_says_so_politely(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    off = add_message(shop, offer={"enabled": False})
    for tracking_id in ("nobody", off.tracking_id):
        assert program.get(f"/tracking/offer/{tracking_id}").json()["code"] == "not_found"
        page = site.get(f"/tracking/offer/{tracking_id}")
        assert page.status_code == 404
        assert "<h1>" in page.text
        assert program.get(f"/tracking/redeem/{tracking_id}").json() == {
            "exists": False,
            "status": None,
            "redeemedAt": None,
        }
    assert rows(shop, "offer_view_event") == []


def test_staff_redeem_once(program: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop, offer=OFFER)
    body = {"trackingId": message.tracking_id}
    assert program.post("/tracking/redeem", json=body).status_code == 401
    done = program.post("/tracking/redeem", json=body, headers=shop.headers)
    assert (done.status_code, done.json()["status"]) == (200, "redeemed")
    again = program.post(
        "/tracking/redeem",
        json={"tillCode": till_code(message.id).lower().replace("-", " ")},
        headers=shop.headers,
    )
    assert again.json()["status"] == "already_redeemed"
    (redemption,) = rows(shop, "redemption")
    assert (redemption["by"], redemption["user_id"]) == ("staff", shop.owner.user_id)
    state = program.get(f"/tracking/redeem/{message.tracking_id}").json()
    assert (state["exists"], state["status"]) == (True, "redeemed")
    assert state["redeemedAt"].endswith("Z")


def test_another_shop_redeems_nothing(
    program: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    mine, other = two_shops
    message = add_message(mine)
    for body in ({"trackingId": message.tracking_id}, {"tillCode": till_code(message.id)}):
        refused = program.post("/tracking/redeem", json=body, headers=other.headers)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert rows(mine, "redemption") == []


@pytest.mark.parametrize("body", [{}, {"trackingId": "a", "tillCode": "b"}, {"tillcode": "b"}])
def test_one_of_the_two_names_is_needed(
    program: ApiClient, shop: ShopUnderTest, body: dict[str, str]
) -> None:
    assert program.post("/tracking/redeem", json=body, headers=shop.headers).status_code == 422


def test_two_tills_at_once_redeem_once(program: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop, offer=OFFER)
    said = _at_once(program, shop, [message.tracking_id] * 8)
    assert sorted(said) == ["already_redeemed"] * 7 + ["redeemed"]
    assert len(rows(shop, "redemption")) == 1


def test_an_offer_good_three_times_is_redeemed_three_times(
    program: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop, offer=OFFER | {"maxRedemptions": 3})
    said = _at_once(program, shop, [message.tracking_id] * 6)
    assert sorted(said) == ["already_redeemed"] * 3 + ["redeemed"] * 3
    assert [row["sequence"] for row in rows(shop, "redemption")] == [1, 2, 3]


def test_a_limited_number_goes_to_just_as_many(program: ApiClient, shop: ShopUnderTest) -> None:
    campaign = add_campaign(shop, OFFER | {"maxTotal": 2})
    sent = [add_message(shop, campaign_id=campaign, phone=f"+3069100000{n:02}") for n in range(6)]
    said = _at_once(program, shop, [message.tracking_id for message in sent])
    assert sorted(said) == ["expired"] * 4 + ["redeemed"] * 2
    late = program.get(f"/tracking/offer/{sent[said.index('expired')].tracking_id}")
    assert late.json()["status"] == "expired"


def test_an_expired_offer_is_gone(site: ApiClient, program: ApiClient, shop: ShopUnderTest) -> None:
    allow_shoppers(shop)
    message = add_message(shop, offer=OFFER | {"expiresAt": in_days(-1)})
    tracking = message.tracking_id
    refused = [
        program.post("/tracking/redeem", json={"trackingId": tracking}, headers=shop.headers),
        program.post(f"/tracking/redeem-public/{tracking}"),
    ]
    assert [(a.status_code, a.json()["code"]) for a in refused] == [(410, "expired")] * 2
    page = site.get(f"/tracking/offer/{tracking}")
    assert page.status_code == 200
    assert "<svg xmlns" not in page.text
    assert rows(shop, "redemption") == []


@pytest.mark.parametrize(
    ("sent", "fixed", "ends"),
    [
        ("2027-06-15T09:00:00+00:00", None, "2027-06-29T20:59:59Z"),
        # Already the 16th in Athens.
        ("2027-06-15T21:30:00+00:00", None, "2027-06-30T20:59:59Z"),
        # Over the change of clocks.
        ("2027-10-25T09:00:00+00:00", None, "2027-11-08T21:59:59Z"),
        ("2027-06-15T09:00:00+00:00", "2027-06-20T12:00:00+00:00", "2027-06-20T12:00:00Z"),
        ("2027-06-15T09:00:00+00:00", "2027-08-01T12:00:00+00:00", "2027-06-29T20:59:59Z"),
    ],
)
def test_an_offer_for_some_days_ends_with_each_messages_own_day(
    program: ApiClient, shop: ShopUnderTest, sent: str, fixed: str | None, ends: str
) -> None:
    allow_shoppers(shop)
    message = add_message(shop, offer=OFFER | {"validDays": 14, "expiresAt": fixed})
    with transaction(shop.id) as session:
        session.execute(sa.text("UPDATE message SET sent_at = :at"), {"at": sent})
    last = datetime.fromisoformat(ends)
    told = []
    for moment in (last - timedelta(minutes=1), last + timedelta(minutes=1)):
        clock.shift(timedelta())
        clock.shift(moment - clock.now())
        offer = program.get(f"/tracking/offer/{message.tracking_id}").json()
        told.append((offer["status"], offer["expiresAt"]))
    assert told == [("active", ends), ("expired", ends)]
    refused = program.post(f"/tracking/redeem-public/{message.tracking_id}")
    assert (refused.status_code, refused.json()["code"]) == (410, "expired")


def test_shoppers_redeem_only_where_the_shop_allows_it(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop, offer=OFFER)
    path = f"/tracking/redeem-public/{message.tracking_id}"
    refused = program.post(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "staff_only")
    allow_shoppers(shop)
    done = press(site, site.get(f"/tracking/offer/{message.tracking_id}"))
    assert done.status_code == 200
    assert [row["by"] for row in rows(shop, "redemption")] == ["shopper"]
    assert program.post(path).json() == {"status": "already_redeemed"}
    assert program.post("/tracking/redeem-public/nobody").status_code == 404


def test_staff_of_the_shop_see_the_button_and_others_do_not(
    site: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    mine, other = two_shops
    message = add_message(mine, offer=OFFER)
    path = f"/tracking/redeem/{message.tracking_id}"
    for headers in ({}, {"Cookie": f"astronote_session={other.token}"}):
        page = site.get(path, headers=headers)
        assert page.status_code == 200
        assert "<form" not in page.text
    cookie = {"Cookie": f"astronote_session={mine.token}"}
    page = site.get(path, headers=cookie)
    action, fields = first_form(page)
    assert site.post(action, data=fields).status_code == 401
    assert site.post(action, data=fields | {"form": ""}, headers=cookie).status_code == 400
    stolen = site.get(path, headers=cookie | {"Cookie": f"astronote_session={other.token}"})
    assert "form" not in stolen.text.split("<main>")[1]
    assert press(site, page, **cookie).status_code == 200
    assert press(site, page, **cookie).status_code == 200
    assert len(rows(mine, "redemption")) == 1


def test_one_page_redeems_once_also_where_more_is_allowed(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop, offer=OFFER | {"maxRedemptions": 5})
    cookie = {"Cookie": f"astronote_session={shop.token}"}
    page = site.get(f"/tracking/redeem/{message.tracking_id}", headers=cookie)
    press(site, page, **cookie)
    press(site, page, **cookie)
    assert len(rows(shop, "redemption")) == 1


def test_the_short_address_of_the_till_leads_to_its_page(site: ApiClient) -> None:
    assert site.get("/till").headers["location"] == "/app/redeem"
    assert site.get("/till?code=K7F3-9QXM").headers["location"] == "/app/redeem?code=K7F3-9QXM"


def _at_once(program: ApiClient, shop: ShopUnderTest, tracking_ids: list[str]) -> list[str]:
    """What each till is told, in the order of ``tracking_ids``."""
    said = [""] * len(tracking_ids)
    start = threading.Barrier(len(tracking_ids))

    def press_redeem(place: int) -> None:
        start.wait()
        body = {"trackingId": tracking_ids[place]}
        answer = program.post("/tracking/redeem", json=body, headers=shop.headers).json()
        said[place] = answer.get("code") or answer["status"]

    tills = [threading.Thread(target=press_redeem, args=(n,)) for n in range(len(said))]
    for till in tills:
        till.start()
    for till in tills:
        till.join()
    return said
