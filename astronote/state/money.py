"""Sums, plans and days as the person reads them."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from astronote.state.words import language, tr

_LOCALES = {"en": "en_GB", "el": "el_GR"}


def money(cents: int, currency: str = "EUR") -> str:
    """12345 cents as "€123.45" or "123,45 €"."""
    return str(format_currency(Decimal(cents) / 100, currency, locale=_LOCALES[language()]))


def rate(ten_thousandths: int) -> str:
    """2400 as "24", 550 as "5.5" or "5,5"."""
    shown = format_decimal(Decimal(ten_thousandths) / 100, locale=_LOCALES[language()])
    return str(shown)


def day(moment: datetime, zone: str) -> str:
    """The date in the IANA zone ``zone``, in words."""
    local = moment.astimezone(ZoneInfo(zone)).date()
    return str(format_date(local, "long", locale=_LOCALES[language()]))


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
    return tr("Ended") if status == "cancelled" else tr("None")


def kind_of_line(kind: str) -> str:
    """What a ledger line is, in words."""
    if kind == "included":
        return tr("Included credits")
    if kind == "purchase":
        return tr("Credits bought")
    if kind == "grant":
        return tr("Credits granted")
    return tr("Messages sent") if kind == "commit" else tr("Adjustment")
