"""Turning the pages of a list by cursors; see :mod:`astronote.paging`."""

import reflex as rx

from astronote.state.base import answers


class Keyset(rx.State, mixin=True):
    """Mix into a state that shows one page of a list: ``class X(Keyset, rx.State)``.

    The state reads the page at ``self._cursor`` in ``_show_page`` and says by ``_turned``
    what the page answered as its next one.
    """

    shown: str = ""
    has_next: bool = False
    has_previous: bool = False
    _cursors: rx.Field[list[str | None]] = rx.field(default_factory=lambda: [None])
    _next: str | None = None

    @rx.event
    @answers
    async def next_page(self) -> None:
        """The rows after these."""
        if self._next:
            self._cursors = [*self._cursors, self._next]
            await self._show_page()

    @rx.event
    @answers
    async def previous_page(self) -> None:
        """The rows before these."""
        if len(self._cursors) > 1:
            self._cursors = self._cursors[:-1]
            await self._show_page()

    async def _show_page(self) -> None:
        """Read and show the page at the newest cursor; every state has its own."""

    def _from_start(self) -> None:
        self._cursors = [None]

    def _turned(self, next_cursor: str | None) -> None:
        self._next = next_cursor
        self.has_next, self.has_previous = next_cursor is not None, len(self._cursors) > 1
