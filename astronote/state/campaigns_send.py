"""Asking before a campaign is sent or scheduled, with the numbers that matter, and doing it."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, cast

import reflex as rx
from sqlmodel import Session

from astronote import clock
from astronote.errors import Invalid
from astronote.services import (
    billing,
    campaigns,
    external_links,
    launching,
    previewing,
    schedule,
    shops,
)
from astronote.services.campaigns import CampaignRow
from astronote.services.quiet_hours import quiet_until
from astronote.services.schedule import Moment
from astronote.services.shops import ShopRow
from astronote.state.base import Id, Sent, answers, call, call_outside, checked, done
from astronote.state.campaigns_schedule import Remark, remarks
from astronote.state.campaigns_words import hour_first, moment
from astronote.state.words import number, tr, trn
from astronote.words import say


@dataclasses.dataclass(frozen=True)
class Outlook:
    """What sending a campaign will do; ``short`` is how many credits are missing."""

    row: CampaignRow
    shop: ShopRow
    recipients: int
    credits: int
    parts: int
    available: int
    blocked: str
    sample: str
    moment: Moment

    @property
    def short(self) -> int:
        """Credits that are missing."""
        return max(0, self.credits - self.available)

    @property
    def goes_out(self) -> datetime:
        """When the first message leaves."""
        return self.moment.held_until or self.moment.at

    def remarks(self) -> list[Remark]:
        """What delays it, or speaks against it."""
        offer = self.row.offer
        return remarks(self.shop, self.moment, offer.expires_at if offer.enabled else None)


def outlook(session: Session, shop_id: int, campaign_id: int, how: str) -> Outlook:
    """Look ahead without changing anything.

    Args:
        how: ``now``, or ``at`` for the campaign's own local time.

    Raises:
        NotFound: the shop has no such campaign.
        Invalid: its time or text cannot be read.
    """
    row = campaigns.get(session, shop_id, campaign_id)
    shop = shops.get(session, shop_id)
    reached = previewing.reach(session, shop_id, campaign_id=campaign_id)
    summary = billing.summary(session, shop_id)
    shown = previewing.samples(session, shop_id, campaign_id)
    return Outlook(
        row=row,
        shop=shop,
        recipients=reached.count,
        credits=reached.credits or 0,
        parts=reached.parts or 0,
        available=summary.credits.available,
        blocked=summary.blocked_reason or "",
        sample=shown[0].text if shown else "",
        moment=_moment(row, shop, how),
    )


def _moment(row: CampaignRow, shop: ShopRow, how: str) -> Moment:
    if how == "at":
        return schedule.planned(
            shop,
            row.schedule.local_time or "",
            row.schedule.timezone,
            ignore_quiet_hours=row.ignore_quiet_hours,
        )
    now = clock.now()
    ignored = row.ignore_quiet_hours
    held = None if ignored else quiet_until(shop.quiet_hours, shop.timezone, now)
    return Moment(now, None, held)


class SendState(rx.State):
    """The question before sending; used by the wizard and by a campaign's page."""

    open: bool = False
    title: str = ""
    sentence: str = ""
    sample: str = ""
    button: str = ""
    remarks: rx.Field[list[Remark]] = rx.field(default_factory=list)
    sending: bool = False
    asking: bool = False
    _id: int = 0
    _how: str = "now"

    @rx.event
    @answers
    async def ask(self, campaign_id: int, how: str) -> AsyncIterator[Sent]:
        """Open the question for one campaign, to be sent now or at its time."""
        number_, way = checked(Id, campaign_id), checked(Literal["now", "at"], how)
        self.asking = True
        yield None
        try:
            # Here and not at the send itself: what is confirmed is what is sent.
            await call_outside(external_links.fetch_for_campaign, number_)
            found = await call(outlook, number_, way)
            if not found.recipients:
                raise Invalid(say("Nobody is in this audience."))
        finally:
            self.asking = False
        self._id, self._how = number_, way
        self._word(found)
        self.open = True

    def _word(self, found: Outlook) -> None:
        of = trn(
            "It uses {n} credit of the {available} available.",
            "It uses {n} credits of the {available} available.",
            found.credits,
            available=number(found.available),
        )
        many = found.recipients
        if self._how == "now":
            self.title = trn("Send to {n} person now?", "Send to {n} people now?", many)
            self.button = tr("Send now")
            self.sentence = f"{of} {tr('A message that has left cannot be taken back.')}"
        else:
            goes = moment(found.goes_out, found.shop.timezone)
            self.title = trn("Schedule for {n} person?", "Schedule for {n} people?", many)
            self.button = tr("Schedule")
            self.sentence = f"{tr('It goes out on {time}.', time=goes)} {of}"
        self.sample, self.remarks = found.sample, found.remarks()

    @rx.event
    async def never_mind(self) -> None:
        """Send nothing."""
        self.open = False

    @rx.event(background=True)
    @answers
    async def confirm(self) -> AsyncIterator[Sent]:
        """Send or schedule, and go to the campaign's page.

        Beside the other events: a text for each of many people takes a while.
        """
        async with self:
            if not self.open or self.sending:
                return
            self.sending = True
            asked, how = self._id, self._how
        try:
            said = await _do(asked, how)
        finally:
            async with self:
                self.sending, self.open = False, False
        yield cast(Sent, rx.redirect(f"/app/campaigns/{asked}"))
        yield done(said)


async def _do(campaign_id: int, how: str) -> str:
    shop = await call(shops.get)
    if how == "at":
        row = await call(campaigns.get, campaign_id)
        local = row.schedule.local_time or ""
        planned = await call(schedule.schedule, campaign_id, local, row.schedule.timezone)
        goes = planned.campaign.held_until or planned.at
        return tr("Scheduled for {time}.", time=moment(goes, shop.timezone))
    started = await call(launching.enqueue, campaign_id)
    return _started(started.recipients, started.held_until, shop)


def _started(recipients: int, held_until: datetime | None, shop: ShopRow) -> str:
    if held_until is None:
        return trn("{n} message is on its way.", "{n} messages are on their way.", recipients)
    at = hour_first(held_until, shop.timezone)
    return trn(
        "{n} message will go out at {time}.",
        "{n} messages will go out at {time}.",
        recipients,
        time=at,
    )
