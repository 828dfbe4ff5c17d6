"""Which contacts of the list are selected: some by their ids, or all that the filter shows.

Ids and filters come from the browser. They are believed to be what they are called and no
more: a service takes of them only what the shop has.
"""

from typing import Annotated, Any, ClassVar

import reflex as rx
from pydantic import Field

from astronote.errors import Invalid
from astronote.services import contact_bulk
from astronote.services.contact_search import Selection
from astronote.state.base import Id, Text, answers, call, checked
from astronote.state.contact_filters import FILTERS, for_api, narrowing, wanted
from astronote.state.words import trn
from astronote.words import say

Ids = Annotated[list[Id], Field(max_length=200)]
Filters = Annotated[dict[Text, Text], Field(max_length=len(FILTERS))]


class SelectionState(rx.State):
    """Stays over the pages of the list; a selection by filter ends with the filter."""

    MOST: ClassVar[int] = 500
    """Contacts ticked one by one: as many as an address can name."""

    ids: rx.Field[list[int]] = rx.field(default_factory=list)
    everything: bool = False
    count: int = 0
    words: str = ""
    query: str = ""
    _filters: rx.Field[dict[str, str]] = rx.field(default_factory=dict)

    @rx.event
    @answers
    async def tick(self, contact_id: int, ticked: bool) -> None:
        """Take one contact in, or out."""
        self._tick([checked(Id, contact_id)], checked(bool, ticked))

    @rx.event
    @answers
    async def tick_page(self, ids: list[int], ticked: bool) -> None:
        """Take all contacts of a page in, or out."""
        self._tick(checked(Ids, ids), checked(bool, ticked))

    def _tick(self, ids: list[int], ticked: bool) -> None:
        kept = [number for number in self.ids if number not in ids]
        found = kept + ids if ticked else kept
        if len(found) > self.MOST:
            raise Invalid(
                say("At most {n} contacts can be ticked one by one.", n=self.MOST),
                code="too_many",
            )
        self.ids, self.everything, self.count = found, False, len(found)
        self.query = f"contactIds={','.join(map(str, found))}"
        self._say()

    @rx.event
    @answers
    async def take_all(self, filters: dict[str, Any]) -> None:
        """Select all that the filter shows, however many."""
        given = narrowing(checked(Filters, filters))
        self.count = await call(contact_bulk.size, Selection(filter=wanted(given)))
        self.ids, self.everything, self._filters = [], self.count > 0, given
        self.query = for_api(given)
        self._say()

    @rx.event
    async def clear(self) -> None:
        """Select nobody."""
        self._forget()

    def _say(self) -> None:
        self.words = trn("{n} contact selected", "{n} contacts selected", self.count)

    def _chosen(self) -> Selection:
        """The selection as services take it.

        Raises:
            Invalid: nobody is selected.
        """
        if self.everything:
            return Selection(filter=wanted(self._filters))
        if not self.ids:
            raise Invalid("Select some contacts first.")
        return Selection(ids=tuple(self.ids))

    def _forget(self) -> None:
        self.ids, self.everything, self.count, self.query, self._filters = [], False, 0, "", {}

    def _filter_changed(self) -> None:
        if self.everything:
            self._forget()
