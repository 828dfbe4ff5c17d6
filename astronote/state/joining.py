"""Addresses at which people join: made, named, replaced and revoked; for owners."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any, Literal

import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError

from astronote.errors import AstronoteError, Unauthenticated
from astronote.services import join_links, shops
from astronote.services.join_links import JoinLink, Uses
from astronote.state import identity
from astronote.state.base import Id, Sent, answers, call, checked, done, field_messages
from astronote.state.gate import OwnerOnly
from astronote.state.words import ago, exact, number, tr, trn


class LinkForm(BaseModel):
    """What the dialog's form sends."""

    model_config = ConfigDict(extra="ignore", strict=True, str_max_length=500)

    name: str
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


class JoiningState(OwnerOnly, rx.State):
    """Loaded with the page."""

    loading: bool = True
    error: str = ""
    links: rx.Field[list[LinkLine]] = rx.field(default_factory=list)
    naming: bool = False
    link_id: int = 0
    name: str = ""
    opened: int = 0
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    working: bool = False
    asked: str = ""
    """``replace`` or ``revoke`` while the page asks, else ''."""
    asked_id: int = 0
    asked_name: str = ""
    asked_words: str = ""

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        self.naming, self.asked, self.errors = False, "", {}
        await self._read()

    @rx.event
    async def add(self) -> None:
        """Ask for a new address's name and kind."""
        self._ask_name(0, "")

    @rx.event
    @answers
    async def edit(self, link_id: int) -> None:
        """Ask for another name."""
        found = await call(join_links.get, checked(Id, link_id))
        self._ask_name(found.id, found.name)

    def _ask_name(self, link_id: int, name: str) -> None:
        self.link_id, self.name, self.errors, self.naming = link_id, name, {}, True
        self.opened += 1

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Make the address or give it its name."""
        self.working, self.errors = True, {}
        yield None
        who, renamed = identity.current(), self.link_id
        try:
            typed = LinkForm.model_validate(form)
            if renamed:
                await call(join_links.change, who, renamed, name=typed.name)
            else:
                await call(join_links.create, who, typed.kind, typed.name)
        except Unauthenticated:
            raise
        except (ValidationError, AstronoteError) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.working = False
        self.naming = False
        await self._read()
        yield done(tr("Link renamed.") if renamed else tr("Link created. Print its poster."))

    @rx.event
    @answers
    async def ask_replace(self, link_id: int) -> None:
        """Ask before an address gets another token."""
        await self._ask("replace", link_id)

    @rx.event
    @answers
    async def ask_revoke(self, link_id: int) -> None:
        """Ask before an address ends."""
        await self._ask("revoke", link_id)

    async def _ask(self, what: str, link_id: int) -> None:
        found = await call(join_links.get, checked(Id, link_id))
        used = (await call(join_links.uses)).get(found.id, Uses())
        self.asked, self.asked_id, self.asked_name = what, found.id, found.name
        self.asked_words = trn("{n} sign-up", "{n} sign-ups", used.signups)

    @rx.event
    async def never_mind(self) -> None:
        """Change nothing after all."""
        self.naming, self.asked, self.asked_id = False, "", 0

    @rx.event
    @answers
    async def go_on(self) -> AsyncIterator[Sent]:
        """Do what was asked about."""
        what, link_id = self.asked, self.asked_id
        if not what or not link_id:
            return
        self.working = True
        yield None
        who = identity.current()
        try:
            if what == "replace":
                await call(join_links.change, who, link_id, replace_token=True)
            else:
                await call(join_links.revoke, who, link_id)
        finally:
            self.working, self.asked, self.asked_id = False, "", 0
        await self._read()
        if what == "replace":
            yield done(tr("The link has a new address. Print its poster again."))
        else:
            yield done(tr("Link revoked. Its address leads nowhere now."))

    async def _read(self) -> None:
        try:
            found = await call(join_links.listing)
            used = await call(join_links.uses)
            zone = (await call(shops.get)).timezone
        except Unauthenticated:
            raise
        except AstronoteError as error:
            self.error, self.loading = tr(error.detail), False
            return
        self.links = [_line(link, used.get(link.id, Uses()), zone) for link in found]
        self.error, self.loading = "", False


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
