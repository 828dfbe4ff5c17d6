"""The shop's settings and its billing figures."""

import pytest


def test_any_subset_can_be_changed(shop_api):
    before = shop_api.get("/api/shop").json()
    answer = shop_api.put("/api/shop", json={"senderName": "Kava", "requireKnownAge": True})
    assert answer.status_code == 200
    assert answer.json() == {**before, "senderName": "Kava", "requireKnownAge": True}


def test_quiet_hours_can_be_moved_and_removed(shop_api):
    hours = {"start": "22:30", "end": "08:00"}
    assert shop_api.put("/api/shop", json={"quietHours": hours}).json()["quietHours"] == hours
    assert shop_api.put("/api/shop", json={"quietHours": None}).json()["quietHours"] is None


@pytest.mark.parametrize(
    "bad",
    [
        {"color": "red"},
        {"senderName": "ab"},
        {"senderName": "TooLongSenderName"},
        {"senderName": "ΚΑΒΑ"},
        {"timezone": "Athens"},
        {"country": "Greece"},
        {"locale": "fr"},
        {"quietHours": {"start": "25:00", "end": "08:00"}},
        {"offerLabel": "https://evil.example"},
        {"privacyUrl": "javascript:alert(1)"},
        {"name": None},
        {"id": 7},
    ],
)
def test_what_a_rule_refuses_changes_nothing(shop_api, bad):
    before = shop_api.get("/api/shop").json()
    answer = shop_api.put("/api/shop", json=bad)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert shop_api.get("/api/shop").json() == before


def test_the_billing_summary(shop_api):
    body = shop_api.get("/api/billing/summary").json()
    assert body["credits"] == {"balance": 1000, "reserved": 0, "available": 1000}
    assert body["subscription"]["status"] == "active"
    assert (body["canSend"], body["blockedReason"]) == (True, None)


def test_a_shop_without_a_plan_is_told_why(api, new_shop):
    idle = new_shop(active=False, credits=0)
    body = api.get("/api/billing/summary", headers=idle.headers).json()
    assert body["canSend"] is False
    assert "plan" in body["blockedReason"]


def test_the_ledger_pages_by_cursor(shop_api, shop):
    from astronote.db import transaction
    from astronote.services import wallet

    with transaction(shop.id) as session:
        for number in range(5):
            wallet.grant(session, shop.id, 10, kind="grant", settles=f"gift {number}")
    first = shop_api.get("/api/billing/ledger?limit=4").json()
    rest = shop_api.get("/api/billing/ledger", params={"cursor": first["nextCursor"]}).json()
    amounts = [line["amount"] for line in first["items"] + rest["items"]]
    assert amounts == [10] * 5 + [1000]
    assert first["items"][0]["balanceAfter"] == 1050
    assert (first["total"], first["totalIsExact"], rest["nextCursor"]) == (6, True, None)
    assert shop_api.get("/api/billing/ledger?cursor=nonsense").status_code == 400
    assert shop_api.get("/api/billing/ledger?limit=0").status_code == 422


def test_the_ledger_as_csv(shop_api):
    answer = shop_api.get("/api/billing/ledger?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.strip().splitlines()) == 2
