"""A shop's settings: read them, change any subset of them."""

import re
from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from sqlmodel import Session

from astronote import clock
from astronote.errors import Invalid, NotFound
from astronote.models import AuditEvent, Shop
from astronote.security import Identity
from astronote.settings import settings

LABELS = {
    "en": ("Claim Offer:", "To unsubscribe, tap:"),
    # Written in capitals that GSM-7 has (Latin look-alikes), so they never force UCS-2.
    "el": ("ΔEITE THN ΠPOΣΦOPA:", "ΔIAΓPAΦH:"),
}
"""Default offer and opt-out labels by language."""
TIMEZONES = available_timezones()
"""Every IANA zone; listing them reads the disk, so it is done once."""

SenderState = Literal["none", "waiting", "refused", "approved", "free"]
"""Of a sender name: none is set, an operator has to look at it, refused or approved it, or
need not."""


@dataclass(frozen=True)
class QuietHours:
    """Local times between which marketing waits; may cross midnight."""

    start: time
    end: time


@dataclass(frozen=True)
class ShopRow:
    """A shop as services and pages see it."""

    id: int
    name: str
    color: str
    country: str
    timezone: str
    locale: str
    currency: str
    sender_name: str
    sender_approved_at: datetime | None
    sender_refusal: str
    support_contact: str
    quiet_hours: QuietHours | None
    require_known_age: bool
    offer_label: str
    unsubscribe_label: str
    allow_public_redeem: bool
    double_opt_in: bool
    legal_name: str
    vat_number: str
    address: str
    privacy_url: str
    logo: str | None
    on_hold: bool
    hold_reason: str
    is_demo: bool

    @property
    def logo_url(self) -> str | None:
        """Where the logo is served from; None where there is none."""
        return f"/public/assets/{self.logo}" if self.logo else None


_PLAIN = frozenset(f.name for f in fields(ShopRow)) - {"quiet_hours", "on_hold"}
_CHANGEABLE = {
    "name",
    "color",
    "country",
    "timezone",
    "locale",
    "sender_name",
    "support_contact",
    "quiet_hours",
    "require_known_age",
    "offer_label",
    "unsubscribe_label",
    "allow_public_redeem",
    "double_opt_in",
    "legal_name",
    "vat_number",
    "address",
    "privacy_url",
}


def row(shop: Shop) -> ShopRow:
    """The frozen row of a table object."""
    quiet = None
    if shop.quiet_start is not None and shop.quiet_end is not None:
        quiet = QuietHours(shop.quiet_start, shop.quiet_end)
    plain = {name: getattr(shop, name) for name in _PLAIN}
    return ShopRow(quiet_hours=quiet, on_hold=shop.on_hold_at is not None, **plain)


def get(session: Session, shop_id: int) -> ShopRow:
    """The shop's settings.

    Raises:
        NotFound: there is no such shop.
    """
    return row(_shop(session, shop_id))


def change(session: Session, shop_id: int, who: Identity, changes: dict[str, Any]) -> ShopRow:
    """Change any subset of the settings (names in snake case) and note who did.

    Raises:
        Invalid: a value that a rule refuses, with its field.
    """
    shop = _shop(session, shop_id)
    clean = {name: _checked(name, value) for name, value in changes.items() if name in _CHANGEABLE}
    _translate_labels(shop, clean)
    if "quiet_hours" in clean:
        quiet = clean.pop("quiet_hours")
        shop.quiet_start = quiet.start if quiet else None
        shop.quiet_end = quiet.end if quiet else None
    if clean.get("sender_name", shop.sender_name) != shop.sender_name:
        shop.sender_approved_at, shop.sender_refusal = None, ""
        shop.sender_asked_at = clock.now()
    for name, value in clean.items():
        setattr(shop, name, value)
    session.add(shop)
    session.add(
        AuditEvent(
            shop_id=shop_id,
            actor=who.actor,
            action="shop.change",
            details={"fields": sorted(changes)},
        )
    )
    session.flush()
    return row(shop)


def _translate_labels(shop: Shop, clean: dict[str, Any]) -> None:
    """A default label follows the shop's language; one of the shop's own words stays."""
    after = clean.get("locale", shop.locale)
    if after == shop.locale:
        return
    names = ("offer_label", "unsubscribe_label")
    for name, before, now in zip(names, LABELS[shop.locale], LABELS[after], strict=True):
        if clean.get(name, getattr(shop, name)) == before:
            clean[name] = now


def sender_state(shop: ShopRow) -> SenderState:
    """Whether an operator has let the shop use its sender name (``REQUIRE_SENDER_APPROVAL``)."""
    if not shop.sender_name:
        return "none"
    if shop.sender_approved_at is not None:
        return "approved"
    if not settings().sender_approval_required:
        return "free"
    return "refused" if shop.sender_refusal else "waiting"


def _shop(session: Session, shop_id: int) -> Shop:
    shop = session.get(Shop, shop_id)
    if shop is None:
        raise NotFound("There is no such shop.")
    return shop


def _checked(name: str, value: Any) -> Any:
    check = _CHECKS.get(name)
    if check is not None:
        return check(value)
    if isinstance(value, str):
        value = value.strip()
        if len(value) > 500:
            raise Invalid("Write at most 500 characters.", field=_camel(name))
    return value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def check_name(name: str) -> str:
    """A shop's name, trimmed.

    Raises:
        Invalid: it is empty or over 80 characters.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Invalid("A shop's name has 1 to 80 characters.", field="name")
    return name


def check_country(country: str) -> str:
    """An ISO 3166 country whose phones we can read.

    Raises:
        Invalid: it is not one.
    """
    country = country.strip().upper()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise Invalid("This is not a country we know.", field="country")
    return country


def check_timezone(zone: str) -> str:
    """An IANA time zone.

    Raises:
        Invalid: it is not one.
    """
    if zone not in TIMEZONES:
        raise Invalid("This is not a time zone we know.", field="timezone")
    return zone


def check_sender_name(name: str) -> str:
    """3–11 letters and digits with a letter among them, or 3–14 digits; '' for none.

    Raises:
        Invalid: phones could not show it.
    """
    name = name.strip()
    alphanumeric = re.fullmatch(r"[A-Za-z0-9 ]{3,11}", name) and re.search(r"[A-Za-z]", name)
    if name and not alphanumeric and not re.fullmatch(r"\+?\d{3,14}", name):
        raise Invalid(
            "A sender name has 3 to 11 Latin letters and digits (one letter at least), "
            "or 3 to 14 digits.",
            field="senderName",
        )
    return name


def _check_color(color: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise Invalid("A colour is written like #0b7a75.", field="color")
    return color.lower()


def _check_locale(locale: str) -> str:
    if locale not in LABELS:
        raise Invalid("The language is el or en.", field="locale")
    return locale


def _check_label(field: str) -> Any:
    def check(label: str) -> str:
        label = " ".join(label.split())
        if not 1 <= len(label) <= 40 or "{{" in label or "http" in label.lower():
            raise Invalid("A label has 1 to 40 characters and no link.", field=field)
        return label

    return check


def _check_privacy_url(url: str) -> str:
    url = url.strip()
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        raise Invalid("Write a whole web address, with https://.", field="privacyUrl")
    return url


_CHECKS = {
    "name": check_name,
    "color": _check_color,
    "country": check_country,
    "timezone": check_timezone,
    "locale": _check_locale,
    "sender_name": check_sender_name,
    "offer_label": _check_label("offerLabel"),
    "unsubscribe_label": _check_label("unsubscribeLabel"),
    "privacy_url": _check_privacy_url,
}
