"""Ages from birthdays, in whole years on a calendar day.

Somebody born on 29 February has the birthday on the 28th in other years, as everywhere
in this product.
"""

from calendar import isleap
from datetime import date
from typing import Final

ADULT: Final = 18


def born_by(today: date, years: int) -> date:
    """The latest birthday of anybody who is at least ``years`` old on ``today``."""
    year = today.year - years
    if year < 1:
        return date.min
    if (today.month, today.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    if (today.month, today.day) == (2, 28) and not isleap(today.year) and isleap(year):
        return date(year, 2, 29)
    return date(year, today.month, today.day)


def age(birthday: date, today: date) -> int:
    """Whole years on ``today``; negative for a birthday still to come."""
    years = today.year - birthday.year
    return years if birthday <= born_by(today, years) else years - 1
