"""The wizard's last step: everything at a glance before it is sent."""

import reflex as rx

from astronote.errors import Refused
from astronote.services import lists
from astronote.services.campaigns import CampaignRow
from astronote.state.base import call
from astronote.state.campaigns_schedule import Remark
from astronote.state.campaigns_send import Outlook, outlook
from astronote.state.campaigns_words import audience_words, moment
from astronote.state.words import counted, number, quoted, said, tr, trn


class ReviewState(rx.State):
    """Loaded with the wizard's last step."""

    name: str = ""
    sender: str = ""
    sample: str = ""
    audience: rx.Field[list[str]] = rx.field(default_factory=list)
    offer: str = ""
    when: str = ""
    remarks: rx.Field[list[Remark]] = rx.field(default_factory=list)
    recipients: str = "–"
    parts: str = ""
    credits: str = "–"
    available: str = "–"
    missing: str = ""
    blocked: str = ""
    problem: str = ""
    ready: bool = False
    how: str = "now"

    async def _fill(self, row: CampaignRow) -> None:
        self.how = row.schedule.mode
        try:
            found = await call(outlook, row.id, self.how)
        except Refused as error:
            self.problem, self.ready, self.blocked = said(error.detail), False, ""
            self.recipients = self.credits = "–"
            return
        names = {item.key or str(item.id): item.name for item in await call(lists.everything)}
        self.audience = audience_words(row.audience, names)
        self._show(found)

    def _show(self, found: Outlook) -> None:
        row, shop = found.row, found.shop
        self.name, self.sample = row.name, found.sample
        self.sender = shop.sender_name or shop.name
        self.offer = _offer_words(row, shop.timezone)
        self.when = (
            tr("As soon as you press Send")
            if self.how == "now" and found.moment.held_until is None
            else moment(found.goes_out, shop.timezone)
        )
        self.remarks = found.remarks()
        self.recipients, self.credits = number(found.recipients), number(found.credits)
        self.parts = counted(found.parts, "SMS part", "SMS parts")
        self.available = number(found.available)
        self.missing = (
            trn("{n} credit is missing.", "{n} credits are missing.", found.short)
            if found.short
            else ""
        )
        buy = tr("Buy credits to send this campaign.")
        self.blocked = said(found.blocked) or (f"{self.missing} {buy}" if found.short else "")
        self.problem = "" if found.recipients else tr("Nobody is in this audience.")
        # What goes out later can be paid for until then.
        self.ready = not self.problem and (self.how == "at" or not self.blocked)


def _offer_words(row: CampaignRow, zone: str) -> str:
    offer = row.offer
    if not offer.enabled:
        return tr("None")
    title = quoted(offer.title) if offer.title else tr("With the shop's name as its title")
    if offer.valid_days is not None:
        title = trn(
            "{title}, for {n} day after it is sent",
            "{title}, for {n} days after it is sent",
            offer.valid_days,
            title=title,
        )
    if offer.expires_at is None:
        return title
    return tr("{title}, until {time}", title=title, time=moment(offer.expires_at, zone))
