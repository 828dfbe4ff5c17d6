"""The system lists: never stored, each a condition on contacts."""

from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import col

from astronote.models import Contact
from astronote.services.ages import born_by

GENDERS: Final = ("male", "female", "other")
AGES: Final[dict[str, tuple[int, int | None]]] = {
    "age_18_24": (18, 24),
    "age_25_39": (25, 39),
    "age_40_59": (40, 59),
    "age_60_plus": (60, None),
}
KEYS: Final = ("all", *GENDERS, *AGES)


def holds(key: str, today: date) -> sa.ColumnElement[bool]:
    """Whether a contact is in the system list ``key``; never null."""
    if key == "all":
        return sa.true()
    if key in GENDERS:
        return sa.func.coalesce(col(Contact.gender) == key, sa.false())
    return aged(*AGES[key], today)


def aged(lowest: int | None, highest: int | None, today: date) -> sa.ColumnElement[bool]:
    """Whether a contact's known age lies between both, ends included; never null."""
    born = col(Contact.birthday)
    conditions: list[sa.ColumnElement[bool]] = [born.is_not(None)]
    if lowest is not None:
        conditions.append(born <= born_by(today, lowest))
    if highest is not None:
        conditions.append(born > born_by(today, highest + 1))
    return sa.and_(*conditions)
