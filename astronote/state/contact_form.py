"""Adding, changing, subscribing, deleting and erasing one contact: a drawer and questions.

The list of contacts and the page of one have them in common.
"""

from collections.abc import AsyncIterator
from typing import Any, cast

import reflex as rx
from pydantic import ValidationError, field_validator

from astronote.errors import Invalid, Refused
from astronote.services import consent, contacts, erasing, shops
from astronote.services.contact_fields import ContactValues
from astronote.state import identity
from astronote.state.address import id_in
from astronote.state.agreement import Agreement
from astronote.state.base import Id, Sent, answers, call, checked, done, field_messages
from astronote.state.consent_words import ConsentView, consent_view
from astronote.state.contact_page import ContactState
from astronote.state.contacts import PATH, ContactsState, full_name
from astronote.state.shell import ShellState
from astronote.state.words import tr, trn


class ContactForm(Agreement):
    """What the drawer's form sends; an unticked box is absent."""

    phone: str
    firstName: str = ""
    lastName: str = ""
    email: str = ""
    gender: str = ""
    birthday: str = ""
    tags: str = ""
    isSubscribed: bool = False

    @field_validator("isSubscribed", mode="before")
    @classmethod
    def ticked(cls, value: object) -> object:
        """Browsers send "on"."""
        return value in (True, "on", "true")

    def values(self) -> ContactValues:
        """As services take them, the subscription left out."""
        return {
            "phone": self.phone,
            "first_name": self.firstName,
            "last_name": self.lastName,
            "email": self.email,
            "gender": self.gender or None,
            "birthday": self.birthday or None,
            "tags": self.tags.split(","),
        }


_BLANK = dict.fromkeys(
    ("phone", "firstName", "lastName", "email", "gender", "birthday", "tags"), ""
)


class ContactFormState(rx.State):
    """The drawer, and the questions that are asked before something changes for good."""

    open: bool = False
    contact_id: int = 0
    opened: int = 0
    title: str = ""
    values: rx.Field[dict[str, str]] = rx.field(default_factory=lambda: dict(_BLANK))
    subscribed: bool = False
    was_subscribed: bool = False
    by_person: bool = False
    history: rx.Field[list[ConsentView]] = rx.field(default_factory=list)
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    saving: bool = False
    asked: str = ""
    asked_id: int = 0
    asked_name: str = ""
    asked_sent: str = ""
    asked_received: str = ""
    working: bool = False

    @rx.event
    async def add(self) -> None:
        """Open an empty form."""
        self._show(0, tr("Add a contact"), dict(_BLANK))
        self.subscribed = self.was_subscribed = self.by_person = False
        self.history = []

    @rx.event
    @answers
    async def edit(self, contact_id: int) -> None:
        """Open the form of one contact."""
        await self._open(contact_id)

    @rx.event
    @answers
    async def subscribe(self, contact_id: int) -> None:
        """The same with the box ticked, where the merchant may."""
        await self._open(contact_id)
        self.subscribed = not self.by_person

    async def _open(self, contact_id: int) -> None:
        contact = await call(contacts.get, checked(Id, contact_id))
        zone = (await call(shops.get)).timezone
        past = await call(consent.history, contact.id)
        self.subscribed = self.was_subscribed = contact.is_subscribed
        suppressed = await call(consent.is_suppressed, contact.phone)
        self.by_person = suppressed or contact.opted_out_by == "person"
        me = identity.current().actor
        self.history = [consent_view(line, zone, me) for line in past]
        self._show(contact.id, full_name(contact) or contact.phone, _filled(contact))

    def _show(self, contact_id: int, title: str, values: dict[str, str]) -> None:
        self.contact_id, self.title, self.values, self.errors = contact_id, title, values, {}
        self.opened += 1
        self.open = True

    @rx.event
    async def close(self) -> None:
        """Put the form away."""
        self.open = False

    @rx.event
    async def set_subscribed(self, ticked: bool) -> None:
        """Show what has to be said about the consent."""
        self.subscribed = bool(ticked)

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Keep the contact, or say beside each field why not."""
        self.saving, self.errors = True, {}
        yield None
        try:
            given = ContactForm.model_validate(form)
            self._check_consent(given)
            words = await self._keep(given)
        except (ValidationError, Refused) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.saving = False
        self.open = False
        yield done(words)
        yield self._refresh()

    def _refresh(self) -> Sent:
        """What shows the change where the drawer stands: on a contact's page, or the list."""
        on_page = id_in(self.router.url.path, PATH)
        return cast(Sent, ContactState.reload if on_page else ContactsState.reload)

    def _check_consent(self, given: ContactForm) -> None:
        if given.isSubscribed and not self.was_subscribed and not given.consentSource:
            sentence = "Say how this person agreed to receive messages."
            raise Invalid(sentence, field="consentSource")

    async def _keep(self, given: ContactForm) -> str:
        values, actor = given.values(), identity.current().actor
        values["is_subscribed"] = given.isSubscribed
        if not self.contact_id:
            await call(contacts.create, values, source="form", actor=actor, proof=given.proof())
            return tr("Contact added.")
        if given.isSubscribed == self.was_subscribed:
            del values["is_subscribed"]
        await call(
            contacts.change,
            self.contact_id,
            values,
            source="merchant",
            actor=actor,
            proof=given.proof(),
        )
        return tr("Contact saved.")

    @rx.event
    @answers
    async def ask_delete(self, contact_id: int) -> None:
        """Ask before deleting."""
        await self._ask("delete", contact_id)

    @rx.event
    @answers
    async def ask_unsubscribe(self, contact_id: int) -> None:
        """Ask before unsubscribing."""
        await self._ask("unsubscribe", contact_id)

    @rx.event
    @answers
    async def ask_erase(self, contact_id: int) -> None:
        """Ask before erasing, with how much there is."""
        found = await call(erasing.reach, checked(Id, contact_id))
        self.asked_sent = trn("{n} message", "{n} messages", found.sent)
        self.asked_received = trn("{n} text", "{n} texts", found.received)
        await self._ask("erase", contact_id)

    async def _ask(self, what: str, contact_id: int) -> None:
        contact = await call(contacts.get, checked(Id, contact_id))
        self.asked, self.asked_id = what, contact.id
        self.asked_name = full_name(contact) or contact.phone

    @rx.event
    async def never_mind(self) -> None:
        """Do nothing after all."""
        self.asked = ""

    @rx.event
    @answers
    async def do_it(self) -> AsyncIterator[Sent]:
        """Do what was asked about."""
        self.working = True
        yield None
        try:
            said = await self._do()
        finally:
            self.working, what, self.asked = False, self.asked, ""
        self.open = False
        yield done(said)
        if what != "unsubscribe" and id_in(self.router.url.path, PATH):
            yield cast(Sent, rx.redirect(PATH))
        else:
            yield self._refresh()
        yield cast(Sent, ShellState.load)

    async def _do(self) -> str:
        actor = identity.current().actor
        if self.asked == "delete":
            await call(contacts.delete, self.asked_id)
            return tr("Contact deleted.")
        if self.asked == "erase":
            await call(erasing.erase, self.asked_id, actor=actor)
            return tr("Everything personal about this contact is erased.")
        if self.asked != "unsubscribe":
            raise Invalid("Nothing was asked about.")
        await call(consent.unsubscribe, self.asked_id, source="merchant", actor=actor)
        return tr("{name} will get no more messages.", name=self.asked_name)


def _filled(contact: contacts.ContactRow) -> dict[str, str]:
    return {
        "phone": contact.phone,
        "firstName": contact.first_name or "",
        "lastName": contact.last_name or "",
        "email": contact.email or "",
        "gender": contact.gender or "",
        "birthday": contact.birthday.isoformat() if contact.birthday else "",
        "tags": ", ".join(contact.tags),
    }
