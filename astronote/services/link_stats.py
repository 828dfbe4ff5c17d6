"""Clicks by link, campaign and day, people apart from programs.

Finished days come from ``link_day``, the rest from the clicks themselves.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.services import link_days, shops

PAGE: Final = 50
LONGEST_DAYS: Final = 366

Link = Literal["offer", "unsubscribe", "free"]


@dataclass(frozen=True)
class DayClicks:
    """Clicks of one day of the shop."""

    day: date
    people: int
    programs: int


@dataclass(frozen=True)
class LinkClicks:
    """Clicks of one link: a campaign's offer or way out, or a free URL. Without a campaign
    it is of automations and answers."""

    link: Link
    campaign_id: int | None
    campaign: str
    url: str
    people: int
    programs: int


@dataclass(frozen=True)
class Overview:
    """What the links page shows; ``links`` are one page of ``total``."""

    people: int
    programs: int
    before: int
    """People's clicks in as many days before these, for comparison."""
    days: list[DayClicks]
    links: list[LinkClicks]
    total: int


def overview(
    session: Session, shop_id: int, *, days: int, campaign_id: int | None = None, page: int = 0
) -> Overview:
    """The clicks of the last ``days`` days, today included; the most clicked links first."""
    zone = shops.get(session, shop_id).timezone
    today = clock.today(zone)
    first = today - timedelta(days=days - 1)
    named = _span(session, shop_id, zone, first, today) | {"campaign": campaign_id}
    by_day = {row.day: row for row in session.execute(_DAYS, named)}
    filled = [
        DayClicks(day, by_day[day].people, by_day[day].bots)
        if day in by_day
        else DayClicks(day, 0, 0)
        for day in (first + timedelta(days=n) for n in range(days))
    ]
    found = session.execute(_LINKS, named | {"limit": PAGE, "offset": page * PAGE}).all()
    earlier = first - timedelta(days=days), first - timedelta(days=1)
    before = session.execute(
        _BEFORE, _span(session, shop_id, zone, *earlier) | {"campaign": campaign_id}
    ).scalar_one()
    return Overview(
        people=sum(day.people for day in filled),
        programs=sum(day.programs for day in filled),
        before=before,
        days=filled,
        links=[
            LinkClicks(r.link, r.campaign_id, r.campaign or "", r.url or "", r.people, r.bots)
            for r in found
        ],
        total=found[0].total if found else 0,
    )


def clicked_campaigns(session: Session, shop_id: int, *, days: int) -> list[tuple[int, str]]:
    """The campaigns that have clicks in the last ``days`` days, the newest first; id, name."""
    zone = shops.get(session, shop_id).timezone
    today = clock.today(zone)
    named = _span(session, shop_id, zone, today - timedelta(days=days - 1), today)
    return [(row.id, row.name) for row in session.execute(_CAMPAIGNS, named)]


def _span(session: Session, shop_id: int, zone: str, first: date, last: date) -> dict[str, Any]:
    """Which days come from the roll-up, and from when to when the clicks are counted."""
    rolled = link_days.watermark(session, shop_id) or date.min
    live = max(first, min(rolled, last) + timedelta(days=1)) if rolled > date.min else first
    return {
        "shop": shop_id,
        "zone": zone,
        "first": first,
        "rolled": min(rolled, last),
        "live": link_days.midnight(live, zone),
        "end": link_days.midnight(last + timedelta(days=1), zone),
    }


_CLICKS: Final = """
    WITH clicks AS (
        SELECT day, link, campaign_id, short_link_id, people, bots FROM link_day
        WHERE shop_id = :shop AND day BETWEEN :first AND :rolled
        UNION ALL
        SELECT (at AT TIME ZONE :zone)::date, link, campaign_id, short_link_id,
               count(*) FILTER (WHERE NOT is_bot), count(*) FILTER (WHERE is_bot)
        FROM link_click WHERE shop_id = :shop AND at >= :live AND at < :end
        GROUP BY 1, 2, 3, 4
    ), chosen AS (
        SELECT * FROM clicks
        WHERE CAST(:campaign AS bigint) IS NULL OR campaign_id = CAST(:campaign AS bigint)
    )
"""

_DAYS: Final = sa.text(f"""{_CLICKS}
    SELECT day, sum(people)::int AS people, sum(bots)::int AS bots FROM chosen GROUP BY day
""")  # noqa: S608

_BEFORE: Final = sa.text(f"""{_CLICKS}
    SELECT coalesce(sum(people), 0)::int FROM chosen
""")  # noqa: S608

_LINKS: Final = sa.text(f"""{_CLICKS}
    SELECT g.*, c.name AS campaign, l.original_url AS url, count(*) OVER ()::int AS total
    FROM (SELECT link, campaign_id, short_link_id, sum(people)::int AS people,
                 sum(bots)::int AS bots
          FROM chosen GROUP BY 1, 2, 3) g
    LEFT JOIN campaign c ON c.shop_id = :shop AND c.id = g.campaign_id
    LEFT JOIN short_link l ON l.shop_id = :shop AND l.id = g.short_link_id
    ORDER BY g.people DESC, g.bots DESC, g.campaign_id DESC NULLS LAST, g.link, g.short_link_id
    LIMIT :limit OFFSET :offset
""")  # noqa: S608

_CAMPAIGNS: Final = sa.text("""
    SELECT c.id, c.name FROM campaign c
    WHERE c.shop_id = :shop AND c.id IN (
        SELECT campaign_id FROM link_day
        WHERE shop_id = :shop AND day BETWEEN :first AND :rolled
        UNION
        SELECT campaign_id FROM link_click
        WHERE shop_id = :shop AND at >= :live AND at < :end)
    ORDER BY c.id DESC LIMIT 200
""")
