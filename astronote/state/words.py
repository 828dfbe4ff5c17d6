"""Sentences, numbers and times as the person reads them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from astronote import clock
from astronote.errors import Unauthenticated
from astronote.state import identity
from astronote.words import Language, choose, say, translate

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def language() -> Language:
    """Of the signed-in person; English where nobody is."""
    try:
        return "el" if identity.current().locale == "el" else "en"
    except Unauthenticated:
        return "en"


def tr(english: str, **values: Any) -> str:
    """``english`` in the person's language, with ``values`` put in."""
    return translate(say(english, **values), language())


def trn(one: str, many: str, count: int, **values: Any) -> str:
    """The same for a count: ``trn("{n} person", "{n} people", 3)``; ``n`` is written out."""
    return choose(one, many, count, language()).format(n=number(count), **values)


def number(value: int) -> str:
    """12345 as "12,345"."""
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    """A share with one decimal, "–" of nothing."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


def counted(value: int, one: str, many: str) -> str:
    """ "1 contact", "2,000 contacts"."""
    return f"{value:,} {one if value == 1 else many}"


def ago(moment: datetime) -> str:
    """How long ago, or until, in one unit: "3 hours ago", "in 2 days"."""
    seconds = (clock.now() - moment).total_seconds()
    size = abs(seconds)
    if size < 45:
        return "just now" if seconds >= 0 else "in a moment"
    for unit, length, limit in (
        ("minute", _MINUTE, 55 * _MINUTE),
        ("hour", _HOUR, 22 * _HOUR),
        ("day", _DAY, 45 * _DAY),
        ("month", 30 * _DAY, 350 * _DAY),
        ("year", 365 * _DAY, float("inf")),
    ):
        if size < limit:
            how_many = max(1, round(size / length))
            words = f"{how_many} {unit}{'' if how_many == 1 else 's'}"
            return f"{words} ago" if seconds >= 0 else f"in {words}"
    return ""


def exact(moment: datetime, zone: str) -> str:
    """The date and time in the IANA zone ``zone``, to the minute."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M} ({local.tzname()})"


def duration(seconds: float) -> str:
    """Roughly how long: "a few seconds", "about 2 minutes"."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds / 10) * 10} seconds"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"about {counted(minutes, 'minute', 'minutes')}"
    return f"about {counted(max(1, round(minutes / 60)), 'hour', 'hours')}"
