"""One contact: what is known, the history of consent, the messages sent to the person."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Final

import reflex as rx

from astronote import clock
from astronote.errors import NotFound
from astronote.services import consent, contacts, message_log, shops
from astronote.services.ages import age
from astronote.services.contacts import ContactRow
from astronote.state import identity
from astronote.state.address import id_in
from astronote.state.base import Sent, answers, call
from astronote.state.consent_words import ConsentView, consent_view, how
from astronote.state.contacts import PATH, contact_status, full_name
from astronote.state.keyset import Keyset
from astronote.state.loaded import Loaded
from astronote.state.message_words import LogLine, log_line, shown
from astronote.state.words import ago, exact, tr, written

PAGE: Final = 10

_GENDERS: Final = {"male": "Man", "female": "Woman", "other": "Other"}


@dataclasses.dataclass(frozen=True)
class ContactCard:
    """The contact as its page shows it; ``lock`` says why it cannot be subscribed by hand."""

    id: int = 0
    name: str = ""
    phone: str = ""
    email: str = ""
    gender: str = ""
    birthday: str = ""
    tags: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    status: str = ""
    status_words: str = ""
    is_subscribed: bool = False
    lock: str = ""
    added: str = ""
    added_exact: str = ""
    changed: str = ""
    changed_exact: str = ""


class ContactState(Loaded, Keyset, rx.State):
    """Loaded with the page of one contact."""

    missing: bool = False
    shown_id: int = 0
    card: ContactCard = ContactCard()
    since: str = ""
    history: rx.Field[list[ConsentView]] = rx.field(default_factory=list)
    proof: str = ""
    messages: rx.Field[list[LogLine]] = rx.field(default_factory=list)

    @rx.event
    @answers
    async def load(self) -> AsyncIterator[Sent]:
        """Show the contact that the address names."""
        wanted = id_in(self.router.url.path, PATH)
        if wanted != self.shown_id:
            self.loading, self.missing, self.shown_id = True, False, wanted
            self.card, self.history, self.messages = ContactCard(), [], []
            yield None
        self._from_start()
        await self._show_page()

    @rx.event
    @answers
    async def reload(self) -> None:
        """Show the same contact as it is now."""
        await self._show_page()

    async def _read(self) -> None:
        self.missing = False
        try:
            contact = await call(contacts.get, self.shown_id)
        except NotFound:
            self.missing = True
            raise
        past = await call(consent.history, contact.id)
        locked = await call(consent.is_suppressed, contact.phone)
        zone = (await call(shops.get)).timezone
        await self._show_messages(contact.id, zone)
        self.card = _card(contact, zone, _lock(contact, past, locked))
        self.since = _since(past)
        me = identity.current().actor
        self.history = [consent_view(line, zone, me) for line in past]
        self.proof = f"/api/contacts/{contact.id}/consent?format=csv"

    async def _show_messages(self, contact_id: int, zone: str) -> None:
        page = await call(
            message_log.listing, contact_id=contact_id, limit=PAGE, cursor=self._cursors[-1]
        )
        self.messages = [log_line(row, zone) for row in page.items]
        self._turned(page.next_cursor)
        self.shown = shown(page.total, page.total_is_exact)


def _lock(contact: ContactRow, past: list[consent.ConsentRow], is_suppressed: bool) -> str:
    """Why only the person can subscribe again; '' where the merchant may."""
    if contact.opted_out_by != "person" and not is_suppressed:
        return ""
    act = next((p for p in past if p.action == "opted_out" and p.source in consent.OWN_ACTS), None)
    if act is None:
        said = tr("This person opted out.")
    else:
        said = tr("This person opted out {how}, {ago}.", how=how(act), ago=ago(act.at))
    only = tr("Only they can subscribe again, by joining anew; nobody can do it for them.")
    return f"{said} {only}"


def _since(past: list[consent.ConsentRow]) -> str:
    if not past:
        return ""
    when = ago(past[0].at)
    return f"{when[:1].upper()}{when[1:]}, {how(past[0])}"


def _card(contact: ContactRow, zone: str, lock: str) -> ContactCard:
    status, words = contact_status(contact)
    born = contact.birthday
    return ContactCard(
        id=contact.id,
        name=full_name(contact) or contact.phone,
        phone=contact.phone,
        email=contact.email or "",
        gender=tr(_GENDERS.get(contact.gender or "", "")),
        birthday=f"{written(born, 'd MMMM y')} ({age(born, clock.today(zone))})" if born else "",
        tags=contact.tags,
        attributes=tuple((str(k), str(v)) for k, v in contact.attributes.items())[:20],
        status=status,
        status_words=words,
        is_subscribed=contact.is_subscribed,
        lock=lock,
        added=ago(contact.created_at),
        added_exact=exact(contact.created_at, zone),
        changed=ago(contact.updated_at),
        changed_exact=exact(contact.updated_at, zone),
    )
