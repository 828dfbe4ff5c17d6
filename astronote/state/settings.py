"""The shop's settings form."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal, cast

import reflex as rx
from pydantic import Field, ValidationError

from astronote.errors import Refused
from astronote.services import label_preview, shops
from astronote.state import identity
from astronote.state.base import Sent, answers, call, checked, done, field_messages
from astronote.state.gate import OwnerOnly
from astronote.state.loaded import Loaded
from astronote.state.settings_form import ShopForm, countries, shop_values
from astronote.state.shell import ShellState
from astronote.state.words import tr, trn

SAVED: Final = "window.astronoteGuard && window.astronoteGuard.saved()"
"""Script: nothing of the form is unsaved (``assets/guard.js``)."""

_Label = Literal["offerLabel", "unsubscribeLabel"]
_Typed = Annotated[str, Field(max_length=200)]


class SettingsState(OwnerOnly, Loaded, rx.State):
    """Loaded with the settings page, which owners alone may use."""

    saving: bool = False
    values: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    countries: rx.Field[list[list[str]]] = rx.field(default_factory=list)
    quiet: bool = False
    require_known_age: bool = False
    sender: str = "none"
    sender_refusal: str = ""
    can_receive: bool = False
    lines: str = ""
    lines_size: str = ""
    lines_forced: str = ""
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    # Counts what was stored: a new key fills the form's fields anew.
    stored: int = 0
    _labels: rx.Field[dict[str, str]] = rx.field(default_factory=dict)

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the form."""
        await self._show_page()

    async def _read(self) -> None:
        self._show(await call(shops.get))
        self.countries = countries()
        self.errors = {}

    @rx.event
    @answers
    async def set_quiet(self, ticked: bool) -> None:
        """Show or hide the hours."""
        self.quiet = checked(bool, ticked)

    @rx.event
    @answers
    async def typed_label(self, name: str, text: str) -> None:
        """Show the lines with the label that is being written."""
        self._labels = {**self._labels, checked(_Label, name): checked(_Typed, text)}
        self._preview()

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Keep what was typed, or say beside each field why not."""
        self.saving, self.errors = True, {}
        yield None
        try:
            changes = ShopForm.model_validate(form).changes()
            self._show(await call(shops.change, identity.current(), changes))
        except (ValidationError, Refused) as error:
            self.errors = field_messages(error)
            yield rx.call_script(_TO_FIRST_ERROR)
            return
        finally:
            self.saving = False
        yield rx.call_script(SAVED)
        yield cast(Sent, ShellState.load)
        yield done(tr("Settings saved."))

    def _show(self, shop: shops.ShopRow) -> None:
        self.quiet = shop.quiet_hours is not None
        self.require_known_age = shop.require_known_age
        self.sender, self.sender_refusal = shops.sender_state(shop), shop.sender_refusal
        self.can_receive = shop.sender_name.removeprefix("+").isdigit()
        self.values = shop_values(shop)
        self.stored += 1
        self._labels = {name: self.values[name] for name in ("offerLabel", "unsubscribeLabel")}
        self._preview()

    def _preview(self) -> None:
        found = label_preview.lines(self._labels["offerLabel"], self._labels["unsubscribeLabel"])
        self.lines, self.lines_forced = found.text, " ".join(found.forced_by)
        self.lines_size = trn(
            "These lines take {n} character of every message.",
            "These lines take {n} characters of every message.",
            found.characters,
        )


_TO_FIRST_ERROR: Final = (
    "setTimeout(()=>{const e=document.querySelector('.a-error');"
    "if(e)e.scrollIntoView({block:'center'})},50)"
)
