"""Contacts for tests, written straight into the table: consent as the test says it."""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

from astronote.db import transaction
from astronote.models import Contact
from astronote.security import phone_hmac
from astronote.services.contacts import ContactRow

_numbers = itertools.count(10_000_000)

Add = Callable[..., ContactRow]
"""Makes a contact: a number for the phone, fields by name."""


def ids(rows: Any) -> list[int]:
    """The ids of rows, in their order."""
    return [r.id for r in rows]


def new_phone() -> str:
    """A Greek mobile number that no other test has."""
    return f"+3069{next(_numbers)}"


def add_contact(
    shop_id: int,
    *,
    phone: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    gender: str | None = None,
    birthday: date | None = None,
    tags: tuple[str, ...] = (),
    subscribed: bool = True,
) -> int:
    """One contact; returns its id."""
    phone = phone or new_phone()
    with transaction(shop_id) as session:
        contact = Contact(
            shop_id=shop_id,
            phone=phone,
            phone_hash=phone_hmac(phone),
            first_name=first_name,
            last_name=last_name,
            gender=gender,
            birthday=birthday,
            tags=list(tags),
            is_subscribed=subscribed,
            sms_consent_status="opted_in" if subscribed else "opted_out",
        )
        session.add(contact)
        session.flush()
        return contact.id or 0


def add_contacts(shop_id: int, count: int) -> list[int]:
    """``count`` subscribed contacts without names; returns their ids."""
    with transaction(shop_id) as session:
        made = []
        for _ in range(count):
            phone = new_phone()
            made.append(
                Contact(
                    shop_id=shop_id,
                    phone=phone,
                    phone_hash=phone_hmac(phone),
                    is_subscribed=True,
                    sms_consent_status="opted_in",
                )
            )
        session.add_all(made)
        session.flush()
        return [contact.id or 0 for contact in made]
