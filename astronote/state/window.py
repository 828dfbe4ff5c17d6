"""A page whose things are made in a window, and that asks before one of them ends."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import reflex as rx
from pydantic import ValidationError

from astronote.errors import Refused
from astronote.state.base import Form, Sent, answers, done, field_messages
from astronote.state.loaded import Loaded


class NameForm(Form):
    """What the window's form sends, where only a name is asked for."""

    name: str


class Window(Loaded, rx.State, mixin=True):
    """Mix into the state of such a page: ``class X(Window, rx.State)``.

    The state keeps the window's form in its ``_save`` (makes or renames) and does what was
    asked about in its ``_go_on`` (ends it); both return the sentence that says so, or ''.
    The windows themselves are in :mod:`astronote.components.window`.
    """

    naming: bool = False
    opened: int = 0
    name_of: int = 0
    """The id of what gets another name; 0 for a new one."""
    name: str = ""
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    working: bool = False
    asked_id: int = 0
    asked_name: str = ""
    asked_words: str = ""

    @rx.event
    async def add(self) -> None:
        """Open the window for a new one."""
        self._open()

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Keep what was typed, or say beside the field why not."""
        self.working, self.errors = True, {}
        yield None
        try:
            words = await self._save(form)
        except (ValidationError, Refused) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.working = False
        self.naming = False
        await self._show_page()
        if words:
            yield done(words)

    @rx.event
    @answers
    async def go_on(self) -> AsyncIterator[Sent]:
        """Do what was asked about."""
        if not self.asked_id:
            return
        self.working = True
        yield None
        try:
            words = await self._go_on()
        finally:
            self.working, self.asked_id = False, 0
        await self._show_page()
        yield done(words)

    @rx.event
    async def never_mind(self) -> None:
        """Change nothing after all."""
        self._close()

    if TYPE_CHECKING:

        async def _save(self, form: dict[str, Any]) -> str: ...

        async def _go_on(self) -> str: ...

    def _open(self, name_of: int = 0, name: str = "") -> None:
        self.name_of, self.name, self.errors, self.naming = name_of, name, {}, True
        self.opened += 1

    def _ask(self, asked_id: int, name: str, words: str = "") -> None:
        self.asked_id, self.asked_name, self.asked_words = asked_id, name, words

    def _close(self) -> None:
        self.naming, self.asked_id, self.errors = False, 0, {}
