"""The messages of one campaign, page by page, by status."""

import dataclasses
from typing import Final, Literal

import reflex as rx

from astronote.errors import AstronoteError, Unauthenticated
from astronote.services import message_log, shops
from astronote.services.message_log import MessageRow
from astronote.state.base import answers, call, checked
from astronote.state.campaigns_words import id_in, plain_reason
from astronote.state.keyset import Keyset
from astronote.state.words import ago, counted, exact, number

PAGE: Final = 25

STATUSES: Final = (
    ("", "All messages"),
    ("queued", "Waiting"),
    ("sending", "Being sent"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("failed", "Failed"),
    ("unknown", "Unknown"),
    ("expired", "Expired"),
    ("skipped", "Skipped"),
)
"""The filter's values and words."""

_Status = Literal[
    "", "queued", "sending", "sent", "delivered", "failed", "unknown", "expired", "skipped"
]


@dataclasses.dataclass(frozen=True)
class MessageLine:
    """A message as the table shows it."""

    id: int
    phone: str
    status: str
    reason: str
    text: str
    parts: str
    at: str
    at_exact: str


class CampaignMessagesState(Keyset, rx.State):
    """Loaded with the campaign's page."""

    loading: bool = True
    error: str = ""
    status: str = ""
    rows: rx.Field[list[MessageLine]] = rx.field(default_factory=list)
    export: str = ""
    _campaign_id: int = 0

    @rx.event
    @answers
    async def load(self) -> None:
        """The newest messages of the campaign in the address."""
        wanted = id_in(self.router.url.path)
        if wanted != self._campaign_id:
            self._campaign_id, self.status, self.rows, self.loading = wanted, "", [], True
            self._from_start()
        await self._show_page()

    @rx.event
    @answers
    async def filter_status(self, status: str) -> None:
        """Show one status, or all."""
        self.status = checked(_Status, status)
        self._from_start()
        await self._show_page()

    async def _again(self, campaign_id: int) -> None:
        """Show the same page as it is now, where it is this campaign's."""
        if campaign_id == self._campaign_id:
            await self._show_page()

    async def _show_page(self) -> None:
        if not self._campaign_id:
            return
        try:
            page = await call(
                message_log.listing,
                campaign_id=self._campaign_id,
                status=self.status or None,
                limit=PAGE,
                cursor=self._cursors[-1],
            )
        except Unauthenticated:
            raise
        except AstronoteError as error:
            self.error, self.loading = error.detail, False
            return
        zone = (await call(shops.get)).timezone
        self.rows = [_line(row, zone) for row in page.items]
        self._turned(page.next_cursor)
        more = "" if page.total_is_exact else " +"
        self.shown = counted(page.total, "message", "messages") + more
        chosen = f"&status={self.status}" if self.status else ""
        self.export = f"/api/campaigns/{self._campaign_id}/messages?format=csv{chosen}"
        self.error, self.loading = "", False


def _line(row: MessageRow, zone: str) -> MessageLine:
    last = row.history[-1].at if row.history else row.created_at
    return MessageLine(
        id=row.id,
        phone=row.phone or "erased",
        status=row.status,
        reason=plain_reason(row.failure_reason or ""),
        text=row.text,
        parts=number(row.parts),
        at=ago(last),
        at_exact=exact(last, zone),
    )
