"""What the settings form shows and sends."""

from datetime import time
from typing import Any, Final

import phonenumbers
from babel import Locale
from pydantic import BaseModel, ConfigDict, field_validator

from astronote.errors import Invalid
from astronote.services import shops
from astronote.services.folding import fold
from astronote.state.words import language

TIMEZONES: Final = sorted(zone for zone in shops.TIMEZONES if "/" in zone)


class ShopForm(BaseModel):
    """What the form sends; unticked boxes are absent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, str_max_length=1000)

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
    quietStart: str = ""
    quietEnd: str = ""
    quiet: bool = False
    requireKnownAge: bool = False

    @field_validator("quiet", "requireKnownAge", mode="before")
    @classmethod
    def ticked(cls, value: object) -> object:
        """Browsers send "on"."""
        return value in (True, "on", "true")

    def changes(self) -> dict[str, Any]:
        """As ``shops.change`` takes them.

        Raises:
            Invalid: a quiet hour that is none.
        """
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
            "quiet_hours": self._quiet_hours() if self.quiet else None,
            "require_known_age": self.requireKnownAge,
        }

    def _quiet_hours(self) -> shops.QuietHours:
        start, end = _time(self.quietStart, "quietStart"), _time(self.quietEnd, "quietEnd")
        if start == end:
            raise Invalid("Quiet hours begin and end at different times.", field="quietEnd")
        return shops.QuietHours(start, end)


def shop_values(shop: shops.ShopRow) -> dict[str, str]:
    """What stands in the form's fields."""
    quiet = shop.quiet_hours
    return {
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


def countries() -> list[list[str]]:
    """Codes and names of the countries, in the person's language and alphabet."""
    names = Locale(language()).territories
    found = [[code, str(names.get(code, code))] for code in phonenumbers.SUPPORTED_REGIONS]
    return sorted(found, key=lambda pair: fold(pair[1]))


def _time(text: str, field: str) -> time:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise Invalid("Write a time like 21:00.", field=field) from error
