"""The demo shop's everyday: people join at the till, birthdays pass, shoppers write.

Played through the services, day by day, with this process's clock moved there.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.security import Identity
from astronote.services import (
    automations,
    birthdays,
    contacts,
    inbound,
    replies,
    webhook_events,
    welcomes,
)
from astronote.services.automations import TYPES
from astronote.services.contact_fields import ContactValues
from astronote.services.demo_history import Taste, at, react_to, send_waiting

_TASTE: Final = Taste(viewed=0.55, redeemed=0.24, left=0.01, failed=0.01, silent=0.01)
_NEWCOMERS: Final = (2, 4)
"""How many people join on a day, at least and at most."""

_HEARD: Final = (
    (49, "Είστε ανοιχτά αυτή την Κυριακή;", "Ναι, 10:00 με 15:00. Σας περιμένουμε!"),
    (27, "Do you deliver to Kifisia?", ""),
    (4, "Ευχαριστώ πολύ για το δώρο!", ""),
)
"""What people write: how many hours ago, their text, the shop's answer."""


def switch_on(who: Identity) -> None:
    """Both automations, written so that they fit one part."""
    with transaction(who.shop_id) as session:
        for kind in TYPES:
            automations.change(session, who.shop_id, kind, {"is_active": True, "encoding": "gsm"})


def live(who: Identity, morning: datetime, newcomers: Iterator[ContactValues], seed: int) -> None:
    """A day: birthday wishes at ten, people who join, what they do with their offers."""
    rng = random.Random(seed)  # noqa: S311
    wishes = morning.replace(hour=automations.HOUR, minute=4)
    with at(wishes), transaction(who.shop_id) as session:
        birthdays.greet(session, who.shop_id)
    _deliver(who, wishes, seed)
    joined = morning.replace(hour=rng.randrange(11, 19), minute=rng.randrange(60))
    with at(joined):
        for _ in range(rng.randint(*_NEWCOMERS)):
            _join(who, next(newcomers))
    _deliver(who, joined, seed + 1)


def _join(who: Identity, person: ContactValues) -> None:
    values: ContactValues = {**person, "is_subscribed": True}
    with transaction(who.shop_id) as session:
        made = contacts.create(session, who.shop_id, values, source="join", actor="public")
        welcomes.send_welcome(session, who.shop_id, made.id)


def _deliver(who: Identity, started: datetime, seed: int) -> None:
    with at(started + timedelta(seconds=20)):
        sent = send_waiting(who.shop_id)
    react_to(who, sent, started, _TASTE, seed)


def hear(who: Identity, now: datetime) -> None:
    """People write, and the shop answers some of them."""
    with transaction(who.shop_id) as session:
        people = session.execute(_WRITERS, {"shop": who.shop_id, "most": len(_HEARD)}).all()
    for (hours, text, answer), person in zip(_HEARD, people, strict=False):
        said = now - timedelta(hours=hours)
        item = {
            "id": f"demo-{person.id}",
            "from": person.phone,
            "to": "Elaia",
            "text": text,
            "receivedAt": said.isoformat(),
        }
        with at(said), system_transaction() as session:
            webhook_events.store_inbound(session, [item])
            inbound.apply_next(session)
        if answer:
            with at(said + timedelta(minutes=25)), transaction(who.shop_id) as session:
                replies.reply(session, who.shop_id, person.id, answer, created_by=who.user_id)
            _deliver(who, said + timedelta(minutes=25), hours)


_WRITERS: Final = sa.text("""
    SELECT id, phone FROM contact
    WHERE shop_id = :shop AND is_subscribed AND first_name IS NOT NULL
      AND EXISTS (SELECT FROM message m
                  WHERE m.contact_id = contact.id AND m.status = 'delivered')
    ORDER BY id LIMIT :most
""")
