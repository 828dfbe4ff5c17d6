"""Audiences, slowly: one contact after another; with contacts and choices of every kind."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlmodel import Session

from astronote.models import (
    Contact,
    ListMembership,
    Suppression,
)
from astronote.security import phone_hmac
from astronote.services import ages
from astronote.services.audience import Audience
from tests.support.people import new_phone

BANDS = {
    "age_18_24": (18, 24),
    "age_25_39": (25, 39),
    "age_40_59": (40, 59),
    "age_60_plus": (60, 999),
}


@dataclass
class Person:
    """What the reference knows of a contact."""

    gender: str | None
    birthday: date | None
    tags: list[str]
    subscribed: bool
    suppressed: bool
    lists: set[int] = field(default_factory=set)
    id: int = 0


def full_years(birthday: date, today: date) -> int:
    """Years by the calendar; 29 February counts as the 28th in other years."""
    leap = today.year % 4 == 0 and (today.year % 100 != 0 or today.year % 400 == 0)
    day = 28 if (birthday.month, birthday.day) == (2, 29) and not leap else birthday.day
    return today.year - birthday.year - ((today.month, today.day) < (birthday.month, day))


def in_list(person: Person, named: int | str, today: date) -> bool:
    if isinstance(named, int):
        return named in person.lists
    if named == "all":
        return True
    if named in BANDS:
        low, high = BANDS[named]
        return person.birthday is not None and low <= full_years(person.birthday, today) <= high
    return person.gender == named


def reason(person: Person, wanted: Audience, known_age: bool, today: date) -> str:
    """Why the person is left out; ``in`` otherwise."""
    if not person.subscribed:
        return "unsubscribed"
    if person.suppressed:
        return "suppressed"
    years = None if person.birthday is None else full_years(person.birthday, today)
    if years is not None and years < 18:
        return "under18"
    if years is None and known_age:
        return "unknown_age"
    low, high = wanted.age_min, wanted.age_max
    checks = [
        not wanted.genders or person.gender in wanted.genders,
        (low is None and high is None) or years is not None,
        low is None or (years is not None and years >= low),
        high is None or (years is not None and years <= high),
        not wanted.tags or bool(set(wanted.tags) & set(person.tags)),
        not wanted.include_lists or any(in_list(person, n, today) for n in wanted.include_lists),
        not any(in_list(person, n, today) for n in wanted.exclude_lists),
    ]
    return "in" if all(checks) else "filtered_out"


ZONES = ("Europe/Athens", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati")


TAGS = ["vip", "new", "απών"]


NAMED = ["all", "male", "female", "other", *BANDS]


BIRTHDAYS_AROUND = (17, 18, 19, 24, 25, 26, 39, 40, 59, 60, 61)


def people(today: date, lists: int) -> st.SearchStrategy[list[Person]]:
    """A few contacts of every kind, many with a birthday on a border of ages."""
    edges = [
        ages.born_by(today, years) + timedelta(days=days)
        for years in BIRTHDAYS_AROUND
        for days in (-1, 0, 1)
    ]
    person = st.builds(
        Person,
        gender=st.sampled_from(["male", "female", "other", None]),
        birthday=st.none()
        | st.sampled_from([*edges, date(2008, 2, 29), today, today + timedelta(days=1)])
        | st.dates(date(1900, 1, 1), today),
        tags=st.lists(st.sampled_from(TAGS), unique=True),
        subscribed=st.sampled_from([True, True, True, False]),
        suppressed=st.sampled_from([False, False, False, True]),
        lists=st.sets(st.integers(0, lists - 1)),
    )
    return st.lists(person, max_size=14)


@st.composite
def audiences(draw: st.DrawFn, list_ids: list[int]) -> Audience:
    """Any choice that the wizard or the API can make."""
    named = st.sampled_from([*list_ids, *NAMED])
    age = st.none() | st.integers(0, 90)
    low, high = draw(age), draw(age)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Audience(
        genders=tuple(draw(st.sets(st.sampled_from(["male", "female", "other"])))),
        age_min=low,
        age_max=high,
        tags=tuple(draw(st.sets(st.sampled_from(TAGS), max_size=2))),
        include_lists=tuple(draw(st.sets(named, max_size=3))),
        exclude_lists=tuple(draw(st.sets(named, max_size=2))),
    )


def moments(zone: str) -> st.SearchStrategy[datetime]:
    """The first and the last moment of a day of ``zone``, and others."""
    days = st.dates(date(2026, 1, 1), date(2030, 12, 31)) | st.sampled_from(
        [date(2027, 2, 28), date(2028, 2, 28), date(2028, 2, 29), date(2026, 3, 29)]
    )
    times = st.sampled_from([time.min, time.max, time(12)])
    return st.builds(
        lambda day, at: datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC), days, times
    )


def store(session: Session, shop_id: int, persons: list[Person], list_ids: list[int]) -> None:
    """Write them as contacts, with their lists and suppressions."""
    for person in persons:
        phone = new_phone()
        contact = Contact(
            shop_id=shop_id,
            phone=phone,
            phone_hash=phone_hmac(phone),
            gender=person.gender,
            birthday=person.birthday,
            tags=person.tags,
            is_subscribed=person.subscribed,
        )
        session.add(contact)
        session.flush()
        person.id = contact.id or 0
        person.lists = {list_ids[n] for n in person.lists}
        for number in person.lists:
            session.add(ListMembership(list_id=number, contact_id=person.id, shop_id=shop_id))
        if person.suppressed:
            session.add(
                Suppression(shop_id=shop_id, phone_hash=contact.phone_hash, reason="keyword")
            )
    session.flush()
