"""Lists of contacts: the system's own, and the shop's, which can be made and changed."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any, Final

import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError

from astronote.errors import AstronoteError, Unauthenticated
from astronote.services import lists
from astronote.services.lists import ListRow
from astronote.services.segments import KEYS
from astronote.state.base import Id, Sent, answers, call, checked, done, field_messages
from astronote.state.keyset import Keyset
from astronote.state.words import language, number, tr, trn
from astronote.words import translate

GROUPS: Final = (
    ("Everybody", ("all",)),
    ("Gender", ("female", "male", "other")),
    ("Age", ("age_18_24", "age_25_39", "age_40_59", "age_60_plus")),
)
"""How the system lists stand together on the page."""


class ListForm(BaseModel):
    """What the dialog's form sends."""

    model_config = ConfigDict(extra="ignore", strict=True, str_max_length=500)

    name: str


@dataclasses.dataclass(frozen=True)
class ListLine:
    """A list as the page shows it; ``key`` names it in the contacts' address."""

    key: str
    name: str
    count: str


@dataclasses.dataclass(frozen=True)
class ListGroup:
    """System lists of one sort."""

    title: str
    lists: list[ListLine]


class ListsState(Keyset, rx.State):
    """Loaded with the lists page."""

    loading: bool = True
    error: str = ""
    system: rx.Field[list[ListGroup]] = rx.field(default_factory=list)
    own: rx.Field[list[ListLine]] = rx.field(default_factory=list)
    naming: bool = False
    list_id: int = 0
    name: str = ""
    opened: int = 0
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    asked_id: int = 0
    asked_name: str = ""
    asked_words: str = ""
    working: bool = False

    @rx.event
    @answers
    async def load(self) -> None:
        """The lists, counted now."""
        self._from_start()
        self.naming, self.asked_id = False, 0
        await self._show_page()

    @rx.event
    async def add(self) -> None:
        """Ask for a new list's name."""
        self._ask_name(0, "")

    @rx.event
    @answers
    async def edit(self, list_id: int) -> None:
        """Ask for another name of an own list."""
        found = await call(lists.get, checked(Id, list_id))
        self._ask_name(found.id or 0, found.name)

    def _ask_name(self, list_id: int, name: str) -> None:
        self.list_id, self.name, self.errors, self.naming = list_id, name, {}, True
        self.opened += 1

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Make the list or give it its name, or say beside the field why not."""
        self.working, self.errors = True, {}
        yield None
        try:
            name = ListForm.model_validate(form).name
            if self.list_id:
                await call(lists.rename, self.list_id, name)
            else:
                await call(lists.create, name)
        except Unauthenticated:
            raise
        except (ValidationError, AstronoteError) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.working = False
        self.naming = False
        yield done(tr("List renamed.") if self.list_id else tr("List created."))
        await self._show_page()

    @rx.event
    @answers
    async def ask_delete(self, list_id: int) -> None:
        """Ask before deleting an own list, with how many it holds."""
        found = await call(lists.get, checked(Id, list_id))
        self.asked_id, self.asked_name = found.id or 0, found.name
        self.asked_words = trn("{n} contact", "{n} contacts", found.count)

    @rx.event
    @answers
    async def delete(self) -> AsyncIterator[Sent]:
        """Delete the list that was asked about."""
        self.working = True
        yield None
        try:
            await call(lists.delete, self.asked_id)
        finally:
            self.working, self.asked_id = False, 0
        yield done(tr("List deleted. Its contacts are still there."))
        await self._show_page()

    @rx.event
    async def never_mind(self) -> None:
        """Do nothing after all."""
        self.naming, self.asked_id = False, 0

    async def _show_page(self) -> None:
        try:
            page = await call(lists.page, cursor=self._cursors[-1])
        except Unauthenticated:
            raise
        except AstronoteError as error:
            self.error, self.loading = translate(error.detail, language()), False
            return
        system = {row.key: _line(row) for row in page.items if row.kind == "system"}
        if system:
            # The first page alone counts them; turning pages leaves them as they are.
            self.system = [ListGroup(tr(name), [system[k] for k in keys]) for name, keys in GROUPS]
        self.own = [_line(row) for row in page.items if row.kind == "own"]
        self.shown = trn("{n} list", "{n} lists", page.total - len(KEYS))
        self._turned(page.next_cursor)
        self.error, self.loading = "", False


def _line(row: ListRow) -> ListLine:
    name = tr(row.name) if row.kind == "system" else row.name
    return ListLine(row.key or str(row.id), name, number(row.count))
