"""When a campaign goes out: a local date and time, and the moment that it means."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlmodel import Session

from astronote import clock
from astronote.errors import Invalid
from astronote.models import Campaign
from astronote.services import campaign_rows, shops
from astronote.services.campaign_rows import CampaignRow
from astronote.services.quiet_hours import quiet_until
from astronote.services.shops import ShopRow
from astronote.services.statuses import check_campaign

Adjustment = Literal["skipped_hour", "repeated_hour", "quiet_hours"]

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Moment:
    """A local time's moment in UTC; ``adjustment`` where it was not simply that time.

    ``held_until`` is when quiet hours let its messages go, where they hold them.
    """

    at: datetime
    adjustment: Adjustment | None
    held_until: datetime | None = None


@dataclass(frozen=True)
class Scheduled:
    """A scheduled campaign, and what became of the time that was asked for."""

    campaign: CampaignRow
    at: datetime
    adjustment: Adjustment | None


def moment_of(local_time: str, zone: str) -> Moment:
    """What ``local_time`` (``YYYY-MM-DDTHH:MM``) means in the IANA ``zone``.

    A time that daylight saving skips moves forward by what was skipped; one that happens
    twice is taken the first time.

    Raises:
        Invalid: it is no such time.
    """
    naive = _read(local_time)
    first = naive.replace(tzinfo=ZoneInfo(zone), fold=0)
    # PEP 495: fold=0 reads a skipped time with the offset before the gap, which lands
    # after it by the gap's length, and a repeated one with the offset of the first pass.
    try:
        at = first.astimezone(UTC)
        again = at.astimezone(first.tzinfo).replace(tzinfo=None)
    except OverflowError as error:
        raise _no_time() from error
    if again != naive:
        return Moment(at, "skipped_hour")
    if first.utcoffset() != first.replace(fold=1).utcoffset():
        return Moment(at, "repeated_hour")
    return Moment(at, None)


def planned(shop: ShopRow, local_time: str, zone: str, *, ignore_quiet_hours: bool) -> Moment:
    """The same, with the shop's quiet hours: a time inside them becomes their end.

    Where daylight saving moved the time as well, that is what is told, and the hold is in
    ``held_until`` alone.

    Raises:
        Invalid: it is no such time.
    """
    asked = moment_of(local_time, zone)
    held = None if ignore_quiet_hours else quiet_until(shop.quiet_hours, shop.timezone, asked.at)
    if held is None:
        return asked
    if asked.adjustment is not None:
        return Moment(asked.at, asked.adjustment, held)
    return Moment(held, "quiet_hours", held)


def schedule(
    session: Session,
    shop_id: int,
    campaign_id: int,
    local_time: str,
    timezone: str | None = None,
) -> Scheduled:
    """Let the campaign start by itself at ``local_time`` in ``timezone`` (or the shop's).

    A scheduled campaign may be scheduled anew.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``invalid_state``.
        Invalid: ``in_the_past``, ``empty_message``, or no such time or zone.
    """
    campaign = campaign_rows.locked(session, shop_id, campaign_id)
    if campaign.status != "scheduled":
        check_campaign(campaign.status, "scheduled")
    shop = shops.get(session, shop_id)
    zone = shops.check_timezone(timezone) if timezone else shop.timezone
    campaign.schedule_mode, campaign.local_time, campaign.timezone = "at", local_time, zone
    campaign_rows.require_text(campaign.message_text)
    moment = _plan(shop, campaign, local_time)
    campaign.status, campaign.status_reason = "scheduled", None
    return Scheduled(campaign_rows.saved(session, campaign), moment.at, moment.adjustment)


def unschedule(session: Session, shop_id: int, campaign_id: int) -> CampaignRow:
    """Make it a draft again; the time that was chosen stays filled in.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``invalid_state``.
    """
    campaign = campaign_rows.locked(session, shop_id, campaign_id)
    check_campaign(campaign.status, "draft")
    _make_draft(campaign)
    return campaign_rows.saved(session, campaign)


def replan(shop: ShopRow, campaign: Campaign) -> None:
    """Work out a scheduled campaign's moment again, after a change of what decides it.

    Raises:
        Invalid: ``in_the_past``.
    """
    if campaign.schedule_mode == "now" or campaign.local_time is None:
        _make_draft(campaign)
    else:
        _plan(shop, campaign, campaign.local_time)


def _plan(shop: ShopRow, campaign: Campaign, local_time: str) -> Moment:
    moment = planned(
        shop, local_time, campaign.timezone, ignore_quiet_hours=campaign.ignore_quiet_hours
    )
    # The minute that is running may still be chosen: whoever picks it means now.
    if moment.at + _MINUTE <= clock.now():
        raise Invalid("This time has passed.", code="in_the_past", field="localTime")
    campaign.scheduled_at, campaign.held_until = moment.at, moment.held_until
    return moment


def _make_draft(campaign: Campaign) -> None:
    """Forget when it would have started."""
    campaign.status, campaign.status_reason = "draft", None
    campaign.scheduled_at = campaign.held_until = None


def _read(local_time: str) -> datetime:
    try:
        return datetime.strptime(local_time, "%Y-%m-%dT%H:%M")
    except ValueError as error:
        raise _no_time() from error


def _no_time() -> Invalid:
    return Invalid("Write a date and time like 2026-05-01T10:30.", field="localTime")
