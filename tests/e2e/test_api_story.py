"""The main job over HTTP against the running product, with two shops side by side."""

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.e2e.spreadsheet import write
from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
TEXT = "{{first_name|Γεια}}, -20% σήμερα στο {{shop_name}}! https://example.com/new"


def sign_in(product: Product, name: str, email: str) -> httpx.Client:
    product.create_shop(name, email, credits=6_000)
    with product.client() as stranger:
        answer = stranger.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    client = product.client(answer.json()["accessToken"])
    client.put("/api/shop", json={"quietHours": None, "senderName": "Story"}).raise_for_status()
    return client


def import_file(client: httpx.Client, path: Path) -> dict:
    with path.open("rb") as file:
        answer = client.post("/api/contacts/import", files={"file": (path.name, file)})
    assert answer.status_code == 202, answer.text
    address = f"/api/contacts/import/{answer.json()['jobId']}"
    return wait_until(lambda: (job := client.get(address).json())["status"] == "completed" and job)


@pytest.mark.usefixtures("product")
def test_import_send_deliver_redeem_and_leave(product: Product, tmp_path: Path) -> None:
    mine = sign_in(product, "Story one", "one@story.gr")
    other = sign_in(product, "Story two", "two@story.gr")
    expected = write(tmp_path / "customers.xlsx", datetime.now(UTC).date())
    for client in (mine, other):
        job = import_file(client, tmp_path / "customers.xlsx")
        found = {k: job[k] for k in ("createdCount", "skippedCount", "errorCount")}
        assert found == {
            "createdCount": expected.created,
            "skippedCount": expected.skipped,
            "errorCount": expected.rejected,
        }
        assert job["processedRows"] == job["totalRows"] == expected.rows

    campaign = mine.post(
        "/api/campaigns",
        json={"name": "Story", "messageText": TEXT, "offer": {"title": "-20%"}},
    ).json()
    address = f"/api/campaigns/{campaign['id']}"
    preview = mine.post("/api/campaigns/preview-audience", json={"audience": {}}).json()
    assert preview["count"] == expected.audience
    assert preview["excluded"]["under18"] == expected.minors

    started = [
        mine.post(f"{address}/enqueue", headers={"Idempotency-Key": "one run"}) for _ in range(2)
    ]
    assert [a.status_code for a in started] == [202, 202]
    assert started[0].json() == started[1].json()
    assert started[0].json()["recipients"] == expected.audience
    assert mine.post(f"{address}/enqueue").json()["code"] == "already_enqueued"

    status = wait_until(
        lambda: (
            (s := mine.get(f"{address}/status").json())["status"] == "completed"
            and s["counts"]["delivered"] == expected.audience
            and s
        )
    )
    assert status["progress"] == 1
    sent = [m for m in product.simulator.messages() if m["sender"] == "Story"]
    assert len(sent) == len({m["destination"] for m in sent}) == expected.audience
    assert {m["destination"] for m in sent} <= set(expected.phones)

    shopper, leaver = sent[0], sent[1]
    offer = redeem_at_the_till(product, mine, other, shopper["text"])
    leave(product, leaver["text"])
    stats = mine.get(f"{address}/stats").json()
    seen = {k: stats[k] for k in ("recipients", "sent", "delivered", "conversions", "unsubscribes")}
    assert seen == {
        "recipients": expected.audience,
        "sent": expected.audience,
        "delivered": expected.audience,
        "conversions": 1,
        "unsubscribes": 1,
    }
    assert stats["offerViews"] == 1
    assert offer["title"] == "-20%"
    wallet = mine.get("/api/billing/summary").json()["credits"]
    assert wallet == {
        "balance": 6_000 - expected.audience,
        "reserved": 0,
        "available": 6_000 - expected.audience,
    }
    left = mine.get("/api/contacts", params={"q": leaver["destination"]}).json()["items"][0]
    assert (left["isSubscribed"], left["smsConsentStatus"]) == (False, "opted_out")
    again = mine.put(f"/api/contacts/{left['id']}", json={"isSubscribed": True})
    assert (again.status_code, again.json()["code"]) == (409, "opted_out_by_person")
    untouched = other.get("/api/contacts", params={"q": leaver["destination"]}).json()["items"][0]
    assert untouched["isSubscribed"] is True
    assert other.get(address).status_code == 404
    assert other.get("/api/campaigns").json()["total"] == 0
    assert other.get("/api/billing/summary").json()["credits"]["balance"] == 6_000


def links(text: str) -> dict[str, str]:
    """Paths of a message's links by their door: ``o``, ``s`` and ``free``."""
    found = re.findall(r"https?://[^/\s]+(/([so])/[\w.-]+)", text)
    doors = {door if "." not in path else "free": path for path, door in found}
    assert set(doors) == {"o", "s", "free"}, text
    return doors


def redeem_at_the_till(
    product: Product, mine: httpx.Client, other: httpx.Client, text: str
) -> dict:
    with product.client() as phone:
        # A look with the client's own name is a program's and counts for nothing.
        phone.get(phone.get(links(text)["o"]).headers["location"])
        phone.headers["User-Agent"] = PHONE
        landed = phone.get(links(text)["o"])
        assert landed.status_code == 302
        offer = phone.get(landed.headers["location"], headers={"Accept": "application/json"}).json()
        assert phone.get(links(text)["free"]).headers["location"] == "https://example.com/new"
    tracking_id = offer["redeemUrl"].rpartition("/")[2]
    body = {"trackingId": tracking_id}
    assert other.post("/tracking/redeem", json=body).status_code == 404
    assert mine.post("/tracking/redeem", json=body).json()["status"] == "redeemed"
    assert mine.post("/tracking/redeem", json=body).json()["status"] == "already_redeemed"
    return offer


def leave(product: Product, text: str) -> None:
    with product.client() as phone:
        landed = phone.get(links(text)["s"])
        token = landed.headers["location"].rpartition("/")[2]
        for _ in range(2):
            assert phone.get(landed.headers["location"]).status_code == 200
        shown = phone.get(f"/api/unsubscribe/{token}").json()
        assert shown["isSubscribed"] is True
        first = phone.post("/api/unsubscribe", json={"token": token}).json()
        second = phone.post("/api/unsubscribe", json={"token": token}).json()
    assert [first["status"], second["status"]] == ["unsubscribed", "already_unsubscribed"]
    assert first["shopName"] == "Story one"
