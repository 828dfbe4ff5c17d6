"""Audiences, beside a slow reference that looks at one contact after another."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

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

NOW = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
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


def populate(shop: ShopUnderTest, draw: random.Random, list_ids: list[int]) -> list[Person]:
    """300 contacts of every kind."""
    today = NOW.date()
    edges = [ages.born_by(today, n) for n in (17, 18, 19, 24, 25, 26, 40, 60)]
    birthdays = [
        *edges,
        *(day + timedelta(days=1) for day in edges),
        *(day - timedelta(days=1) for day in edges),
        date(2008, 2, 29),
        None,
        None,
        None,
    ]
    people = []
    with transaction(shop.id) as session:
        for _ in range(300):
            person = Person(
                gender=draw.choice(["male", "female", "other", None]),
                birthday=draw.choice(birthdays),
                tags=draw.sample(["vip", "new", "απών"], draw.randrange(3)),
                subscribed=draw.random() < 0.8,
                suppressed=draw.random() < 0.1,
                lists={number for number in list_ids if draw.random() < 0.3},
            )
            phone = new_phone()
            contact = Contact(
                shop_id=shop.id,
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
            for number in person.lists:
                session.add(ListMembership(list_id=number, contact_id=person.id, shop_id=shop.id))
            if person.suppressed:
                session.add(
                    Suppression(shop_id=shop.id, phone_hash=contact.phone_hash, reason="keyword")
                )
            people.append(person)
    return people


def draw_audience(draw: random.Random, list_ids: list[int]) -> Audience:
    def some(values: list[Any], chance: float) -> tuple[Any, ...]:
        return tuple(v for v in values if draw.random() < chance) if draw.random() < 0.5 else ()

    named = [*list_ids, "all", "male", "female", "other", *BANDS]
    low, high = sorted((draw.randrange(10, 80), draw.randrange(10, 80)))
    return Audience(
        genders=some(["male", "female", "other"], 0.5),
        age_min=low if draw.random() < 0.3 else None,
        age_max=high if draw.random() < 0.3 else None,
        tags=some(["vip", "new", "απών"], 0.4),
        include_lists=some(named, 0.4),
        exclude_lists=some(named[:2] + named[3:], 0.15),
    )


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_recipients_are_those_of_the_reference(
    shop: ShopUnderTest, new_shop: Any, seed: int
) -> None:
    clock.shift(NOW - clock.now())
    draw = random.Random(seed)
    with transaction(shop.id) as session:
        own = [ContactList(shop_id=shop.id, name=f"List {n}") for n in range(3)]
        session.add_all(own)
        session.flush()
        list_ids = [item.id or 0 for item in own]
    people = populate(shop, draw, list_ids)
    add_contact(new_shop().id)
    for known_age in (False, True):
        with transaction(shop.id) as session:
            shops.change(session, shop.id, shop.owner, {"require_known_age": known_age})
        for _ in range(40):
            wanted = draw_audience(draw, list_ids)
            reasons = [reason(p, wanted, known_age, NOW.date()) for p in people]
            with transaction(shop.id) as session:
                row = shops.get(session, shop.id)
                found = audience.reach(session, row, wanted)
                ids = session.execute(audience.recipients(session, row, wanted)).scalars().all()
            expected = {name: reasons.count(name) for name in audience.REASONS}
            assert vars(found.excluded) == expected, wanted
            assert found.count == reasons.count("in") == len(ids)
            assert set(ids) == {p.id for p, r in zip(people, reasons, strict=True) if r == "in"}


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
