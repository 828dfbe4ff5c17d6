"""When quiet hours end, in every zone and through every change of clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astronote.services.quiet_hours import quiet_until
from astronote.services.shops import QuietHours

NIGHT = QuietHours(time(21), time(9))


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-10T20:59", None),
        ("2026-01-10T21:00", "2026-01-11T09:00"),
        ("2026-01-11T03:00", "2026-01-11T09:00"),
        ("2026-01-11T08:59", "2026-01-11T09:00"),
        ("2026-01-11T09:00", None),
        # Clocks go forward at 03:00 and back at 04:00 that night.
        ("2026-03-28T23:00", "2026-03-29T09:00"),
        ("2026-10-24T23:00", "2026-10-25T09:00"),
    ],
)
def test_a_night_in_athens(at: str, until: str | None) -> None:
    zone = ZoneInfo("Europe/Athens")
    found = quiet_until(NIGHT, "Europe/Athens", datetime.fromisoformat(at).replace(tzinfo=zone))
    expected = datetime.fromisoformat(until).replace(tzinfo=zone) if until else None
    assert found == expected


def test_none_and_equal_times_mean_never() -> None:
    now = datetime(2026, 1, 1, 23, tzinfo=UTC)
    assert quiet_until(None, "UTC", now) is None
    assert quiet_until(QuietHours(time(9), time(9)), "UTC", now) is None


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    minute=st.integers(0, 5 * 365 * 24 * 60),
    start=st.times(),
    end=st.times(),
)
def test_the_end_is_ahead_within_a_day_and_quiet_no_more(
    zone: str, minute: int, start: time, end: time
) -> None:
    quiet = QuietHours(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = quiet_until(quiet, zone, at)
    if until is None:
        return
    assert at < until <= at + timedelta(hours=49)
    local = until.astimezone(ZoneInfo(zone)).time()
    assert local >= quiet.end or not quiet.start <= local
