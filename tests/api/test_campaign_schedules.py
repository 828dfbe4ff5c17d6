"""Campaigns that wait for a local time, over HTTP."""

from datetime import UTC, datetime

import pytest

from astronote import clock

NOON = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon_in_athens():
    clock.shift(NOON - clock.now())


@pytest.fixture
def path(shop_api):
    """The address of a draft."""
    draft = shop_api.post("/api/campaigns", json={"name": "June", "messageText": "Hello"})
    return f"/api/campaigns/{draft.json()['id']}"


@pytest.mark.parametrize(
    ("asked", "at", "adjustment"),
    [
        ("2027-07-01T10:30", "2027-07-01T07:30:00.000Z", None),
        ("2028-03-26T03:30", "2028-03-26T01:30:00.000Z", "skipped_hour"),
        ("2027-10-31T03:30", "2027-10-31T00:30:00.000Z", "repeated_hour"),
        ("2027-07-01T23:00", "2027-07-02T06:00:00.000Z", "quiet_hours"),
    ],
)
def test_schedule_resolves_the_local_time(shop_api, path, asked, at, adjustment):
    planned = shop_api.post(f"{path}/schedule", json={"localTime": asked})
    assert planned.status_code == 200
    body = planned.json()
    assert (body["status"], body["adjustment"]) == ("scheduled", adjustment)
    assert body["at"] == body["schedule"]["at"] == at
    assert body["schedule"]["localTime"] == asked
    draft = shop_api.post(f"{path}/unschedule").json()
    assert draft["status"] == "draft" and draft["schedule"]["at"] is None


def test_the_past_and_strange_zones_are_refused(shop_api, path):
    path += "/schedule"
    past = shop_api.post(path, json={"localTime": "2027-06-15T11:00"})
    assert (past.status_code, past.json()["code"]) == (422, "in_the_past")
    zone = {"localTime": "2027-07-01T10:00", "timezone": "Mars/Olympus"}
    assert shop_api.post(path, json=zone).status_code == 422
    tokyo = {"localTime": "2027-07-01T18:00", "timezone": "Asia/Tokyo"}
    assert shop_api.post(path, json=tokyo).json()["at"] == "2027-07-01T09:00:00.000Z"


def test_overriding_quiet_hours_replans_a_scheduled_campaign(shop_api, path):
    shop_api.post(f"{path}/schedule", json={"localTime": "2027-07-01T23:00"})
    changed = shop_api.put(path, json={"ignoreQuietHours": True}).json()
    assert changed["schedule"]["at"] == "2027-07-01T20:00:00.000Z"
    assert changed["heldUntil"] is None and changed["status"] == "scheduled"
