"""The shop's settings form."""

from collections.abc import AsyncIterator
from datetime import time
from typing import Any, cast
from zoneinfo import available_timezones

import phonenumbers
import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from astronote.errors import AstronoteError
from astronote.services import shops
from astronote.state import identity
from astronote.state.base import Sent, answers, call, done, field_messages
from astronote.state.gate import OwnerOnly
from astronote.state.shell import ShellState


class ShopForm(BaseModel):
    """What the form sends; unticked boxes are absent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    name: str
    color: str
    country: str
    timezone: str
    locale: str
    senderName: str = ""
    supportContact: str = ""
    offerLabel: str
    unsubscribeLabel: str
    legalName: str = ""
    vatNumber: str = ""
    address: str = ""
    privacyUrl: str = ""
    quietStart: time | None = None
    quietEnd: time | None = None
    quiet: bool = False
    requireKnownAge: bool = False
    allowPublicRedeem: bool = False

    @field_validator("quiet", "requireKnownAge", "allowPublicRedeem", mode="before")
    @classmethod
    def ticked(cls, value: object) -> object:
        """Browsers send "on"."""
        return value in (True, "on", "true")

    def changes(self) -> dict[str, Any]:
        """As ``shops.change`` takes them."""
        quiet = None
        if self.quiet and self.quietStart is not None and self.quietEnd is not None:
            quiet = shops.QuietHours(self.quietStart, self.quietEnd)
        return {
            "name": self.name,
            "color": self.color,
            "country": self.country,
            "timezone": self.timezone,
            "locale": self.locale,
            "sender_name": self.senderName,
            "support_contact": self.supportContact,
            "offer_label": self.offerLabel,
            "unsubscribe_label": self.unsubscribeLabel,
            "legal_name": self.legalName,
            "vat_number": self.vatNumber,
            "address": self.address,
            "privacy_url": self.privacyUrl,
            "quiet_hours": quiet,
            "require_known_age": self.requireKnownAge,
            "allow_public_redeem": self.allowPublicRedeem,
        }


class SettingsState(OwnerOnly, rx.State):
    """Loaded with the settings page, which owners alone may use."""

    loading: bool = True
    saving: bool = False
    values: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    quiet: bool = False
    require_known_age: bool = False
    allow_public_redeem: bool = False
    approved: bool = False
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill the form."""
        self._show(await call(shops.get))
        self.errors = {}
        self.loading = False

    @rx.event
    def set_quiet(self, ticked: bool) -> None:
        """Show or hide the hours."""
        self.quiet = bool(ticked)

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Keep what was typed, or say beside each field why not."""
        self.saving, self.errors = True, {}
        yield None
        try:
            changes = ShopForm.model_validate(form).changes()
            self._show(await call(shops.change, identity.current(), changes))
        except (ValidationError, AstronoteError) as error:
            self.errors = field_messages(error)
            return
        finally:
            self.saving = False
        yield cast(Sent, ShellState.load)
        yield done("Settings saved.")

    def _show(self, shop: shops.ShopRow) -> None:
        quiet = shop.quiet_hours
        self.quiet = quiet is not None
        self.require_known_age = shop.require_known_age
        self.allow_public_redeem = shop.allow_public_redeem
        self.approved = shop.sender_approved_at is not None
        self.values = {
            "name": shop.name,
            "color": shop.color,
            "country": shop.country,
            "timezone": shop.timezone,
            "locale": shop.locale,
            "senderName": shop.sender_name,
            "supportContact": shop.support_contact,
            "offerLabel": shop.offer_label,
            "unsubscribeLabel": shop.unsubscribe_label,
            "legalName": shop.legal_name,
            "vatNumber": shop.vat_number,
            "address": shop.address,
            "privacyUrl": shop.privacy_url,
            "quietStart": f"{quiet.start:%H:%M}" if quiet else "21:00",
            "quietEnd": f"{quiet.end:%H:%M}" if quiet else "09:00",
        }


COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
TIMEZONES = sorted(zone for zone in available_timezones() if "/" in zone)
