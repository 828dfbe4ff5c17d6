"""What came of an automation, in all and day by day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.services import automations, shops

DAYS: Final = 30


@dataclass(frozen=True)
class Day:
    """What happened on one day of the shop's calendar."""

    date: date
    sent: int
    conversions: int


@dataclass(frozen=True)
class AutomationStats:
    """Figures of all time; ``sent`` is what the provider accepted, the rate is 0 to 1 of
    that. ``last30_days`` has every day, the oldest first."""

    sent: int
    delivered: int
    failed: int
    conversions: int
    unsubscribes: int
    conversion_rate: float
    last30_days: list[Day]


def stats(session: Session, shop_id: int, type: str) -> AutomationStats:
    """The figures of one automation; zeros where it never sent.

    Raises:
        NotFound: there is no such type.
    """
    automation = automations.get(session, shop_id, type)
    zone = shops.get(session, shop_id).timezone
    today = clock.today(zone)
    first = today - timedelta(days=DAYS - 1)
    named = {"shop": shop_id, "automation": automation.id, "zone": zone, "first": first}
    found = session.execute(_TOTALS, named).one()
    by_day = {row.day: row for row in session.execute(_DAYS, named)}
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return AutomationStats(
        sent=found.sent,
        delivered=found.delivered,
        failed=found.failed,
        conversions=found.conversions,
        unsubscribes=found.unsubscribes,
        conversion_rate=round(found.conversions / found.sent, 4) if found.sent else 0.0,
        last30_days=[
            Day(day, by_day[day].sent, by_day[day].conversions) if day in by_day else Day(day, 0, 0)
            for day in days
        ],
    )


_TOTALS: Final = sa.text("""
    WITH m AS MATERIALIZED (
        SELECT id, status, sent_at FROM message
        WHERE shop_id = :shop AND automation_id = :automation
    )
    SELECT count(*) FILTER (WHERE sent_at IS NOT NULL OR status = 'delivered') AS sent,
           count(*) FILTER (WHERE status = 'delivered') AS delivered,
           count(*) FILTER (WHERE status IN ('failed', 'expired')) AS failed,
           (SELECT count(*) FROM redemption r
            WHERE r.shop_id = :shop AND r.message_id IN (SELECT id FROM m)) AS conversions,
           (SELECT count(DISTINCT e.message_id) FROM consent_event e
            WHERE e.shop_id = :shop AND e.action = 'opted_out'
              AND e.message_id IN (SELECT id FROM m)) AS unsubscribes
    FROM m
""")

_DAYS: Final = sa.text("""
    SELECT CAST(timezone(:zone, at) AS date) AS day,
           count(*) FILTER (WHERE what = 's') AS sent,
           count(*) FILTER (WHERE what = 'c') AS conversions
    FROM (
        SELECT sent_at AS at, 's' AS what FROM message
        WHERE shop_id = :shop AND automation_id = :automation
          AND sent_at >= timezone(:zone, CAST(:first AS timestamp))
        UNION ALL
        SELECT at, 'c' FROM redemption
        WHERE shop_id = :shop AND automation_id = :automation
          AND at >= timezone(:zone, CAST(:first AS timestamp))
    ) happened GROUP BY 1
""")
