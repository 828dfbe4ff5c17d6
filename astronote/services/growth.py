"""How a shop grew, day by day: contacts, messages, conversions, beside the time before."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock

DAYS: Final = 30


@dataclass(frozen=True)
class GrowthDay:
    """One day of the shop's calendar; ``contacts`` are all there were at its end, of those
    that there are now."""

    date: date
    contacts: int
    new_contacts: int
    sent: int
    conversions: int


@dataclass(frozen=True)
class Change:
    """A figure of the last :data:`DAYS` days, today included, and of as many before."""

    now: int
    before: int


@dataclass(frozen=True)
class Growth:
    """The last days, the oldest first, and their sums."""

    days: list[GrowthDay]
    new_contacts: Change
    sent: Change
    conversions: Change


def growth(session: Session, shop_id: int, zone: str, contacts: int) -> Growth:
    """Figures of the last days.

    Messages are counted where they were paid for, in the ledger: one line for each batch
    that the provider accepted, however many messages it had.

    Args:
        contacts: how many there are now.
    """
    today = clock.today(zone)
    first = today - timedelta(days=2 * DAYS - 1)
    found = session.execute(_DAYS, {"shop": shop_id, "zone": zone, "first": first})
    by_day = {row.day: (int(row.made), int(row.sent), int(row.taken)) for row in found}
    every = [by_day.get(first + timedelta(days=n), (0, 0, 0)) for n in range(2 * DAYS)]
    sums = [
        Change(sum(day[i] for day in every[DAYS:]), sum(day[i] for day in every[:DAYS]))
        for i in range(3)
    ]
    days, there = [], contacts - sums[0].now
    for n, (made, sent, taken) in enumerate(every[DAYS:]):
        there += made
        days.append(GrowthDay(first + timedelta(days=DAYS + n), there, made, sent, taken))
    return Growth(days, *sums)


_DAYS: Final = sa.text("""
    SELECT CAST(timezone(:zone, at) AS date) AS day,
           coalesce(sum(number) FILTER (WHERE what = 'm'), 0) AS made,
           coalesce(sum(number) FILTER (WHERE what = 's'), 0) AS sent,
           coalesce(sum(number) FILTER (WHERE what = 'c'), 0) AS taken
    FROM (
        SELECT created_at AS at, 'm' AS what, 1 AS number FROM contact
        WHERE shop_id = :shop AND created_at >= timezone(:zone, CAST(:first AS timestamp))
        UNION ALL
        SELECT at, 's', count FROM credit_transaction
        WHERE shop_id = :shop AND kind = 'commit'
          AND at >= timezone(:zone, CAST(:first AS timestamp))
        UNION ALL
        SELECT at, 'c', 1 FROM redemption
        WHERE shop_id = :shop AND at >= timezone(:zone, CAST(:first AS timestamp))
    ) happened GROUP BY 1
""")
