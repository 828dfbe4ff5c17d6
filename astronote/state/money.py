"""Sums, plans and days as the person reads them."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from astronote.state import words
from astronote.state.words import language, tr, written


def money(cents: int, currency: str = "EUR") -> str:
    """12345 cents as "€123.45", in Greek "123,45 €"."""
    return words.money(Decimal(cents) / 100, currency=currency)


def rate(ten_thousandths: int) -> str:
    """2400 as "24", 550 as "5.5", in Greek "5,5"."""
    return str(format_decimal(Decimal(ten_thousandths) / 100, locale=language()))


def day(moment: datetime, zone: str) -> str:
    """The date in the IANA zone ``zone``, in words."""
    return written(moment.astimezone(ZoneInfo(zone)).date(), "d MMMM y")


def short_day(moment: datetime, zone: str) -> str:
    """The date in the IANA zone ``zone``, for a narrow place."""
    return written(moment.astimezone(ZoneInfo(zone)).date(), "d MMM y")


def plan_name(plan: str) -> str:
    """A plan in words."""
    return tr("Yearly") if plan == "yearly" else tr("Monthly")


def status_name(status: str) -> str:
    """A subscription's status in words."""
    if status == "active":
        return tr("Active")
    if status == "past_due":
        return tr("Payment owed")
    if status == "trial_ended":
        return tr("Trial ended")
    return tr("Ended") if status == "cancelled" else tr("No plan")


def kind_of_line(kind: str) -> str:
    """What a ledger line is, in words."""
    if kind == "included":
        return tr("Included credits")
    if kind == "purchase":
        return tr("Credits bought")
    if kind == "grant":
        return tr("Credits granted")
    return tr("Messages sent") if kind == "commit" else tr("Adjustment")
