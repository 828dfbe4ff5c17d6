"""The team: who may act for the shop; for owners."""

import asyncio
import dataclasses
from typing import Any

import reflex as rx

from astronote.services import invitation_letters, shops, team
from astronote.services.team import Added, Member
from astronote.state import identity
from astronote.state.base import Form, Id, Sent, Text, answers, call, checked, done
from astronote.state.gate import OwnerOnly
from astronote.state.window import Window
from astronote.state.words import ago, exact, tr


class MemberForm(Form):
    """What the form sends."""

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


class TeamState(OwnerOnly, Window, rx.State):
    """Loaded with the page."""

    members: rx.Field[list[MemberLine]] = rx.field(default_factory=list)
    by_mail: bool = False
    link: str = ""
    link_for: str = ""
    link_is_first: bool = True

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        self._close()
        self.link = ""
        self.by_mail = invitation_letters.go_by_mail()
        await self._show_page()

    @rx.event
    async def close(self) -> None:
        """The link has been copied."""
        self.link, self.link_for = "", ""

    async def _save(self, form: dict[str, Any]) -> str:
        typed = MemberForm.model_validate(form)
        added = await call(team.add, identity.current(), typed.email, typed.role)
        return await self._invite(added)

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
            await self._show_page()
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
            self._ask(found.id, found.email)

    async def _go_on(self) -> str:
        await call(team.remove, identity.current(), self.asked_id)
        return tr("{email} is no longer in your team.", email=self.asked_name)

    async def _invite(self, added: Added) -> str:
        """Tell the new member; what to tell the owner. A link that no mail took is shown."""
        email = added.member.email
        if self.by_mail and await asyncio.to_thread(
            invitation_letters.send, added, identity.current().shop_name
        ):
            return tr("An invitation is on its way to {email}.", email=email)
        self.link, self.link_for = added.invitation_url, email
        self.link_is_first = added.is_new_account
        if not added.is_new_account:
            return tr("{email} is in your team, and signs in as before.", email=email)
        return tr("{email} is in your team.", email=email)

    async def _read(self) -> None:
        me = identity.current().user_id
        found = await call(team.listing)
        zone = (await call(shops.get)).timezone
        self.members = [_line(member, zone, me) for member in found]


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
