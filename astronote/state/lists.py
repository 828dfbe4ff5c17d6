"""Lists of contacts: the system's own, and the shop's, which can be made and changed."""

import dataclasses
from typing import Any, Final

import reflex as rx

from astronote.services import lists
from astronote.services.lists import ListRow
from astronote.services.segments import KEYS
from astronote.state.base import Id, answers, call, checked
from astronote.state.keyset import Keyset
from astronote.state.window import NameForm, Window
from astronote.state.words import number, tr, trn

GROUPS: Final = (
    ("Everybody", ("all",)),
    ("Gender", ("female", "male", "other")),
    ("Age", ("age_18_24", "age_25_39", "age_40_59", "age_60_plus")),
)
"""How the system lists stand together on the page."""


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


class ListsState(Window, Keyset, rx.State):
    """Loaded with the lists page."""

    system: rx.Field[list[ListGroup]] = rx.field(default_factory=list)
    own: rx.Field[list[ListLine]] = rx.field(default_factory=list)

    @rx.event
    @answers
    async def load(self) -> None:
        """The lists, counted now."""
        self._from_start()
        self._close()
        await self._show_page()

    @rx.event
    @answers
    async def edit(self, list_id: int) -> None:
        """Ask for another name of an own list."""
        found = await call(lists.get, checked(Id, list_id))
        self._open(found.id or 0, found.name)

    async def _save(self, form: dict[str, Any]) -> str:
        name = NameForm.model_validate(form).name
        if self.name_of:
            await call(lists.rename, self.name_of, name)
            return tr("List renamed.")
        await call(lists.create, name)
        return tr("List created.")

    @rx.event
    @answers
    async def ask_delete(self, list_id: int) -> None:
        """Ask before deleting an own list, with how many it holds."""
        found = await call(lists.get, checked(Id, list_id))
        self._ask(found.id or 0, found.name, trn("{n} contact", "{n} contacts", found.count))

    async def _go_on(self) -> str:
        await call(lists.delete, self.asked_id)
        return tr("List deleted. Its contacts are still there.")

    async def _read(self) -> None:
        page = await call(lists.page, cursor=self._cursors[-1])
        system = {row.key: _line(row) for row in page.items if row.kind == "system"}
        if system:
            # The first page alone counts them; turning pages leaves them as they are.
            self.system = [ListGroup(tr(name), [system[k] for k in keys]) for name, keys in GROUPS]
        self.own = [_line(row) for row in page.items if row.kind == "own"]
        self.shown = trn("{n} list", "{n} lists", page.total - len(KEYS))
        self._turned(page.next_cursor)


def _line(row: ListRow) -> ListLine:
    name = tr(row.name) if row.kind == "system" else row.name
    return ListLine(row.key or str(row.id), name, number(row.count))
