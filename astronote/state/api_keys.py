"""API keys: made, shown once, ended; for owners."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError

from astronote.errors import AstronoteError, Unauthenticated
from astronote.services import api_keys, shops
from astronote.services.api_keys import KeyRow
from astronote.settings import settings
from astronote.state import identity
from astronote.state.base import Id, Sent, answers, call, checked, done, field_messages
from astronote.state.gate import OwnerOnly
from astronote.state.words import ago, exact, tr


class KeyForm(BaseModel):
    """What the form sends."""

    model_config = ConfigDict(extra="ignore", strict=True, str_max_length=500)

    name: str


@dataclasses.dataclass(frozen=True)
class KeyLine:
    """A key as the page shows it."""

    id: int
    name: str
    prefix: str
    made: str
    made_exact: str
    used: str
    used_exact: str


class KeysState(OwnerOnly, rx.State):
    """Loaded with the page."""

    loading: bool = True
    error: str = ""
    keys: rx.Field[list[KeyLine]] = rx.field(default_factory=list)
    naming: bool = False
    opened: int = 0
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    working: bool = False
    fresh: str = ""
    fresh_name: str = ""
    asked_id: int = 0
    asked_name: str = ""
    example: str = ""

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page; a key that was shown is not shown again."""
        self.naming, self.fresh, self.asked_id, self.errors = False, "", 0, {}
        self.example = (
            f'curl -H "Authorization: Bearer ast_…" {settings().public_base}/api/contacts'
        )
        await self._read()

    @rx.event
    async def ask_name(self) -> None:
        """Ask what the new key is for."""
        self.naming, self.errors = True, {}
        self.opened += 1

    @rx.event
    async def close(self) -> None:
        """Make none; or the key has been copied."""
        self.naming, self.fresh, self.fresh_name = False, "", ""

    @rx.event
    @answers
    async def create(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Make a key and show it, this once."""
        self.working, self.errors = True, {}
        yield None
        try:
            name = KeyForm.model_validate(form).name
            made = await call(api_keys.create, identity.current(), name)
        except Unauthenticated:
            raise
        except (ValidationError, AstronoteError) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.working = False
        self.naming, self.fresh, self.fresh_name = False, made.token, made.row.name
        await self._read()

    @rx.event
    @answers
    async def ask_end(self, key_id: int) -> None:
        """Ask before a key is ended."""
        wanted = checked(Id, key_id)
        found = next((key for key in self.keys if key.id == wanted), None)
        if found is not None:
            self.asked_id, self.asked_name = found.id, found.name

    @rx.event
    async def never_mind(self) -> None:
        """Leave the key."""
        self.asked_id = 0

    @rx.event
    @answers
    async def end(self) -> AsyncIterator[Sent]:
        """End the key that was asked about."""
        if not self.asked_id:
            return
        self.working = True
        yield None
        try:
            await call(api_keys.delete, identity.current(), self.asked_id)
        finally:
            self.working, self.asked_id = False, 0
        await self._read()
        yield done(tr("The key has ended. Nothing can use it any more."))

    async def _read(self) -> None:
        try:
            found = await call(api_keys.listing)
            zone = (await call(shops.get)).timezone
        except Unauthenticated:
            raise
        except AstronoteError as error:
            self.error, self.loading = tr(error.detail), False
            return
        self.keys = [_line(row, zone) for row in reversed(found)]
        self.error, self.loading = "", False


def _line(row: KeyRow, zone: str) -> KeyLine:
    used = row.last_used_at
    return KeyLine(
        id=row.id,
        name=row.name,
        prefix=f"{row.prefix}…",
        made=ago(row.created_at),
        made_exact=exact(row.created_at, zone),
        used=ago(used) if used else tr("never"),
        used_exact=exact(used, zone) if used else "",
    )
