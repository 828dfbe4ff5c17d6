"""API keys: made, shown once, ended; for owners."""

import dataclasses
from typing import Any

import reflex as rx

from astronote.services import api_keys, shops
from astronote.services.api_keys import KeyRow
from astronote.settings import settings
from astronote.state import identity
from astronote.state.base import Id, answers, call, checked
from astronote.state.gate import OwnerOnly
from astronote.state.window import NameForm, Window
from astronote.state.words import ago, exact, tr


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


class KeysState(OwnerOnly, Window, rx.State):
    """Loaded with the page."""

    keys: rx.Field[list[KeyLine]] = rx.field(default_factory=list)
    fresh: str = ""
    fresh_name: str = ""
    example: str = ""

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page; a key that was shown is not shown again."""
        self._close()
        self.fresh = ""
        self.example = (
            f'curl -H "Authorization: Bearer ast_…" {settings().public_base}/api/contacts'
        )
        await self._show_page()

    @rx.event
    async def close(self) -> None:
        """The key has been copied."""
        self.fresh, self.fresh_name = "", ""

    async def _save(self, form: dict[str, Any]) -> str:
        name = NameForm.model_validate(form).name
        made = await call(api_keys.create, identity.current(), name)
        self.fresh, self.fresh_name = made.token, made.row.name
        return ""

    @rx.event
    @answers
    async def ask_end(self, key_id: int) -> None:
        """Ask before a key is ended."""
        wanted = checked(Id, key_id)
        found = next((key for key in self.keys if key.id == wanted), None)
        if found is not None:
            self._ask(found.id, found.name)

    async def _go_on(self) -> str:
        await call(api_keys.delete, identity.current(), self.asked_id)
        return tr("The key has ended. Nothing can use it any more.")

    async def _read(self) -> None:
        found = await call(api_keys.listing)
        zone = (await call(shops.get)).timezone
        self.keys = [_line(row, zone) for row in reversed(found)]


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
