"""The list of contacts: what is asked for, kept in the address, and the page of rows shown."""

import dataclasses
from collections.abc import AsyncIterator

import reflex as rx

from astronote import clock
from astronote.errors import Invalid
from astronote.services import contact_search, lists, shops
from astronote.services.ages import age
from astronote.services.contacts import ContactRow
from astronote.state.address import keep_in_address
from astronote.state.base import Sent, Text, answers, call, checked
from astronote.state.contact_filters import FILTERS, for_api, narrowing, order, wanted
from astronote.state.contact_selection import SelectionState
from astronote.state.keyset import Keyset
from astronote.state.loaded import Loaded
from astronote.state.words import ago, exact, number, tr, trn, written

PATH = "/app/contacts"


@dataclasses.dataclass(frozen=True)
class ContactLine:
    """A contact as the table shows it."""

    id: int
    name: str
    phone: str
    email: str
    gender: str
    age: str
    birthday: str
    tags: list[str]
    status: str
    status_words: str
    is_subscribed: bool
    by_person: bool
    added: str
    added_exact: str


class ContactsState(Loaded, Keyset, rx.State):
    """Loaded with the contacts page; holds one page of rows."""

    rows: rx.Field[list[ContactLine]] = rx.field(default_factory=list)
    page_ids: rx.Field[list[int]] = rx.field(default_factory=list)
    lists: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    filters: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    # How often the filters came from elsewhere than their fields, which are then made anew.
    filled: int = 0
    is_filtered: bool = False
    export_query: str = ""

    @rx.event
    @answers
    async def load(self) -> AsyncIterator[Sent]:
        """Take what is asked for from the address and show its first page."""
        given = self.router.url.query_parameters
        self.filters = {name: given.get(name, "")[:500] for name in FILTERS}
        self.filled += 1
        self._from_start()
        (await self.get_state(SelectionState))._forget()
        await self._show_page()
        yield None
        # Counting the lists passes over all contacts, so the rows are shown before.
        await self._count_lists()

    @rx.event
    @answers
    async def recount(self) -> None:
        """Count the lists anew."""
        await self._count_lists()

    async def _count_lists(self) -> None:
        self.lists = [_choice(row) for row in await call(lists.everything)]

    @rx.event
    @answers
    async def reload(self) -> None:
        """Show the same page again, as it is now."""
        await self._show_page()

    @rx.event(supersedes=True)
    @answers
    async def search(self, q: str) -> AsyncIterator[Sent]:
        """Search as it is typed; a newer keystroke stops an older search."""
        async for sent in self._ask("q", q):
            yield sent

    @rx.event(supersedes=True)
    @answers
    async def narrow(self, name: str, value: str) -> AsyncIterator[Sent]:
        """Set one filter."""
        async for sent in self._ask(name, value):
            yield sent

    async def _ask(self, name: str, value: str) -> AsyncIterator[Sent]:
        if checked(Text, name) not in FILTERS:
            raise Invalid("There is no such filter.")
        self.filters = {**self.filters, name: checked(Text, value)}
        if name != "sort":
            (await self.get_state(SelectionState))._filter_changed()
        self._from_start()
        await self._show_page()
        yield keep_in_address(PATH, self.filters)

    @rx.event
    @answers
    async def sort_by(self, field: str) -> AsyncIterator[Sent]:
        """Sort by a column; a second press turns the order round."""
        first, second = ("createdAt", "-createdAt") if field == "createdAt" else (
            "lastName", "-lastName")  # fmt: skip
        if field == "createdAt":
            first, second = second, first
        now = self.filters.get("sort") or "-createdAt"
        async for sent in self._ask("sort", second if now == first else first):
            yield sent

    @rx.event
    @answers
    async def clear(self) -> AsyncIterator[Sent]:
        """Show everybody."""
        self.filters = dict.fromkeys(FILTERS, "")
        (await self.get_state(SelectionState))._filter_changed()
        self.filled += 1
        self._from_start()
        await self._show_page()
        yield keep_in_address(PATH, {})

    async def _read(self) -> None:
        page = await call(
            contact_search.search,
            wanted(self.filters),
            sort=order(self.filters),
            cursor=self._cursors[-1],
        )
        zone = (await call(shops.get)).timezone
        self.rows = [_line(row, zone) for row in page.items]
        self.page_ids = [row.id for row in page.items]
        self._turned(page.next_cursor)
        self.shown = _count(page.total, page.total_is_exact)
        self.is_filtered = bool(narrowing(self.filters))
        self.export_query = for_api(self.filters)


def full_name(contact: ContactRow) -> str:
    """First and last name, '' where neither is known."""
    return " ".join(part for part in (contact.first_name, contact.last_name) if part)


def _choice(row: lists.ListRow) -> tuple[str, str]:
    name = tr(row.name) if row.kind == "system" else row.name
    return str(row.key or row.id), f"{name} ({number(row.count)})"


def _count(total: int, is_exact: bool) -> str:
    if is_exact:
        return trn("{n} contact", "{n} contacts", total)
    return tr("At least {n} contacts", n=number(total))


def _line(contact: ContactRow, zone: str) -> ContactLine:
    born = contact.birthday
    status, words = contact_status(contact)
    return ContactLine(
        id=contact.id,
        name=full_name(contact) or "–",
        phone=contact.phone,
        email=contact.email or "",
        gender=contact.gender or "",
        age=str(age(born, clock.today(zone))) if born else "",
        birthday=written(born, "d MMM y") if born else "",
        tags=list(contact.tags[:4]),
        status=status,
        status_words=words,
        is_subscribed=contact.is_subscribed,
        by_person=contact.opted_out_by == "person",
        added=ago(contact.created_at),
        added_exact=exact(contact.created_at, zone),
    )


def contact_status(contact: ContactRow) -> tuple[str, str]:
    """Whether a contact is subscribed: the badge's status and its words."""
    if contact.is_subscribed:
        return "subscribed", tr("Subscribed")
    if contact.sms_consent_status == "pending":
        return "pending", tr("To be confirmed")
    if contact.unsubscribed_at:
        return "unsubscribed", tr("Unsubscribed")
    return "unsubscribed", tr("Not subscribed")
