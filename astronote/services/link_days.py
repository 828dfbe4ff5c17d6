"""Clicks rolled up by the shop's own days, so that a year of them is a few hundred rows.

A day is rolled up once it has been over for an hour; ``link_click`` keeps every click, and
:data:`PROOF` compares the two.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock

_SETTLED: Final = timedelta(hours=1)
"""A click is committed long before."""


def shops_with_clicks(session: Session) -> list[int]:
    """Shops that have clicks which are not rolled up yet; in a system transaction."""
    since = clock.now() - timedelta(days=3)
    return list(session.scalars(_SHOPS, {"since": since}))


def roll_up(session: Session, shop_id: int, zone: str) -> int:
    """Roll up every finished day that is not yet; how many rows of days it wrote."""
    since = watermark(session, shop_id)
    end = midnight((clock.now() - _SETTLED).astimezone(ZoneInfo(zone)).date(), zone)
    begin = midnight(since + timedelta(days=1), zone) if since else None
    named = {"shop": shop_id, "zone": zone, "begin": begin, "end": end}
    return len(session.execute(_ROLL_UP, named).all())


def watermark(session: Session, shop_id: int) -> date | None:
    """The last day that is rolled up; None before the first."""
    found: date | None = session.scalar(_WATERMARK, {"shop": shop_id})
    return found


def midnight(day: date, zone: str) -> datetime:
    """When ``day`` begins on the wall of the shop."""
    return datetime.combine(day, time(), ZoneInfo(zone))


_SHOPS: Final = sa.text("""
    SELECT s.id FROM shop s
    WHERE EXISTS (SELECT FROM link_click c WHERE c.shop_id = s.id AND c.at >= :since)
       OR (EXISTS (SELECT FROM link_click c WHERE c.shop_id = s.id)
           AND NOT EXISTS (SELECT FROM link_day d WHERE d.shop_id = s.id))
    ORDER BY s.id
""")

_WATERMARK: Final = sa.text("SELECT max(day) FROM link_day WHERE shop_id = :shop")

_ROLL_UP: Final = sa.text("""
    INSERT INTO link_day AS d (shop_id, day, link, campaign_id, short_link_id, people, bots)
    SELECT shop_id, (at AT TIME ZONE :zone)::date, link, campaign_id, short_link_id,
           count(*) FILTER (WHERE NOT is_bot), count(*) FILTER (WHERE is_bot)
    FROM link_click
    WHERE shop_id = :shop AND at < :end
      AND at >= coalesce(CAST(:begin AS timestamptz), '-infinity')
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (shop_id, day, link, campaign_id, short_link_id)
    DO UPDATE SET people = excluded.people, bots = excluded.bots
    RETURNING d.id
""")

PROOF: Final = sa.text("""
    SELECT d.shop_id, d.day, d.link FROM link_day d JOIN shop s ON s.id = d.shop_id
    WHERE d.people + d.bots <> (
        SELECT count(*) FROM link_click c
        WHERE c.shop_id = d.shop_id AND c.link = d.link
          AND c.campaign_id IS NOT DISTINCT FROM d.campaign_id
          AND c.short_link_id IS NOT DISTINCT FROM d.short_link_id
          AND (c.at AT TIME ZONE s.timezone)::date = d.day)
""")
"""Rolled-up days that do not agree with the clicks themselves; there are none."""
