"""The message log and the analysis of texts over HTTP."""

import csv
import io
from datetime import UTC, datetime

import pytest

from astronote import clock
from tests.support.people import add_contact

NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon_in_athens():
    clock.shift(NOON - clock.now())


@pytest.fixture
def sent(shop, shop_api):
    for name in ("=1+1", "Eleni", "Nick"):
        add_contact(shop.id, first_name=name)
    made = shop_api.post(
        "/api/campaigns", json={"name": "June", "messageText": "{{first_name}} hello"}
    ).json()
    shop_api.post(f"/api/campaigns/{made['id']}/enqueue")
    return made["id"]


def test_a_message_travels_with_all_it_has(shop_api, sent):
    listed = shop_api.get("/api/messages").json()
    assert listed["total"] == 3 and listed["totalIsExact"] and listed["nextCursor"] is None
    (one,) = [item for item in listed["items"] if item["text"].startswith("Nick hello\n")]
    assert shop_api.get(f"/api/messages/{one['id']}").json() == one
    assert one["kind"] == "campaign" and one["status"] == "queued"
    assert (one["parts"], one["credits"]) == (1, 1)
    assert one["providerMessageId"] is None and one["failureReason"] is None
    assert [step["status"] for step in one["history"]] == ["queued"]
    assert one["history"][0]["at"].endswith("Z")


def test_filters_and_pages(shop_api, sent):
    page = shop_api.get(f"/api/campaigns/{sent}/messages?limit=2&status=queued").json()
    assert len(page["items"]) == 2
    rest = shop_api.get(
        f"/api/campaigns/{sent}/messages", params={"limit": 2, "cursor": page["nextCursor"]}
    ).json()
    assert len(rest["items"]) == 1
    phone = rest["items"][0]["phone"]
    # An unescaped plus sign arrives as a space.
    for asked in (phone, phone.replace("+", "%2B"), phone[3:]):
        found = shop_api.get(f"/api/messages?phone={asked}").json()["items"]
        assert [item["phone"] for item in found] == [phone]
    assert shop_api.get("/api/messages?status=delivered").json()["items"] == []
    assert shop_api.get("/api/messages?kind=nonsense").status_code == 422
    assert shop_api.get("/api/messages?cursor=nonsense").status_code == 400
    assert shop_api.get("/api/messages/999999").status_code == 404
    assert shop_api.get("/api/messages/nonsense").status_code == 404


@pytest.mark.parametrize("path", ["/api/messages", "/api/campaigns/{}/messages"])
def test_the_export_is_harmless_csv(shop_api, sent, path):
    answer = shop_api.get(path.format(sent) + "?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 3
    assert sum(row["text"].startswith("'=1+1 hello\n") for row in rows) == 1
    assert all(row["phone"].startswith("'+30") for row in rows)
    none = shop_api.get(path.format(sent) + "?format=csv&status=delivered")
    assert len(none.text.splitlines()) == 1


def test_a_text_is_analysed(shop_api):
    told = shop_api.post("/api/text/analyse", json={"text": "Γεια €"}).json()
    assert told == {
        "encoding": "UCS-2",
        "characters": 6,
        "parts": 1,
        "perPart": 70,
        "offending": [
            {"char": "ε", "index": 1},
            {"char": "ι", "index": 2},
            {"char": "α", "index": 3},
        ],
        "gsmRewrite": "ΓEIA €",
    }
    plain = shop_api.post("/api/text/analyse", json={"text": "x" * 161}).json()
    assert (plain["parts"], plain["perPart"], plain["gsmRewrite"]) == (2, 153, None)
    assert shop_api.post("/api/text/analyse", json={"text": "a", "b": 1}).status_code == 422


def test_strangers_see_nothing(api):
    for path in ("/api/messages", "/api/messages/1", "/api/campaigns", "/api/campaigns/1/stats"):
        assert api.get(path).status_code == 401
    assert api.post("/api/text/analyse", json={"text": "a"}).status_code == 401
