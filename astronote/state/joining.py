"""Addresses at which people join: made, named, replaced and revoked; for owners."""

import dataclasses
from typing import Any, Literal

import reflex as rx

from astronote.services import join_links, shops
from astronote.services.join_links import JoinLink, Uses
from astronote.state import identity
from astronote.state.base import Id, answers, call, checked
from astronote.state.gate import OwnerOnly
from astronote.state.window import NameForm, Window
from astronote.state.words import ago, exact, number, tr, trn


class LinkForm(NameForm):
    """What the dialog's form sends."""

    kind: Literal["join", "nfc"] = "join"


@dataclasses.dataclass(frozen=True)
class LinkLine:
    """An address as the page shows it."""

    id: int
    kind: str
    name: str
    url: str
    signups: str
    scans: str
    since: str
    since_exact: str


class JoiningState(OwnerOnly, Window, rx.State):
    """Loaded with the page."""

    links: rx.Field[list[LinkLine]] = rx.field(default_factory=list)
    asked: str = ""
    """``replace`` or ``revoke``: what is asked about the link, or was."""

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        self._close()
        await self._show_page()

    @rx.event
    @answers
    async def edit(self, link_id: int) -> None:
        """Ask for another name."""
        found = await call(join_links.get, checked(Id, link_id))
        self._open(found.id, found.name)

    async def _save(self, form: dict[str, Any]) -> str:
        typed, who = LinkForm.model_validate(form), identity.current()
        if self.name_of:
            await call(join_links.change, who, self.name_of, name=typed.name)
            return tr("Link renamed.")
        await call(join_links.create, who, typed.kind, typed.name)
        return tr("Link created. Print its poster.")

    @rx.event
    @answers
    async def ask_replace(self, link_id: int) -> None:
        """Ask before an address gets another token."""
        await self._ask_to("replace", link_id)

    @rx.event
    @answers
    async def ask_revoke(self, link_id: int) -> None:
        """Ask before an address ends."""
        await self._ask_to("revoke", link_id)

    async def _ask_to(self, what: str, link_id: int) -> None:
        found = await call(join_links.get, checked(Id, link_id))
        used = (await call(join_links.uses)).get(found.id, Uses())
        self.asked = what
        self._ask(found.id, found.name, trn("{n} sign-up", "{n} sign-ups", used.signups))

    async def _go_on(self) -> str:
        who = identity.current()
        if self.asked == "replace":
            await call(join_links.change, who, self.asked_id, replace_token=True)
            return tr("The link has a new address. Print its poster again.")
        await call(join_links.revoke, who, self.asked_id)
        return tr("Link revoked. Its address leads nowhere now.")

    async def _read(self) -> None:
        found = await call(join_links.listing)
        used = await call(join_links.uses)
        zone = (await call(shops.get)).timezone
        self.links = [_line(link, used.get(link.id, Uses()), zone) for link in found]


def _line(link: JoinLink, used: Uses, zone: str) -> LinkLine:
    return LinkLine(
        id=link.id,
        kind=link.kind,
        name=link.name,
        url=link.url,
        signups=number(used.signups),
        scans=number(used.scans),
        since=ago(link.created_at),
        since_exact=exact(link.created_at, zone),
    )
