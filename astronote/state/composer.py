"""Writing a message with its offer, and seeing it as the phones will: for campaigns and
automations; :mod:`astronote.components.composer` shows it."""

from datetime import date, datetime, time
from typing import Annotated, Final, Literal, get_args
from zoneinfo import ZoneInfo

import reflex as rx
from pydantic import BaseModel, ConfigDict, Field, field_validator

from astronote.errors import Refused
from astronote.services import shops
from astronote.services.campaigns import MAX_TEXT
from astronote.services.offer_choice import OfferChoice
from astronote.services.offer_terms import Terms
from astronote.state.base import answers, call, checked
from astronote.state.campaigns_preview import SampleView, Writing, show
from astronote.state.words import said, tr

OfferField = Literal[
    "title", "description", "code", "expiresOn", "validDays", "maxRedemptions", "maxTotal"
]
OFFER_FIELDS: Final = get_args(OfferField)

Typed = Annotated[str, Field(max_length=MAX_TEXT * 2)]
"""For ``checked``: what one field holds; services say what is too long."""


class OfferForm(BaseModel):
    """The offer's fields as they are typed; empty ones are left out."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    title: Annotated[str, Field(max_length=120)] = ""
    description: Annotated[str, Field(max_length=1000)] = ""
    code: Annotated[str, Field(max_length=60)] = ""
    expiresOn: date | None = None
    maxRedemptions: Annotated[int, Field(le=1000)] = 1
    maxTotal: Annotated[int | None, Field(le=10_000_000)] = None
    validDays: Annotated[int | None, Field(le=1000)] = None

    @field_validator("maxRedemptions", "maxTotal", "validDays", mode="before")
    @classmethod
    def whole(cls, value: str) -> int:
        """A number as people write it."""
        written = value.strip()
        if written.isascii() and written.isdigit() and int(written[:9]) > 0:
            return int(written[:9])
        raise ValueError("Write a whole number of 1 or more.")

    @field_validator("expiresOn", mode="before")
    @classmethod
    def day(cls, value: str) -> date:
        """A date as browsers send it."""
        try:
            return date.fromisoformat(value.strip())
        except ValueError as error:
            raise ValueError("Write a date.") from error

    def choice(self, enabled: bool, zone: str) -> OfferChoice:
        """As services take it: it ends with the local day."""
        ends = self.expiresOn
        return OfferChoice(
            enabled=enabled,
            title=self.title,
            description=self.description,
            code=self.code or None,
            expires_at=datetime.combine(ends, time(23, 59, 59), ZoneInfo(zone)) if ends else None,
            max_redemptions=self.maxRedemptions,
            max_total=self.maxTotal,
            valid_days=self.validDays,
        )


def offer_values(offer: Terms, zone: str) -> dict[str, str]:
    """What the offer's fields hold; it ends with a day of the IANA zone ``zone``."""
    ends = offer.expires_at.astimezone(ZoneInfo(zone)).date() if offer.expires_at else None
    return {
        "title": offer.title,
        "description": offer.description,
        "code": offer.code or "",
        "expiresOn": ends.isoformat() if ends else "",
        "maxRedemptions": str(offer.max_redemptions),
        "maxTotal": str(offer.max_total) if offer.max_total else "",
        "validDays": str(offer.valid_days) if offer.valid_days else "",
    }


class Composer(rx.State, mixin=True):
    """Mix into a state in which a message is written: ``class X(Composer, rx.State)``.

    The state keeps ``values`` (what its fields begin with) and ``_typed`` (what they hold),
    both by the fields' names, and has the handlers ``typed``, ``set_gsm`` and ``set_offer``.
    """

    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    gsm: bool = False
    offer: bool = True
    sender: str = ""
    samples: rx.Field[list[SampleView]] = rx.field(default_factory=list)
    sample: rx.Field[SampleView] = rx.field(default_factory=SampleView)
    position: str = ""
    is_blank: bool = True
    _typed: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    _index: int = 0

    @rx.event
    @answers
    async def turn(self, step: int) -> None:
        """Show the next sample, or the one before."""
        if self.samples:
            self._index = (self._index + checked(Literal[-1, 1], step)) % len(self.samples)
            self._point()

    def _encoding(self) -> str:
        return "gsm" if self.gsm else "auto"

    async def _chosen_offer(self) -> OfferChoice:
        """The offer as it is typed.

        Raises:
            ValidationError: a field of it cannot be read.
        """
        zone = (await call(shops.get)).timezone
        typed = {name: self._typed[name] for name in OFFER_FIELDS if self._typed[name].strip()}
        return OfferForm.model_validate(typed).choice(self.offer, zone)

    async def _write(self, writing: Writing) -> str:
        """Write the text to the samples; what cannot be written leaves them be.

        Returns:
            Why it cannot be, or ''.
        """
        self.is_blank = not writing.text.strip()
        try:
            shown = await call(show, writing)
        except Refused as error:
            return said(error.detail)
        self.sender, self.samples = shown.sender, shown.samples
        self._index = min(self._index, len(shown.samples) - 1)
        self._point()
        return ""

    def _point(self) -> None:
        self.sample = self.samples[self._index]
        self.position = tr("{place} of {n}", place=self._index + 1, n=len(self.samples))
