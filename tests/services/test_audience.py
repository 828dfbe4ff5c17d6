"""Audiences, beside a slow reference that looks at one contact after another."""

import contextlib
import dataclasses
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Invalid
from astronote.models import (
    Contact,
    ContactList,
    GlobalSuppression,
    ListMembership,
    Suppression,
    SuppressionLift,
)
from astronote.security import phone_hmac
from astronote.services import ages, audience, composing, shops
from astronote.services.audience import Audience
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest

FULL = os.environ.get("ASTRONOTE_FAULTS") == "full"
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


class _Undo(Exception):
    """Ends a unit of work without keeping anything of it."""


def test_counts_and_recipients_are_those_of_the_reference(
    shop: ShopUnderTest, new_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(shop.id) as session:
        own = [ContactList(shop_id=shop.id, name=f"List {n}") for n in range(3)]
        session.add_all(own)
        session.flush()
        list_ids = [item.id or 0 for item in own]
        row = shops.get(session, shop.id)
    add_contact(new_shop().id)

    @settings(max_examples=500 if FULL else 40, deadline=None)
    @given(st.data(), st.sampled_from(ZONES), st.booleans())
    def agree(data: st.DataObject, zone: str, known_age: bool) -> None:
        now = data.draw(moments(zone))
        monkeypatch.setattr(clock, "now", lambda: now)
        today = now.astimezone(ZoneInfo(zone)).date()
        persons = data.draw(people(today, len(list_ids)))
        asked = dataclasses.replace(row, timezone=zone, require_known_age=known_age)
        with contextlib.suppress(_Undo), transaction(shop.id) as session:
            store(session, shop.id, persons, list_ids)
            for wanted in data.draw(st.lists(audiences(list_ids), min_size=1, max_size=4)):
                reasons = [reason(p, wanted, known_age, today) for p in persons]
                found = audience.reach(session, asked, wanted)
                ids = session.execute(audience.recipients(session, asked, wanted)).scalars().all()
                expected = {name: reasons.count(name) for name in audience.REASONS}
                assert vars(found.excluded) == expected
                assert found.count == reasons.count("in") == len(ids)
                assert set(ids) == {
                    p.id for p, r in zip(persons, reasons, strict=True) if r == "in"
                }
            raise _Undo

    agree()


def test_a_person_suppressed_everywhere_is_out_unless_they_came_back(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    one, other = two_shops
    phone = new_phone()
    for shop in two_shops:
        add_contact(shop.id, phone=phone)
    with system_transaction() as session:
        session.add(GlobalSuppression(phone_hash=phone_hmac(phone), reason="stop"))
        session.add(SuppressionLift(shop_id=other.id, phone_hash=phone_hmac(phone)))
    assert reach(one).excluded.suppressed == 1
    assert reach(other).count == 1


def reach(shop: ShopUnderTest, wanted: Audience = audience.EVERYBODY) -> audience.Reach:
    with transaction(shop.id) as session:
        return audience.reach(session, shops.get(session, shop.id), wanted)


@pytest.mark.parametrize("zone", ["Europe/Athens", "Pacific/Auckland", "America/Los_Angeles"])
def test_majority_begins_at_midnight_in_the_shops_zone(new_shop: Any, zone: str) -> None:
    shop = new_shop(timezone=zone)
    midnight = datetime(2027, 5, 10, tzinfo=ZoneInfo(zone))
    with transaction(shop.id) as session:
        session.execute(sa.text("UPDATE user_session SET expires_at = 'infinity'"))
    add_contact(shop.id, birthday=date(2009, 5, 10))
    clock.shift(midnight - timedelta(seconds=30) - (clock.now() - timedelta()))
    assert reach(shop).excluded.under18 == 1
    clock.shift(timedelta())
    clock.shift(midnight + timedelta(seconds=30) - clock.now())
    assert reach(shop).count == 1


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(2008, 2, 29), date(2026, 2, 27), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2007, 3, 1), date(2028, 2, 29), 20),
        (date(2010, 2, 28), date(2028, 2, 28), 18),
    ],
)
def test_leap_day_birthdays_fall_on_the_28th_in_other_years(
    born: date, today: date, years: int
) -> None:
    assert ages.age(born, today) == years == full_years(born, today)
    assert born <= ages.born_by(today, years) and born > ages.born_by(today, years + 1)


@pytest.mark.parametrize(
    "document",
    [
        {"surprise": 1},
        {"genders": ["unicorn"]},
        {"ageMin": -1},
        {"ageMin": 40, "ageMax": 30},
        {"age_min": "x"},
        [],
        "all",
    ],
)
def test_what_is_no_audience_is_refused(document: object) -> None:
    with pytest.raises(Invalid) as refusal:
        audience.parse(document)
    assert refusal.value.errors


def test_another_shops_list_is_unknown(two_shops: tuple[ShopUnderTest, ShopUnderTest]) -> None:
    mine, theirs = two_shops
    with transaction(theirs.id) as session:
        strange = ContactList(shop_id=theirs.id, name="Theirs")
        session.add(strange)
        session.flush()
        number = strange.id or 0
    for wanted in (Audience(include_lists=(number,)), Audience(exclude_lists=(str(number),))):
        with pytest.raises(Invalid) as refusal:
            reach(mine, wanted)
        assert refusal.value.code == "unknown_list"


@pytest.mark.parametrize("encoding", ["auto", "gsm"])
def test_parts_added_up_by_groups_are_those_of_each_text(
    shop: ShopUnderTest, encoding: str
) -> None:
    names = [
        (None, None), ("Maria", "Papadopoulou"), ("ΜΑΡΙΑ", None), ("Δ", "Σ"), ("Ελένη", "Ιωάννου"),
        ("Zoë", "O'Neil"), ("😀", "Smith"), ("Jean Luc", "Picard"), ("Ωx", "€{}"), ("ΐΰ", "ς"),
    ]  # fmt: skip
    for length in range(1, 12):
        for first, last in names:
            add_contact(shop.id, first_name=first and first * length, last_name=last)
    for filler in (20, 48, 140):
        text = "{{first_name|you}}, {{last_name}}! " + "y" * filler
        with transaction(shop.id) as session:
            row = shops.get(session, shop.id)
            made = composing.composer(row, text, encoding, True, "campaign", {})
            people = session.execute(audience.recipients(session, row, audience.EVERYBODY)).all()
            exact = sum(made.draft(p.first_name, p.last_name).parts for p in people)
            groups = audience.name_groups(session, row, audience.EVERYBODY, made.tokens)
        assert len(groups) < len(people)
        assert sum(g.people for g in groups) == len(people)
        assert exact == sum(made.draft(g.first_name, g.last_name).parts * g.people for g in groups)
