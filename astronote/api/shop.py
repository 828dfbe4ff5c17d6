"""The shop's settings."""

from datetime import time
from typing import Any

from fastapi import APIRouter
from pydantic import StrictBool, field_validator
from pydantic.alias_generators import to_camel

from astronote.api.deps import Owner, ShopSession, SignedIn
from astronote.api.schemas import Answer, Body
from astronote.errors import Invalid
from astronote.services import shops

router = APIRouter(prefix="/api/shop", tags=["shop"])


class QuietHoursAnswer(Answer):
    start: str
    end: str

    @field_validator("start", "end", mode="before")
    @classmethod
    def written(cls, value: Any) -> Any:
        """``HH:MM``."""
        return value.strftime("%H:%M") if isinstance(value, time) else value


class ShopAnswer(Answer):
    id: int
    name: str
    color: str
    country: str
    timezone: str
    locale: str
    sender_name: str
    support_contact: str
    quiet_hours: QuietHoursAnswer | None
    require_known_age: bool
    offer_label: str
    unsubscribe_label: str
    allow_public_redeem: bool
    double_opt_in: bool
    legal_name: str
    vat_number: str
    address: str
    privacy_url: str
    logo_url: str | None


class QuietHoursBody(Body):
    start: time
    end: time


class ShopChanges(Body):
    name: str | None = None
    color: str | None = None
    country: str | None = None
    timezone: str | None = None
    locale: str | None = None
    sender_name: str | None = None
    support_contact: str | None = None
    quiet_hours: QuietHoursBody | None = None
    require_known_age: StrictBool | None = None
    offer_label: str | None = None
    unsubscribe_label: str | None = None
    allow_public_redeem: StrictBool | None = None
    double_opt_in: StrictBool | None = None
    legal_name: str | None = None
    vat_number: str | None = None
    address: str | None = None
    privacy_url: str | None = None


@router.get("")
def read(who: SignedIn, session: ShopSession) -> ShopAnswer:
    """The settings of the signed-in shop."""
    return ShopAnswer.model_validate(shops.get(session, who.shop_id))


@router.put("")
def change(body: ShopChanges, who: Owner, session: ShopSession) -> ShopAnswer:
    """Change any subset; only quiet hours may be null (none)."""
    changes = body.given()
    for name, value in changes.items():
        if value is None and name != "quiet_hours":
            raise Invalid("This cannot be empty.", field=to_camel(name))
    if body.quiet_hours is not None:
        changes["quiet_hours"] = shops.QuietHours(body.quiet_hours.start, body.quiet_hours.end)
    return ShopAnswer.model_validate(shops.change(session, who.shop_id, who, changes))
