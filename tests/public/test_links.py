"""Short links: where they lead, what is counted, who is slowed down."""

import threading
import time
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.services import links, rate_limits
from tests.support.api import ApiClient
from tests.support.messages import add_message, rows
from tests.support.shops import ShopUnderTest


def test_the_offer_link_leads_to_the_offer_and_counts_a_person(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop)
    answer = site.get(f"/o/{message.code}")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/tracking/offer/{message.tracking_id}"
    assert answer.headers["cache-control"] == "no-store"
    (click,) = rows(shop, "link_click")
    assert (click["link"], click["is_bot"]) == ("offer", False)
    assert (click["message_id"], click["campaign_id"]) == (message.id, message.campaign_id)


def test_the_way_out_leads_to_the_unsubscribe_page(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    answer = site.get(f"/public/s/{message.code}")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/unsubscribe/v1.")
    assert site.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize("door", ["/s", "/o", "/public/s", "/public/o"])
def test_a_free_link_leads_to_its_own_address(
    site: ApiClient, shop: ShopUnderTest, door: str
) -> None:
    message = add_message(shop)
    with transaction(shop.id) as session:
        ordinals = links.shorten(
            session, shop.id, message.campaign_id, ["https://Shop.example/α?b=1", "http://x.gr"]
        )
    assert ordinals == {"https://Shop.example/α?b=1": 1, "http://x.gr": 2}
    answer = site.get(f"{door}/{message.code}.1")
    assert answer.headers["location"] == "https://shop.example/%CE%B1?b=1"
    assert site.get(f"{door}/{message.code}.2").headers["location"] == "http://x.gr/"
    assert site.get(f"/public/s/{message.code}.3").status_code == 404
    first, second = rows(shop, "short_link")
    assert (first["click_count"], second["click_count"]) == (1, 1)
    assert first["last_clicked_at"] is not None
    own = site.get(f"{door}/{first['short_code']}")
    assert own.headers["location"] == first["target_url"]
    assert rows(shop, "short_link")[0]["click_count"] == 2
    assert rows(shop, "link_click")[-1]["message_id"] is None


def test_a_link_of_no_campaign_is_the_shops(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop, kind="direct")
    with transaction(shop.id) as session:
        assert links.shorten(session, shop.id, None, ["https://x.gr/a"]) == {"https://x.gr/a": 1}
    assert site.get(f"/s/{message.code}.1").headers["location"] == "https://x.gr/a"


def test_two_campaigns_do_not_share_a_link(
    site: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    one, other = two_shops
    mine, theirs = add_message(one), add_message(other)
    with transaction(one.id) as session:
        links.shorten(session, one.id, mine.campaign_id, ["https://x.gr/mine"])
    assert site.get(f"/s/{mine.code}.1").headers["location"] == "https://x.gr/mine"
    assert site.get(f"/public/s/{theirs.code}.1").status_code == 404


def test_an_unknown_code_is_a_friendly_page_or_a_problem(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    assert site.get("/s/nobody1234").headers["location"] == "/link-not-available"
    assert site.get("/link-not-available").status_code == 404
    problem = program.get("/public/o/nobody1234")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "not_found"
    with system_transaction() as session:
        found = session.execute(sa.text("SELECT code, count FROM link_miss")).all()
    assert [tuple(row) for row in found] == [("nobody1234", 2)]


@pytest.mark.parametrize(
    "path", ["/s/%00", "/s/a.0", "/o/..", "/s/α", "/s/" + "x" * 500, "/o/a.b.c"]
)
def test_a_code_that_cannot_be_one_is_nobodys(site: ApiClient, path: str) -> None:
    assert site.get(path).status_code in {302, 404, 422}


def test_debug_tells_what_was_looked_up_and_nothing_of_the_person(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop)
    answer = site.get(f"/s/{message.code}?debug=1")
    assert answer.json() == {
        "door": "s",
        "shortCode": message.code,
        "found": True,
        "link": "unsubscribe",
        "campaignId": message.campaign_id,
        "location": None,
    }
    assert site.get("/o/nobody1234?debug=1").json()["found"] is False


@pytest.mark.parametrize(
    "agent", ["curl/8.5.0", "WhatsApp/2.23", "Googlebot/2.1", "python-httpx/0.28", "Wget/1.2", ""]
)
def test_programs_are_counted_apart(site: ApiClient, shop: ShopUnderTest, agent: str) -> None:
    message = add_message(shop)
    assert site.get(f"/o/{message.code}", headers={"User-Agent": agent}).status_code == 302
    assert [click["is_bot"] for click in rows(shop, "link_click")] == [True]


def test_looking_ahead_and_head_are_no_persons(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    site.get(f"/o/{message.code}", headers={"Sec-Purpose": "prefetch"})
    assert site.request("HEAD", f"/o/{message.code}").status_code == 302
    assert site.request("HEAD", f"/public/s/{message.code}").status_code == 302
    assert all(click["is_bot"] for click in rows(shop, "link_click"))
    assert len(rows(shop, "link_click")) == 3


def test_requests_that_come_together_each_get_their_own(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    campaign = add_message(shop).campaign_id
    sent = [add_message(shop, campaign_id=campaign, phone=f"+3069100000{n:02}") for n in range(20)]
    answers: dict[str, str] = {}

    def tap(code: str) -> None:
        answers[code] = site.get(f"/o/{code}").headers["location"]

    threads = [threading.Thread(target=tap, args=(message.code,)) for message in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {m.code: f"/tracking/offer/{m.tracking_id}" for m in sent}
    assert len(rows(shop, "link_click")) == 20


def test_guessing_is_slowed_down_and_finding_is_not(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    for _ in range(100):
        assert site.get(f"/o/{message.code}").status_code == 302
    began = time.monotonic()
    answers = [site.get(f"/public/o/guess{n:05}") for n in range(60)]
    earned = (time.monotonic() - began) * rate_limits.MISS.per_minute / 60
    found = [answer.status_code for answer in answers].count(404)
    assert rate_limits.MISS.burst <= found <= rate_limits.MISS.burst + earned
    refused = next(answer for answer in answers if answer.status_code != 404)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1


def test_a_stored_address_that_may_not_be_followed_is_not(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    message = add_message(shop)
    with transaction(shop.id) as session:
        links.shorten(session, shop.id, message.campaign_id, ["https://x.gr"])
        session.execute(sa.text("UPDATE short_link SET target_url = 'http://127.0.0.1/'"))
        session.execute(
            sa.text("UPDATE shop SET support_contact = '210 1234567' WHERE id = :id"),
            {"id": shop.id},
        )
    where = site.get(f"/s/{message.code}.1").headers["location"]
    assert urlsplit(where).path == "/link-not-available"
    assert "210 1234567" in site.get(where).text
    assert shop.name not in site.get("/link-not-available?at=v1.x.y.z").text


def test_other_methods_change_nothing(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    for method in ("OPTIONS", "POST", "PUT", "DELETE", "TRACE"):
        assert site.request(method, f"/s/{message.code}").status_code == 405
    assert rows(shop, "link_click") == []
