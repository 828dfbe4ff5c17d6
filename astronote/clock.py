"""What time it is. Everything asks here, so that a test can say otherwise.

A product under test reads ``ASTRONOTE_CLOCK_FILE``: a file with one number, the
seconds to add to the real time. Every process of that product sees the change at
its next question, without a restart. On a storage of one's own the variable means
nothing: nobody can move the time of a shop that is in business.
"""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from astronote.settings import settings

_offset = timedelta()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _offset + _file_offset()


def today(zone: str) -> date:
    """The calendar date now in the IANA zone ``zone``."""
    return now().astimezone(ZoneInfo(zone)).date()


def written(moment: datetime, timespec: str = "milliseconds") -> str:
    """An aware moment for programs: ISO 8601 in UTC, with ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).removesuffix("+00:00") + "Z"


def shift(by: timedelta) -> None:
    """Move this process's clock to real time plus ``by`` (tests only)."""
    global _offset  # noqa: PLW0603
    _offset = by


def _file_offset() -> timedelta:
    path = os.environ.get("ASTRONOTE_CLOCK_FILE")
    if not path or settings().production:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(path).read_text() or 0))
    except (FileNotFoundError, ValueError):
        return timedelta()
