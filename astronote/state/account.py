"""A person's own account: the language, the password, the sign-ins. For staff and owners."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any, Final

import reflex as rx
from pydantic import ConfigDict, ValidationError

from astronote.errors import Invalid, Refused
from astronote.security import Identity
from astronote.services import accounts, sessions, shops
from astronote.services.rate_limits import allow_sign_in
from astronote.services.sessions import SessionRow
from astronote.state import identity
from astronote.state.base import (
    Form,
    Id,
    Sent,
    answers,
    call,
    call_own,
    checked,
    done,
    field_messages,
)
from astronote.state.devices import device
from astronote.state.loaded import Loaded
from astronote.state.shell import reloaded_in
from astronote.state.words import ago, exact, tr, trn
from astronote.words import Language

_FIELDS: Final = {"current": "currentPassword", "password": "newPassword"}


class PasswordForm(Form):
    """What the form sends."""

    model_config = ConfigDict(str_max_length=1000)

    currentPassword: str
    newPassword: str


@dataclasses.dataclass(frozen=True)
class SessionLine:
    """A sign-in as the page shows it."""

    id: int
    device: str
    address: str
    seen: str
    seen_exact: str
    since: str
    since_exact: str
    is_current: bool


class AccountState(Loaded, rx.State):
    """Loaded with the page."""

    email: str = ""
    locale: str = "en"
    sessions: rx.Field[list[SessionLine]] = rx.field(default_factory=list)
    others: int = 0
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    working: str = ""
    asked: bool = False
    # Counts the passwords set here: a new key empties the form's fields.
    changed: int = 0

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        who = identity.current()
        self.email, self.locale = who.email, who.locale
        self.errors, self.asked, self.working = {}, False, ""
        await self._show_page()

    @rx.event
    @answers
    async def set_language(self, locale: str) -> Sent:
        """Speak another language; the page comes again in it."""
        chosen: Language = checked(Language, locale)
        await call_own(accounts.set_language, chosen)
        return rx.call_script(reloaded_in(chosen))

    @rx.event
    @answers
    async def change_password(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Set a new password; every other sign-in ends."""
        self.working, self.errors = "password", {}
        yield None
        try:
            typed = PasswordForm.model_validate(form)
            # A stolen session must not serve to guess the password.
            await call_own(_allow, self.router.session.client_ip)
            await call_own(accounts.change_password, typed.currentPassword, typed.newPassword)
        except (ValidationError, Refused) as error:
            found = field_messages(error)
            self.errors = {_FIELDS.get(name, name): words for name, words in found.items()}
            return
        finally:
            self.working = ""
        self.changed += 1
        await self._show_page()
        yield done(tr("Password changed. You are signed out everywhere else."))

    @rx.event
    @answers
    async def end(self, session_id: int) -> Sent:
        """End one of the other sign-ins."""
        wanted = checked(Id, session_id)
        if wanted == identity.current().session_id:
            raise Invalid("This is where you are now. Sign out instead.")
        await call_own(sessions.end_one, wanted)
        await self._show_page()
        return done(tr("Signed out there."))

    @rx.event
    async def ask(self) -> None:
        """Ask before ending all others."""
        self.asked = self.others > 0

    @rx.event
    async def never_mind(self) -> None:
        """End none."""
        self.asked = False

    @rx.event
    @answers
    async def end_others(self) -> AsyncIterator[Sent]:
        """End every sign-in but this one."""
        self.working = "others"
        yield None
        try:
            ended = await call_own(sessions.end_others)
        finally:
            self.working, self.asked = "", False
        await self._show_page()
        yield done(trn("Signed out in {n} other place.", "Signed out in {n} other places.", ended))

    async def _read(self) -> None:
        found = await call_own(sessions.listing)
        zone = (await call(shops.get)).timezone
        # This one first, then by their last use.
        found.sort(key=lambda row: (row.is_current, row.last_seen_at), reverse=True)
        self.sessions = [_line(row, zone) for row in found]
        self.others = sum(not row.is_current for row in found)


def _allow(_session: object, who: Identity, address: str) -> None:
    allow_sign_in(who.email, address)


def _line(row: SessionRow, zone: str) -> SessionLine:
    return SessionLine(
        id=row.id,
        device=device(row.user_agent) or tr("Unknown device"),
        address=row.address,
        seen=tr("now") if row.is_current else ago(row.last_seen_at),
        seen_exact=exact(row.last_seen_at, zone),
        since=ago(row.created_at),
        since_exact=exact(row.created_at, zone),
        is_current=row.is_current,
    )
