"""What is done to all selected contacts at once: asked about in numbers, then done."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar, cast

import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError

from astronote.errors import Invalid, Refused
from astronote.services import contact_bulk, lists
from astronote.services.contact_search import Selection
from astronote.state import identity
from astronote.state.agreement import Agreement
from astronote.state.base import Sent, Text, answers, call, checked, done, field_messages
from astronote.state.contact_selection import SelectionState
from astronote.state.contacts import ContactsState
from astronote.state.words import trn


class TagsForm(BaseModel):
    """Labels, separated by commas."""

    model_config = ConfigDict(extra="ignore", str_max_length=2_000)

    tags: str = ""


class ListForm(BaseModel):
    """An own list, or the name of a new one."""

    model_config = ConfigDict(extra="ignore", str_max_length=500)

    listId: str = ""
    newList: str = ""


class BulkState(rx.State):
    """The dialogs over the list: one is open at a time."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        *("tag", "untag", "list", "unlist", "subscribe", "unsubscribe", "delete"),
    )

    asked: str = ""
    opened: int = 0
    many: str = ""
    own: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    working: bool = False

    @rx.event
    @answers
    async def ask(self, what: str) -> None:
        """Open the dialog of one action, with how many contacts it concerns."""
        if checked(Text, what) not in self.ACTIONS:
            raise Invalid("There is no such action.")
        selection = await self._selection()
        count = await call(contact_bulk.size, selection)
        if not count:
            raise Invalid("The selected contacts are not there any more.")
        if what in ("list", "unlist"):
            self.own = [
                (str(row.id), row.name) for row in await call(lists.everything) if row.kind == "own"
            ]
        self.many = trn("{n} contact", "{n} contacts", count)
        self.asked, self.errors = what, {}
        self.opened += 1

    @rx.event
    async def never_mind(self) -> None:
        """Do nothing after all."""
        self.asked = ""

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Do what was asked about, with what the form says, or say beside the field why not."""
        self.working, self.errors = True, {}
        yield None
        try:
            said = await self._do(form)
        except (ValidationError, Refused) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.working = False
        yield done(said)
        async for sent in self._finished():
            yield sent

    @rx.event
    @answers
    async def do_it(self) -> AsyncIterator[Sent]:
        """The same for what needs no form."""
        self.working = True
        yield None
        try:
            said = await self._do({})
        finally:
            self.working, self.asked = False, ""
        yield done(said)
        async for sent in self._finished():
            yield sent

    async def _finished(self) -> AsyncIterator[Sent]:
        self.asked = ""
        (await self.get_state(SelectionState))._forget()
        yield cast(Sent, ContactsState.reload)
        yield cast(Sent, ContactsState.recount)

    async def _selection(self) -> Selection:
        return (await self.get_state(SelectionState))._chosen()

    async def _do(self, form: dict[str, Any]) -> str:
        selection = await self._selection()
        if self.asked in ("tag", "untag"):
            return await self._label(selection, TagsForm.model_validate(form).tags.split(","))
        if self.asked in ("list", "unlist"):
            return await self._list(selection, ListForm.model_validate(form))
        if self.asked in ("subscribe", "unsubscribe"):
            return await self._consent(selection, Agreement.model_validate(form))
        if self.asked != "delete":
            raise Invalid("Nothing was asked about.")
        deleted = (await call(contact_bulk.delete, selection)).changed
        return trn("{n} contact deleted.", "{n} contacts deleted.", deleted)

    async def _label(self, selection: Selection, tags: list[str]) -> str:
        if not any(tag.strip() for tag in tags):
            raise Invalid("Write at least one tag.", field="tags")
        verb = contact_bulk.tag if self.asked == "tag" else contact_bulk.untag
        changed = (await call(verb, selection, tags)).changed
        return trn("{n} contact changed.", "{n} contacts changed.", changed)

    async def _list(self, selection: Selection, form: ListForm) -> str:
        if self.asked == "unlist":
            changed = await call(lists.remove, _own(form), selection)
            return trn("{n} contact taken out.", "{n} contacts taken out.", changed)
        changed = await call(_add, form, selection)
        return trn("{n} contact added.", "{n} contacts added.", changed)

    async def _consent(self, selection: Selection, form: Agreement) -> str:
        actor = identity.current().actor
        if self.asked == "unsubscribe":
            ended = await call(contact_bulk.unsubscribe, selection, source="merchant", actor=actor)
            return trn("{n} contact unsubscribed.", "{n} contacts unsubscribed.", ended.changed)
        if not form.consentSource:
            sentence = "Say how these people agreed to receive messages."
            raise Invalid(sentence, field="consentSource")
        begun = await call(
            contact_bulk.subscribe, selection, source="merchant", actor=actor, proof=form.proof()
        )
        said = trn("{n} contact subscribed.", "{n} contacts subscribed.", begun.changed)
        if not begun.refused:
            return said
        kept = trn(
            "{n} person opted out and stays so.",
            "{n} people opted out and stay so.",
            begun.refused,
        )
        return f"{said} {kept}"


def _own(form: ListForm) -> str:
    if not form.listId:
        raise Invalid("Choose a list.", field="listId")
    return form.listId


def _add(session: Any, shop_id: int, form: ListForm, selection: Selection) -> int:
    """Put the selection into the list, a new one where a name was written, in one piece."""
    name = form.newList.strip()
    key = str(lists.create(session, shop_id, name).id) if name else _own(form)
    return lists.add(session, shop_id, key, selection)
