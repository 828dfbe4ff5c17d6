"""The team: who may act for the shop; for owners."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError

from astronote.errors import AstronoteError, Unauthenticated
from astronote.services import invitations, shops, team
from astronote.services.team import Added, Member
from astronote.state import identity
from astronote.state.base import Id, Sent, Text, answers, call, checked, done, field_messages
from astronote.state.gate import OwnerOnly
from astronote.state.words import ago, exact, tr


class MemberForm(BaseModel):
    """What the form sends."""

    model_config = ConfigDict(extra="ignore", strict=True, str_max_length=500)

    email: str
    role: str = "staff"


@dataclasses.dataclass(frozen=True)
class MemberLine:
    """A member as the page shows it."""

    id: int
    email: str
    role: str
    since: str
    since_exact: str
    is_invited: bool
    is_me: bool


class TeamState(OwnerOnly, rx.State):
    """Loaded with the page."""

    loading: bool = True
    error: str = ""
    members: rx.Field[list[MemberLine]] = rx.field(default_factory=list)
    adding: bool = False
    opened: int = 0
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    working: bool = False
    by_mail: bool = False
    link: str = ""
    link_for: str = ""
    asked_id: int = 0
    asked_email: str = ""

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        self.adding, self.link, self.asked_id, self.errors = False, "", 0, {}
        self.by_mail = invitations.go_by_mail()
        await self._read()

    @rx.event
    async def ask_whom(self) -> None:
        """Ask for the new member's e-mail."""
        self.adding, self.errors = True, {}
        self.opened += 1

    @rx.event
    async def close(self) -> None:
        """Add nobody; or the link has been copied."""
        self.adding, self.link, self.link_for = False, "", ""

    @rx.event
    @answers
    async def add(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Add somebody and send or show the invitation."""
        self.working, self.errors = True, {}
        yield None
        try:
            typed = MemberForm.model_validate(form)
            added = await call(team.add, identity.current(), typed.email, typed.role)
            said = await self._invite(added)
        except Unauthenticated:
            raise
        except (ValidationError, AstronoteError) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.working = False
        self.adding = False
        await self._read()
        yield done(said)

    @rx.event
    @answers
    async def invite_again(self, user_id: int) -> Sent:
        """Send or show another link to somebody who has not set a password yet."""
        added = await call(team.invite_again, identity.current(), checked(Id, user_id))
        return done(await self._invite(added))

    @rx.event
    @answers
    async def set_role(self, user_id: int, role: str) -> Sent:
        """Give a member another role."""
        wanted = checked(Id, user_id)
        try:
            changed = await call(team.change_role, identity.current(), wanted, checked(Text, role))
        finally:
            # Also where it was refused, so that the chooser goes back.
            await self._read()
        if changed.user_id == identity.current().user_id and changed.role != "owner":
            return rx.call_script("location.assign('/app')")
        return done(tr("Role changed."))

    @rx.event
    @answers
    async def ask_remove(self, user_id: int) -> None:
        """Ask before somebody is removed."""
        wanted = checked(Id, user_id)
        found = next((one for one in self.members if one.id == wanted), None)
        if found is not None:
            self.asked_id, self.asked_email = found.id, found.email

    @rx.event
    async def never_mind(self) -> None:
        """Remove nobody."""
        self.asked_id = 0

    @rx.event
    @answers
    async def remove(self) -> AsyncIterator[Sent]:
        """Remove the member that was asked about."""
        if not self.asked_id:
            return
        self.working = True
        yield None
        try:
            await call(team.remove, identity.current(), self.asked_id)
        finally:
            self.working, self.asked_id = False, 0
        await self._read()
        yield done(tr("{email} is no longer in your team.", email=self.asked_email))

    async def _invite(self, added: Added) -> str:
        """Tell the new member; what to tell the owner. A link that no mail took is shown."""
        email = added.member.email
        if added.invitation_url is None:
            return tr("{email} is in your team, and signs in as before.", email=email)
        if self.by_mail and await asyncio.to_thread(
            invitations.send, added, identity.current().shop_name
        ):
            return tr("An invitation is on its way to {email}.", email=email)
        self.link, self.link_for = added.invitation_url, email
        return tr("{email} is in your team.", email=email)

    async def _read(self) -> None:
        me = identity.current().user_id
        try:
            found = await call(team.listing)
            zone = (await call(shops.get)).timezone
        except Unauthenticated:
            raise
        except AstronoteError as error:
            self.error, self.loading = tr(error.detail), False
            return
        self.members = [_line(member, zone, me) for member in found]
        self.error, self.loading = "", False


def _line(member: Member, zone: str, me: int) -> MemberLine:
    return MemberLine(
        id=member.user_id,
        email=member.email,
        role=member.role,
        since=ago(member.created_at),
        since_exact=exact(member.created_at, zone),
        is_invited=member.is_invited,
        is_me=member.user_id == me,
    )
