"""Sentences, numbers and times as the person reads them, by the CLDR's rules (Babel)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal

from astronote import clock
from astronote.errors import Unauthenticated
from astronote.state import identity
from astronote.words import Language, choose, recognise, say, translate

_MINUTE, _HOUR, _DAY = 60, 3600, 86400

_Unit = Literal["minute", "hour", "day", "month", "year"]

_UNITS: Final[tuple[tuple[_Unit, int, float], ...]] = (
    ("minute", _MINUTE, 55 * _MINUTE),
    ("hour", _HOUR, 22 * _HOUR),
    ("day", _DAY, 45 * _DAY),
    ("month", 30 * _DAY, 350 * _DAY),
    ("year", 365 * _DAY, float("inf")),
)
"""Each with its seconds, and the seconds up to which a time is told in it."""


def language() -> Language:
    """Of the signed-in person; English where nobody is."""
    try:
        return "el" if identity.current().locale == "el" else "en"
    except Unauthenticated:
        return "en"


def tr(english: str, **values: Any) -> str:
    """``english`` in the person's language, with ``values`` put in."""
    return translate(say(english, **values), language())


def said(english: str) -> str:
    """What a service said or has kept, in the person's language."""
    return translate(recognise(english), language())


def trn(one: str, many: str, count: int, **values: Any) -> str:
    """The same for a count: ``trn("{n} person", "{n} people", 3)``; ``n`` is written out."""
    return choose(one, many, count, language()).format(n=number(count), **values)


def quoted(words: str) -> str:
    """In the quotation marks of the person's language."""
    return tr("“{words}”", words=words)


def number(value: int) -> str:
    """12345 as "12,345", in Greek "12.345"."""
    return format_decimal(value, locale=language())


def percent(part: float, whole: float) -> str:
    """A share with one decimal ("12.5%", in Greek "12,5%"), "–" of nothing."""
    if not whole:
        return "–"
    return f"{format_decimal(100 * part / whole, '#,##0.0', locale=language())}%"


def money(amount: Decimal | float, digits: int = 2, currency: str = "EUR") -> str:
    """ "€12.50", in Greek "12,50 €"; prices of single credits have three ``digits``."""
    sign = "#,##0.{}\xa0¤" if language() == "el" else "¤#,##0.{}"
    pattern = sign.format("0" * digits)
    return format_currency(amount, currency, pattern, locale=language(), currency_digits=False)


def counted(value: int, one: str, many: str) -> str:
    """ "1 contact", "2,000 contacts": a number before a noun, which needs its Greek.

    For anything longer than a noun use :func:`trn`, since languages order words differently.
    """
    return f"{number(value)} {choose(one, many, value, language())}"


def ago(moment: datetime) -> str:
    """How long ago, or until, in one unit: "3 hours ago", "in 2 days"."""
    seconds = (clock.now() - moment).total_seconds()
    size = abs(seconds)
    if size < 45:
        return tr("just now") if seconds >= 0 else tr("in a moment")
    unit, length, _ = next(found for found in _UNITS if size < found[2])
    apart = timedelta(seconds=max(1, round(size / length)) * length)
    return format_timedelta(
        -apart if seconds >= 0 else apart,
        granularity=unit,
        # Never a larger unit, and weeks not at all.
        threshold=float("inf"),
        add_direction=True,
        locale=language(),
    )


def written(when: date, pattern: str) -> str:
    """A date, or a local time, by a CLDR ``pattern``: ``"EEEE d MMMM y, HH:mm"``."""
    if isinstance(when, datetime):
        return format_datetime(when, pattern, locale=language())
    return format_date(when, pattern, locale=language())


def exact(moment: datetime, zone: str) -> str:
    """The date and time in the IANA zone ``zone``, to the minute."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{written(local, 'd MMM y, HH:mm')} ({local.tzname()})"


def duration(seconds: float) -> str:
    """Roughly how long: "a few seconds", "about 2 minutes"."""
    if seconds < 10:
        return tr("a few seconds")
    if seconds < 55:
        return tr("about {n} seconds", n=round(seconds / 10) * 10)
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return trn("about {n} minute", "about {n} minutes", minutes)
    return trn("about {n} hour", "about {n} hours", max(1, round(minutes / 60)))
