"""One message, in a sheet beside whichever list it was chosen from."""

import dataclasses

import reflex as rx

from astronote.errors import NotFound
from astronote.services import campaigns, message_log, shops
from astronote.services.message_log import MessageRow
from astronote.state.base import Id, answers, call, checked
from astronote.state.campaigns_words import plain_reason
from astronote.state.message_words import KINDS, StepLine, cost, status_name, steps
from astronote.state.words import counted, tr


@dataclasses.dataclass(frozen=True)
class MessageView:
    """Everything that is kept of a message; ids are 0 where there is nobody or nothing."""

    id: int = 0
    phone: str = ""
    contact_id: int = 0
    campaign_id: int = 0
    campaign: str = ""
    kind: str = ""
    status: str = ""
    status_words: str = ""
    reason: str = ""
    text: str = ""
    cost: str = ""
    size: str = ""
    provider_id: str = ""


class MessageSheetState(rx.State):
    """The sheet: open or not, and what it shows."""

    open: bool = False
    message: MessageView = MessageView()
    history: rx.Field[list[StepLine]] = rx.field(default_factory=list)

    @rx.event
    @answers
    async def show(self, message_id: int) -> None:
        """Open the sheet of one message."""
        row = await call(message_log.get, checked(Id, message_id))
        shop = await call(shops.get)
        self.message = _view(row, await _campaign(row))
        self.history = steps(row, shop.timezone)
        self.open = True

    @rx.event
    async def close(self) -> None:
        """Put it away."""
        self.open = False


async def _campaign(row: MessageRow) -> str:
    if not row.campaign_id:
        return ""
    try:
        return (await call(campaigns.get, row.campaign_id)).name
    except NotFound:
        return ""


def _view(row: MessageRow, campaign: str) -> MessageView:
    return MessageView(
        id=row.id,
        phone=row.phone or tr("Erased"),
        contact_id=row.contact_id or 0,
        campaign_id=row.campaign_id or 0 if campaign else 0,
        campaign=campaign,
        kind=tr(KINDS.get(row.kind, row.kind)),
        status=row.status,
        status_words=status_name(row.status),
        reason=plain_reason(row.failure_reason or ""),
        text=row.text or tr("The text was erased with its recipient."),
        cost=cost(row),
        size=f"{counted(len(row.text), 'character', 'characters')}, {row.encoding}",
        provider_id=row.provider_message_id or "",
    )
