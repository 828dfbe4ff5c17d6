"""Local times and the moments that they mean, in every zone that changes its clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from astronote.errors import Invalid
from astronote.services.schedule import moment_of, planned
from astronote.services.shops import QuietHours, ShopRow

ATHENS = "Europe/Athens"


def a_shop(quiet: QuietHours | None) -> ShopRow:
    values = dict.fromkeys(ShopRow.__dataclass_fields__)
    return ShopRow(**values | {"timezone": ATHENS, "quiet_hours": quiet})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("local", "zone", "utc", "adjustment"),
    [
        ("2026-07-01T10:30", ATHENS, "2026-07-01T07:30", None),
        ("2026-03-29T02:59", ATHENS, "2026-03-29T00:59", None),
        ("2026-03-29T03:00", ATHENS, "2026-03-29T01:00", "skipped_hour"),
        ("2026-03-29T03:59", ATHENS, "2026-03-29T01:59", "skipped_hour"),
        ("2026-03-29T04:00", ATHENS, "2026-03-29T01:00", None),
        ("2026-10-25T02:59", ATHENS, "2026-10-24T23:59", None),
        ("2026-10-25T03:00", ATHENS, "2026-10-25T00:00", "repeated_hour"),
        ("2026-10-25T03:59", ATHENS, "2026-10-25T00:59", "repeated_hour"),
        ("2026-10-25T04:00", ATHENS, "2026-10-25T02:00", None),
        # Lord Howe moves its clocks by half an hour.
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45", "skipped_hour"),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45", "repeated_hour"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:30", "skipped_hour"),
        ("2026-01-01T00:00", "Asia/Kathmandu", "2025-12-31T18:15", None),
    ],
)
def test_a_local_time_is_one_moment(
    local: str, zone: str, utc: str, adjustment: str | None
) -> None:
    found = moment_of(local, zone)
    assert found.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert found.adjustment == adjustment


def test_every_change_of_clocks_until_2030_is_told_and_never_goes_back() -> None:
    changes = 0
    for zone in sorted(available_timezones()):
        tz = ZoneInfo(zone)
        week = datetime(2026, 1, 1, tzinfo=UTC)
        while week.year < 2031:
            later = week + timedelta(days=7)
            if week.astimezone(tz).utcoffset() != later.astimezone(tz).utcoffset():
                check_change(zone, last_hour_before_change(tz, week))
                changes += 1
            week = later
    assert changes > 1000


def last_hour_before_change(tz: ZoneInfo, hour: datetime) -> datetime:
    before = hour.astimezone(tz).utcoffset()
    while (hour + timedelta(hours=1)).astimezone(tz).utcoffset() == before:
        hour += timedelta(hours=1)
    return hour


def check_change(zone: str, hour: datetime) -> None:
    """Quarter by quarter: what exists is met exactly, what does not is later, and told."""
    tz = ZoneInfo(zone)
    local = hour.astimezone(tz).replace(tzinfo=None, minute=0) - timedelta(hours=2)
    told = set()
    for quarter in range(24):
        naive = local + timedelta(minutes=15 * quarter)
        found = moment_of(naive.isoformat(timespec="minutes"), zone)
        shown = found.at.astimezone(tz)
        told.add(found.adjustment)
        if found.adjustment == "skipped_hour":
            assert shown.replace(tzinfo=None) > naive
        else:
            assert shown.replace(tzinfo=None) == naive and shown.fold == 0
    assert told in ({None, "skipped_hour"}, {None, "repeated_hour"})


RULES = {
    # Last Sunday of March and of October at 01:00 UTC (Directive 2000/84/EC).
    ATHENS: [
        ("2026-03-29T01:00", 60), ("2026-10-25T01:00", -60),
        ("2027-03-28T01:00", 60), ("2027-10-31T01:00", -60),
        ("2028-03-26T01:00", 60), ("2028-10-29T01:00", -60),
        ("2029-03-25T01:00", 60), ("2029-10-28T01:00", -60),
        ("2030-03-31T01:00", 60), ("2030-10-27T01:00", -60),
    ],
    # Second Sunday of March and first of November at 02:00 local (15 U.S.C. 260a).
    "America/New_York": [
        ("2026-03-08T07:00", 60), ("2026-11-01T06:00", -60),
        ("2027-03-14T07:00", 60), ("2027-11-07T06:00", -60),
        ("2028-03-12T07:00", 60), ("2028-11-05T06:00", -60),
        ("2029-03-11T07:00", 60), ("2029-11-04T06:00", -60),
        ("2030-03-10T07:00", 60), ("2030-11-03T06:00", -60),
    ],
    # First Sunday of April and of October at 02:00 local, by half an hour.
    "Australia/Lord_Howe": [
        ("2026-04-04T15:00", -30), ("2026-10-03T15:30", 30),
        ("2027-04-03T15:00", -30), ("2027-10-02T15:30", 30),
        ("2028-04-01T15:00", -30), ("2028-09-30T15:30", 30),
        ("2029-03-31T15:00", -30), ("2029-10-06T15:30", 30),
        ("2030-04-06T15:00", -30), ("2030-10-05T15:30", 30),
    ],
}  # fmt: skip
"""Zone to the moments (UTC) at which its clocks change, and by how many minutes."""

OFFSETS = {ATHENS: 120, "America/New_York": -300, "Australia/Lord_Howe": 630}
"""Minutes east of Greenwich in winter."""


@pytest.mark.parametrize("zone", RULES)
def test_every_minute_around_every_change_resolves_as_specified(zone: str) -> None:
    """Worked out from the rules by adding and taking away minutes, without a zone database."""
    for written, by in RULES[zone]:
        change = datetime.fromisoformat(written)
        before = OFFSETS[zone] if by > 0 else OFFSETS[zone] - by
        # What clocks show at the change, before and after it.
        last, first = (change + timedelta(minutes=m) for m in (before, before + by))
        for minute in range(-240, 241):
            local = last + timedelta(minutes=minute)
            in_old_time = local - timedelta(minutes=before)
            in_new_time = local - timedelta(minutes=before + by)
            if by > 0 and last <= local < first:
                # Read with the old time it is later than the change by what it is past
                # `last`; shown in the new time that is the asked time moved forward.
                expected, adjustment = in_old_time, "skipped_hour"
            elif by < 0 and first <= local < last:
                expected, adjustment = in_old_time, "repeated_hour"
            else:
                expected, adjustment = (in_old_time if local < last else in_new_time), None
            found = moment_of(f"{local:%Y-%m-%dT%H:%M}", zone)
            assert (found.at, found.adjustment) == (expected.replace(tzinfo=UTC), adjustment), local
            if adjustment == "skipped_hour":
                shown = found.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
                assert shown == local + timedelta(minutes=by)


@pytest.mark.parametrize(
    "bad",
    ["", "tomorrow", "2026-07-01", "2026-07-01T25:00", "2026-02-30T10:00", "0001-01-01T00:00"],
)
def test_what_is_no_time_is_refused(bad: str) -> None:
    with pytest.raises(Invalid) as refusal:
        moment_of(bad, "Asia/Tokyo")
    assert refusal.value.field == "localTime"


def test_a_time_in_quiet_hours_becomes_their_end() -> None:
    shop = a_shop(QuietHours(time(21), time(9)))
    held = planned(shop, "2026-07-01T23:00", ATHENS, ignore_quiet_hours=False)
    assert held.at == held.held_until == datetime(2026, 7, 2, 6, 0, tzinfo=UTC)
    assert held.adjustment == "quiet_hours"
    free = planned(shop, "2026-07-01T23:00", ATHENS, ignore_quiet_hours=True)
    assert (free.at.hour, free.adjustment, free.held_until) == (20, None, None)
    assert planned(shop, "2026-07-01T20:59", ATHENS, ignore_quiet_hours=False).adjustment is None


def test_a_skipped_time_in_quiet_hours_is_told_as_skipped_and_held() -> None:
    shop = a_shop(QuietHours(time(21), time(9)))
    found = planned(shop, "2026-03-29T03:30", ATHENS, ignore_quiet_hours=False)
    assert found.adjustment == "skipped_hour"
    assert found.at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert found.held_until == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
