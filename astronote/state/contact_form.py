"""Adding, changing, subscribing and deleting one contact, from the list's drawer."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any, cast

import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from astronote.errors import AstronoteError
from astronote.services import consent, contacts, shops
from astronote.services.consent import Evidence
from astronote.services.contact_fields import ContactValues
from astronote.state import identity
from astronote.state.base import Id, Sent, answers, call, checked, done, field_messages
from astronote.state.consent_sources import CONSENT_SOURCES, EXISTING_CUSTOMER
from astronote.state.contacts import ContactsState, full_name
from astronote.state.shell import ShellState
from astronote.state.words import ago, exact

_ACTIONS = {
    "opted_in": "Subscribed",
    "opted_out": "Unsubscribed",
    "pending": "Waits for confirmation",
    "imported": "Imported",
    "erased": "Erased",
}
_SOURCES = {
    "form": "by hand",
    "merchant": "by hand",
    "import": "by an import",
    "join": "on the join page",
    "nfc": "by NFC",
    "unsubscribe_link": "by the unsubscribe link",
    "resubscribe_link": "by the resubscribe link",
    "keyword": "by SMS",
    "api": "by the API",
    "preferences": "on the preferences page",
}


class ContactForm(BaseModel):
    """What the drawer's form sends; an unticked box is absent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, str_max_length=500)

    phone: str
    firstName: str = ""
    lastName: str = ""
    email: str = ""
    gender: str = ""
    birthday: str = ""
    tags: str = ""
    isSubscribed: bool = False
    consentSource: str = ""
    consentText: str = ""

    @field_validator("isSubscribed", mode="before")
    @classmethod
    def ticked(cls, value: object) -> object:
        """Browsers send "on"."""
        return value in (True, "on", "true")

    @field_validator("consentSource")
    @classmethod
    def known(cls, value: str) -> str:
        """One of the choices."""
        if value not in dict(CONSENT_SOURCES):
            raise ValueError("Choose one of the list.")
        return value

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

    def proof(self) -> Evidence:
        """What was said of the person's consent."""
        customer = self.consentSource == EXISTING_CUSTOMER
        return Evidence(
            text=self.consentText,
            stated_source=self.consentSource,
            legal_basis="existing_customer" if customer else "consent",
        )


@dataclasses.dataclass(frozen=True)
class ConsentView:
    """One line of a contact's consent history."""

    what: str
    text: str
    at: str
    at_exact: str


_BLANK = dict.fromkeys(
    ("phone", "firstName", "lastName", "email", "gender", "birthday", "tags"), ""
)


class ContactFormState(rx.State):
    """The drawer, and the two questions that are asked before something changes for good."""

    open: bool = False
    contact_id: int = 0
    opened: int = 0
    title: str = "Add a contact"
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
    working: bool = False

    @rx.event
    async def add(self) -> None:
        """Open an empty form."""
        self._show(0, "Add a contact", dict(_BLANK))
        self.subscribed = self.was_subscribed = self.by_person = False
        self.history = []

    @rx.event
    @answers
    async def edit(self, contact_id: int) -> None:
        """Open the form of one contact."""
        contact = await call(contacts.get, checked(Id, contact_id))
        zone = (await call(shops.get)).timezone
        past = await call(consent.history, contact.id)
        self.subscribed = self.was_subscribed = contact.is_subscribed
        self.by_person = contact.opted_out_by == "person"
        self.history = [_consent(line, zone) for line in past]
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
        except (ValidationError, AstronoteError, _Refused) as error:
            self.errors = error.messages if isinstance(error, _Refused) else field_messages(error)
            return
        finally:
            self.saving = False
        self.open = False
        yield done(words)
        yield cast(Sent, ContactsState.reload)

    def _check_consent(self, given: ContactForm) -> None:
        if given.isSubscribed and not self.was_subscribed and not given.consentSource:
            raise _Refused({"consentSource": "Say how this person agreed to receive messages."})

    async def _keep(self, given: ContactForm) -> str:
        values, actor = given.values(), identity.current().actor
        values["is_subscribed"] = given.isSubscribed
        if not self.contact_id:
            await call(contacts.create, values, source="form", actor=actor, proof=given.proof())
            return "Contact added."
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
        return "Contact saved."

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
            if self.asked == "delete":
                await call(contacts.delete, self.asked_id)
                yield done("Contact deleted.")
            elif self.asked == "unsubscribe":
                await call(
                    consent.unsubscribe,
                    self.asked_id,
                    source="merchant",
                    actor=identity.current().actor,
                )
                yield done(f"{self.asked_name} will get no more messages.")
        finally:
            self.working, self.asked = False, ""
        self.open = False
        yield cast(Sent, ContactsState.reload)
        yield cast(Sent, ShellState.load)


class _Refused(Exception):
    """The form alone can tell that something is missing."""

    def __init__(self, messages: dict[str, str]) -> None:
        self.messages = messages
        super().__init__(str(messages))


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


def _consent(line: consent.ConsentRow, zone: str) -> ConsentView:
    how = _SOURCES.get(line.source, line.source)
    return ConsentView(
        what=f"{_ACTIONS.get(line.action, line.action)} {how}",
        text=line.text,
        at=ago(line.at),
        at_exact=exact(line.at, zone),
    )
