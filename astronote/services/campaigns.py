"""Campaigns as merchants write them: make, change, duplicate, delete.

When they start is in ``schedule``, their run in ``launching``, what came of them in
``stats``.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from astronote.errors import Conflict, Invalid
from astronote.models import Campaign
from astronote.models.campaigns import ENCODINGS
from astronote.services import audience as audiences
from astronote.services import composing, offer_choice, schedule, shops
from astronote.services.audience import Audience
from astronote.services.campaign_rows import (
    CampaignRow,
    Counts,
    ScheduleRow,
    get,
    listing,
    locked,
    saved,
)
from astronote.services.offer_choice import OfferChoice
from astronote.services.statuses import EDITABLE
from astronote.words import say

__all__ = [
    "CampaignRow",
    "Counts",
    "ScheduleRow",
    "change",
    "create",
    "delete",
    "duplicate",
    "get",
    "listing",
]

MAX_NAME: Final = 120
MAX_TEXT: Final = 2000
"""Characters; a dozen parts in GSM-7, more than anybody reads on a phone."""

_TIMING: Final = frozenset({"schedule_mode", "local_time", "timezone", "ignore_quiet_hours"})


def create(
    session: Session, shop_id: int, changes: Mapping[str, Any], *, created_by: int | None = None
) -> CampaignRow:
    """Make a draft.

    Args:
        changes: ``name``, and any of ``message_text``, ``encoding``, ``audience``,
            ``offer``, ``schedule_mode``, ``local_time``, ``timezone``,
            ``ignore_quiet_hours``. Audience and offer are documents with the API's names,
            or ``Audience`` and ``OfferChoice``.

    Raises:
        Invalid: ``unknown_token``, ``invalid_url``, ``unknown_list``, or a bad value.
    """
    shop = shops.get(session, shop_id)
    campaign = Campaign(
        shop_id=shop_id,
        name=_checked_name(changes.get("name")),
        timezone=shop.timezone,
        created_by=created_by,
    )
    _apply(session, shop, campaign, changes)
    return saved(session, campaign)


def change(
    session: Session, shop_id: int, campaign_id: int, changes: Mapping[str, Any]
) -> CampaignRow:
    """Change any subset of what :func:`create` takes, while it has not started.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``invalid_state``.
        Invalid: as in :func:`create`.
    """
    campaign = locked(session, shop_id, campaign_id)
    _require_editable(campaign)
    if "name" in changes:
        campaign.name = _checked_name(changes["name"])
    shop = shops.get(session, shop_id)
    _apply(session, shop, campaign, changes)
    if campaign.status == "scheduled" and _TIMING & changes.keys():
        schedule.replan(shop, campaign)
    return saved(session, campaign)


def delete(session: Session, shop_id: int, campaign_id: int) -> None:
    """Remove a campaign that has not started.

    Raises:
        NotFound: the shop has no such campaign.
        Conflict: ``invalid_state``.
    """
    campaign = locked(session, shop_id, campaign_id)
    _require_editable(campaign)
    session.delete(campaign)
    session.flush()


def duplicate(
    session: Session, shop_id: int, campaign_id: int, *, created_by: int | None = None
) -> CampaignRow:
    """A new draft with the same text, audience and offer, and no time.

    Raises:
        NotFound: the shop has no such campaign.
    """
    original = locked(session, shop_id, campaign_id)
    copied = Campaign(
        shop_id=shop_id,
        name=f"{original.name[: MAX_NAME - 7]} (copy)",
        message_text=original.message_text,
        encoding=original.encoding,
        audience=original.audience,
        offer=original.offer,
        timezone=original.timezone,
        ignore_quiet_hours=original.ignore_quiet_hours,
        created_by=created_by,
    )
    return saved(session, copied)


def _apply(
    session: Session, shop: shops.ShopRow, campaign: Campaign, changes: Mapping[str, Any]
) -> None:
    if "message_text" in changes:
        campaign.message_text = _checked_text(shop, changes["message_text"])
    if "encoding" in changes:
        if changes["encoding"] not in ENCODINGS:
            raise Invalid("The encoding is auto or gsm.", field="encoding")
        campaign.encoding = changes["encoding"]
    if "audience" in changes:
        given = changes["audience"] or {}
        chosen = given if isinstance(given, Audience) else audiences.parse(given)
        audiences.check_lists(session, shop.id, chosen)
        campaign.audience = chosen.document()
    if "offer" in changes:
        given = changes["offer"] or {}
        offer = given if isinstance(given, OfferChoice) else offer_choice.parse(given)
        campaign.offer = offer.document()
    if "ignore_quiet_hours" in changes:
        campaign.ignore_quiet_hours = bool(changes["ignore_quiet_hours"])
    _apply_schedule(campaign, changes)


def _apply_schedule(campaign: Campaign, changes: Mapping[str, Any]) -> None:
    if "schedule_mode" in changes:
        if changes["schedule_mode"] not in {"now", "at"}:
            raise Invalid("A campaign starts now or at a time.", field="schedule.mode")
        campaign.schedule_mode = changes["schedule_mode"]
    if changes.get("timezone"):
        campaign.timezone = shops.check_timezone(changes["timezone"])
    if "local_time" in changes:
        written = changes["local_time"] or None
        if written is not None:
            schedule.moment_of(written, campaign.timezone)
        campaign.local_time = written


def _checked_name(name: object) -> str:
    written = " ".join(name.split()) if isinstance(name, str) else ""
    if not 1 <= len(written) <= MAX_NAME:
        raise Invalid(say("A campaign's name has 1 to {n} characters.", n=MAX_NAME), field="name")
    return written


def _checked_text(shop: shops.ShopRow, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Invalid(say("A message has at most {n} characters.", n=MAX_TEXT), field="messageText")
    composing.planned_ordinals(shop, text)
    return text


def _require_editable(campaign: Campaign) -> None:
    if campaign.status not in EDITABLE:
        raise Conflict(
            say("This campaign can no longer be changed: {status}.", status=say(campaign.status)),
            code="invalid_state",
        )
