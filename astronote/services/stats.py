"""What came of a campaign: how far it is, and what the people did.

``sent`` is everything the provider accepted, whatever became of it later; rates are of
that. Clicks and views are people's; known bots are recorded but not counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.services import campaign_rows, part_counts, shops
from astronote.services.campaign_rows import CampaignRow, Counts

_NO_REASON: Final = "No reason was given."


@dataclass(frozen=True)
class Progress:
    """How far a run is; ``progress`` from 0 to 1."""

    status: str
    counts: Counts
    progress: float


@dataclass(frozen=True)
class Failure:
    """How many messages failed for one reason."""

    reason: str
    count: int


@dataclass(frozen=True)
class Point:
    """What happened in one stretch of time that begins at ``at`` (UTC)."""

    at: datetime
    sent: int
    delivered: int
    conversions: int


@dataclass(frozen=True)
class Stats:
    """A campaign's figures; rates are from 0 to 1 of ``sent``.

    ``other_parts`` is of how many messages the provider counted other parts than we did.
    """

    recipients: int
    sent: int
    delivered: int
    failed: int
    unknown: int
    skipped: int
    offer_views: int
    clicks: int
    conversions: int
    unsubscribes: int
    delivery_rate: float
    conversion_rate: float
    unsubscribe_rate: float
    failures: list[Failure]
    timeline: list[Point]
    other_parts: int


def progress(session: Session, shop_id: int, campaign_id: int) -> Progress:
    """Status, counters, and how much of the run has left.

    Raises:
        NotFound: the shop has no such campaign.
    """
    campaign = campaign_rows.get(session, shop_id, campaign_id)
    counts = campaign.counts
    gone = counts.total - counts.queued - counts.sending
    return Progress(campaign.status, counts, _rate(gone, counts.total))


def stats(session: Session, shop_id: int, campaign_id: int) -> Stats:
    """The figures of a campaign's page.

    Raises:
        NotFound: the shop has no such campaign.
    """
    campaign = campaign_rows.get(session, shop_id, campaign_id)
    counts = campaign.counts
    named = {"shop": shop_id, "campaign": campaign_id, "since": campaign.created_at}
    failures, refused = _failures(session, counts, named)
    sent = counts.sent + counts.delivered + counts.failed - refused
    acts = session.execute(_ACTS, named).one()
    return Stats(
        recipients=counts.total,
        sent=sent,
        delivered=counts.delivered,
        failed=counts.failed,
        unknown=counts.unknown,
        skipped=counts.skipped,
        offer_views=acts.views,
        clicks=acts.clicks,
        conversions=acts.conversions,
        unsubscribes=acts.unsubscribes,
        delivery_rate=_rate(counts.delivered, sent),
        conversion_rate=_rate(acts.conversions, sent),
        unsubscribe_rate=_rate(acts.unsubscribes, sent),
        failures=failures,
        timeline=_timeline(session, shop_id, campaign, named),
        other_parts=part_counts.differing(session, shop_id, campaign_id),
    )


def _failures(session: Session, counts: Counts, named: dict[str, Any]) -> tuple[list[Failure], int]:
    """Reasons, the commonest first, and how many of the failed were never accepted."""
    if counts.failed == 0:
        return [], 0
    found = session.execute(_FAILED, named).all()
    reasons = [Failure(row.reason or _NO_REASON, row.number) for row in found]
    return reasons, sum(row.refused for row in found)


def _timeline(
    session: Session, shop_id: int, campaign: CampaignRow, named: dict[str, Any]
) -> list[Point]:
    if campaign.started_at is None:
        return []
    zone = shops.get(session, shop_id).timezone
    # Offers are redeemed for days after the last message has left.
    last = session.execute(_LAST_REDEEMED, named).scalar_one()
    ended = campaign.finished_at or clock.now()
    age = max(ended, last or ended) - campaign.started_at
    found = session.execute(_TIMELINE, named | {"unit": _unit(age), "zone": zone})
    return [Point(row.at, row.sent, row.delivered, row.conversions) for row in found]


def _unit(age: timedelta) -> str:
    """A stretch of which a chart shows a readable number."""
    if age <= timedelta(hours=2):
        return "minute"
    return "hour" if age <= timedelta(hours=36) else "day"


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


_FAILED = sa.text("""
    SELECT CASE WHEN status = 'expired' THEN coalesce(failure_reason, 'expired')
                ELSE failure_reason END AS reason,
           count(*) AS number, count(*) FILTER (WHERE sent_at IS NULL) AS refused
    FROM message
    WHERE shop_id = :shop AND campaign_id = :campaign AND status IN ('failed', 'expired')
    GROUP BY 1 ORDER BY 2 DESC, 1
""")

_ACTS = sa.text("""
    SELECT (SELECT count(*) FROM offer_view_event
            WHERE shop_id = :shop AND campaign_id = :campaign AND NOT is_bot) AS views,
           (SELECT count(*) FROM link_click
            WHERE shop_id = :shop AND at >= :since AND campaign_id = :campaign
              AND NOT is_bot) AS clicks,
           (SELECT count(*) FROM redemption
            WHERE shop_id = :shop AND campaign_id = :campaign) AS conversions,
           (SELECT count(DISTINCT e.message_id) FROM consent_event e
            JOIN message m ON m.shop_id = e.shop_id AND m.id = e.message_id
            WHERE e.shop_id = :shop AND e.action = 'opted_out'
              AND e.message_id IS NOT NULL AND e.at >= :since
              AND m.campaign_id = :campaign) AS unsubscribes
""")

_LAST_REDEEMED = sa.text("""
    SELECT max(at) FROM redemption WHERE shop_id = :shop AND campaign_id = :campaign
""")

_TIMELINE = sa.text("""
    SELECT date_trunc(:unit, at, :zone) AS at, count(*) FILTER (WHERE what = 's') AS sent,
           count(*) FILTER (WHERE what = 'd') AS delivered,
           count(*) FILTER (WHERE what = 'c') AS conversions
    FROM (
        SELECT sent_at AS at, 's' AS what FROM message
        WHERE shop_id = :shop AND campaign_id = :campaign AND sent_at IS NOT NULL
        UNION ALL
        SELECT delivered_at, 'd' FROM message
        WHERE shop_id = :shop AND campaign_id = :campaign AND delivered_at IS NOT NULL
        UNION ALL
        SELECT at, 'c' FROM redemption WHERE shop_id = :shop AND campaign_id = :campaign
    ) happened GROUP BY 1 ORDER BY 1
""")
