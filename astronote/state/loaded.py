"""What a page shows, read from services, or why it could not be read."""

import reflex as rx

from astronote.errors import Refused
from astronote.state.words import said


class Loaded(rx.State, mixin=True):
    """Mix into a state that fills a page: ``class X(Loaded, rx.State)``.

    The state asks services and sets its vars in ``_read``; handlers call ``_show_page``.
    See :func:`astronote.components.feedback.loaded` for what is seen meanwhile.
    """

    loading: bool = True
    error: str = ""

    async def _show_page(self) -> None:
        """Read everything anew; a refusal stands where the page's content would."""
        try:
            await self._read()
        except Refused as error:
            self.error = said(error.detail)
        else:
            self.error = ""
        self.loading = False

    async def _read(self) -> None:
        """Ask services and set the vars; every state has its own."""
