"""Audiences, beside a slow reference that looks at one contact after another."""

import contextlib
import dataclasses
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Invalid
from astronote.models import (
    ContactList,
    GlobalSuppression,
    SuppressionLift,
)
from astronote.security import phone_hmac
from astronote.services import ages, audience, composing, shops
from astronote.services.audience import Audience
from tests.support.audience_reference import (
    ZONES,
    audiences,
    full_years,
    moments,
    people,
    reason,
    store,
)
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest
from tests.support.sizes import FULL


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
