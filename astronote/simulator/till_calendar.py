"""Paid months and years, as Stripe reckons them: from one anchor, on its day of the month."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from typing import Literal

Interval = Literal["month", "year"]


def period_end(anchor: int, interval: Interval, count: int) -> int:
    """The end of the ``count``-th period after ``anchor``, in seconds since the epoch.

    A day that a month lacks becomes its last: 31 January, 28 (or 29) February, 31 March.
    """
    begun = datetime.fromtimestamp(anchor, UTC)
    months = begun.year * 12 + begun.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    day = min(begun.day, calendar.monthrange(year, month + 1)[1])
    return int(begun.replace(year=year, month=month + 1, day=day).timestamp())
