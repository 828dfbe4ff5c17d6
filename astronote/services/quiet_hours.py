"""Quiet hours: until when a message must wait so that nobody's phone rings at night."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from astronote.services.shops import QuietHours


def quiet_until(quiet: QuietHours | None, zone: str, at: datetime) -> datetime | None:
    """When the quiet hours that hold at ``at`` end, in UTC; None where none hold.

    Args:
        quiet: Local times; they may cross midnight, and equal ones mean never.
        zone: The shop's IANA zone. An end that daylight saving skips is taken an hour
            later, one that comes twice the first time.
    """
    if quiet is None:
        return None
    tz = ZoneInfo(zone)
    local = at.astimezone(tz)
    if not is_quiet(quiet, local.time()):
        return None
    day = local.date()
    if local.time() >= quiet.end:
        day += timedelta(days=1)
    ends = datetime.combine(day, quiet.end, tzinfo=tz).astimezone(UTC)
    # In the repeated hour the first pass of the end may already be over.
    return ends if ends > at else ends + timedelta(hours=1)


def is_quiet(quiet: QuietHours | None, local: time) -> bool:
    """Whether quiet hours hold at a local time of day."""
    if quiet is None or quiet.start == quiet.end:
        return False
    if quiet.start < quiet.end:
        return quiet.start <= local < quiet.end
    return local >= quiet.start or local < quiet.end
