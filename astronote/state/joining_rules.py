"""What people agree to when they join, whether they confirm it, who redeems, the logo."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any, Final, cast

import reflex as rx
from pydantic import ConfigDict, ValidationError

from astronote.errors import Invalid, Refused
from astronote.services import consent_wording, logos, shops
from astronote.services.consent_wording import Wording
from astronote.state import identity
from astronote.state.base import Form, Sent, Text, answers, call, checked, done, field_messages
from astronote.state.gate import OwnerOnly
from astronote.state.loaded import Loaded
from astronote.state.words import exact, tr

RULES: Final = ("double_opt_in", "allow_public_redeem")
INPUT, BAR = "logo-file", "logo-bar"


class WordingForm(Form):
    """What the form sends."""

    model_config = ConfigDict(str_max_length=5_000)

    text: str


@dataclasses.dataclass(frozen=True)
class VersionLine:
    """One version of the wording."""

    version: str
    text: str
    since: str


class JoiningRulesState(OwnerOnly, Loaded, rx.State):
    """Loaded with the page."""

    text: str = ""
    version: str = ""
    is_default: bool = True
    defaults: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    versions: rx.Field[list[VersionLine]] = rx.field(default_factory=list)
    opened: int = 0
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    saving: bool = False
    rules: rx.Field[dict[str, bool]] = rx.field(default_factory=dict)
    logo: str = ""
    problem: str = ""
    removing: bool = False

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the page."""
        self.errors, self.problem, self.removing = {}, "", False
        await self._show_page()

    @rx.event
    @answers
    async def save_wording(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Make a new version of the wording."""
        self.saving, self.errors = True, {}
        yield None
        try:
            text = WordingForm.model_validate(form).text
            await call(consent_wording.change, identity.current(), text)
        except (ValidationError, Refused) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.saving = False
        await self._show_page()
        yield done(tr("Wording saved. It is shown from now on."))

    @rx.event
    @answers
    async def set_rule(self, name: str, holds: bool) -> Sent:
        """Switch a rule on or off."""
        if checked(Text, name) not in RULES:
            raise Invalid("There is no such rule.")
        try:
            await call(shops.change, identity.current(), {name: checked(bool, holds)})
        finally:
            await self._show_page()
        return done(tr("Saved."))

    @rx.event
    @answers
    async def logo_sent(self, result: dict[str, Any]) -> Sent:
        """What the server said of the picture; its word is only a hint, so the shop is read."""
        status = checked(dict[str, Any], result).get("status")
        body = result.get("body")
        self.problem = ""
        await self._show_page()
        if status == 200:
            return done(tr("Logo saved."))
        detail = body.get("detail") if isinstance(body, dict) else None
        self.problem = tr(detail[:300] if isinstance(detail, str) else "Choose a file first.")
        return None

    @rx.event
    async def ask_remove_logo(self) -> None:
        """Ask before the logo goes."""
        self.removing = True

    @rx.event
    async def keep_logo(self) -> None:
        """Leave it."""
        self.removing = False

    @rx.event
    @answers
    async def remove_logo(self) -> AsyncIterator[Sent]:
        """Take the logo off the pages."""
        self.removing = False
        await call(logos.remove, identity.current())
        await self._show_page()
        yield cast(Sent, done(tr("Logo removed.")))

    async def _read(self) -> None:
        shop = await call(shops.get)
        versions = await call(consent_wording.versions)
        self.defaults = {
            code: consent_wording.default(shop, code).text for code in consent_wording.DEFAULTS
        }
        now = versions[0] if versions else consent_wording.default(shop, shop.locale)
        if (now.text, now.version) != (self.text, self.version):
            self.text, self.version = now.text, now.version
            self.opened += 1
        self.is_default = now.is_default
        self.versions = [_line(wording, shop.timezone) for wording in versions]
        self.rules = {name: bool(getattr(shop, name)) for name in RULES}
        self.logo = shop.logo_url or ""


def _line(wording: Wording, zone: str) -> VersionLine:
    at = wording.created_at
    return VersionLine(wording.version, wording.text, exact(at, zone) if at else "")
