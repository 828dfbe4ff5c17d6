"""The messages of one campaign, page by page, by status."""

from typing import Final

import reflex as rx

from astronote.services import message_log, shops
from astronote.state.base import answers, call, checked
from astronote.state.campaigns_words import id_in
from astronote.state.keyset import Keyset
from astronote.state.loaded import Loaded
from astronote.state.message_words import LogLine, Status, log_line, shown

PAGE: Final = 25


class CampaignMessagesState(Loaded, Keyset, rx.State):
    """Loaded with the campaign's page."""

    status: str = ""
    rows: rx.Field[list[LogLine]] = rx.field(default_factory=list)
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
        self.status = checked(Status, status)
        self._from_start()
        await self._show_page()

    async def _again(self, campaign_id: int) -> None:
        """Show the same page as it is now, where it is this campaign's."""
        if campaign_id == self._campaign_id:
            await self._show_page()

    async def _read(self) -> None:
        if not self._campaign_id:
            return
        page = await call(
            message_log.listing,
            campaign_id=self._campaign_id,
            status=self.status or None,
            limit=PAGE,
            cursor=self._cursors[-1],
        )
        zone = (await call(shops.get)).timezone
        self.rows = [log_line(row, zone) for row in page.items]
        self._turned(page.next_cursor)
        self.shown = shown(page.total, page.total_is_exact)
        chosen = f"&status={self.status}" if self.status else ""
        self.export = f"/api/campaigns/{self._campaign_id}/messages?format=csv{chosen}"
