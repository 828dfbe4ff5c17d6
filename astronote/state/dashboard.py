"""The dashboard's figures, as words ready to show."""

import dataclasses

import reflex as rx

from astronote.services import dashboard, shops
from astronote.state.base import answers, call
from astronote.state.words import ago, exact, number, percent


@dataclasses.dataclass(frozen=True)
class CampaignView:
    """A campaign on the dashboard."""

    id: int
    name: str
    status: str
    at: str
    at_exact: str
    total: str
    delivered: str
    delivered_share: str


@dataclasses.dataclass(frozen=True)
class AttentionView:
    """A sentence and where it leads."""

    sentence: str
    href: str


class DashboardState(rx.State):
    """Loaded with the dashboard."""

    loading: bool = True
    contacts: str = "–"
    new_contacts: str = ""
    subscribed: str = "–"
    subscribed_share: str = ""
    delivered: str = "–"
    under_way: str = ""
    credits: str = "–"
    credits_reserved: str = ""
    running: int = 0
    next_scheduled: str = ""
    next_scheduled_exact: str = ""
    recent: rx.Field[list[CampaignView]] = rx.field(default_factory=list)
    attention: rx.Field[list[AttentionView]] = rx.field(default_factory=list)
    has_contacts: bool = False

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        found = await call(dashboard.figures)
        zone = (await call(shops.get)).timezone
        self.contacts, self.subscribed = number(found.contacts), number(found.subscribed)
        self.has_contacts = found.contacts > 0
        self.new_contacts = f"{number(found.new_contacts)} new in 30 days"
        self.subscribed_share = f"{percent(found.subscribed, found.contacts)} of contacts"
        self.delivered = number(found.delivered)
        self.under_way = f"{number(found.under_way)} on their way"
        self.credits = number(found.credits_available)
        self.credits_reserved = f"{number(found.credits_reserved)} reserved"
        self.running = found.running
        coming = found.next_scheduled
        self.next_scheduled = f"{coming.name}, {ago(coming.at)}" if coming else ""
        self.next_scheduled_exact = exact(coming.at, zone) if coming else ""
        self.recent = [_view(line, zone) for line in found.recent]
        self.attention = [AttentionView(a.sentence, a.href) for a in found.attention]
        self.loading = False


def _view(line: dashboard.CampaignLine, zone: str) -> CampaignView:
    return CampaignView(
        id=line.id,
        name=line.name,
        status=line.status,
        at=ago(line.at),
        at_exact=exact(line.at, zone),
        total=number(line.total),
        delivered=number(line.delivered),
        delivered_share=percent(line.delivered, line.total),
    )
