"""Automations: messages that send themselves, as merchants write and switch them.

There are two: a welcome to whoever joins (``welcomes``), a wish on birthdays
(``birthdays``). Until a shop changes one it has no row, is off, and reads as the default
in the shop's language. What came of them is in ``automation_stats``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import Invalid, NotFound
from astronote.models import Automation
from astronote.models.campaigns import ENCODINGS
from astronote.services import composing, links, offer_choice, shops, templates
from astronote.services.campaigns import MAX_TEXT
from astronote.services.composing import Composer
from astronote.services.offer_choice import OfferChoice
from astronote.services.offer_terms import Terms, terms
from astronote.services.quiet_hours import is_quiet
from astronote.services.shops import ShopRow
from astronote.words import say

Type = Literal["welcome_message", "birthday_message"]

WELCOME: Final[Type] = "welcome_message"
BIRTHDAY: Final[Type] = "birthday_message"
TYPES: Final = (WELCOME, BIRTHDAY)
KINDS: Final[dict[str, str]] = {WELCOME: "welcome", BIRTHDAY: "birthday"}
"""The kind of the messages that each sends."""

HOUR: Final = 10
"""When birthday wishes go out unless the shop says otherwise (local, whole hours)."""

_TEXTS: Final = {
    ("en", WELCOME): (
        "{{first_name|Hello}}, welcome to {{shop_name}}! A small gift is waiting for you.",
        "A welcome gift",
    ),
    ("en", BIRTHDAY): (
        "{{first_name|Hello}}, happy birthday from {{shop_name}}! We have a gift for you.",
        "A birthday gift",
    ),
    ("el", WELCOME): (
        "{{first_name|Γεια σας}}, καλώς ήρθατε! Ένα μικρό δώρο σας περιμένει. {{shop_name}}",
        "Δώρο καλωσορίσματος",
    ),
    ("el", BIRTHDAY): (
        "{{first_name|Γεια σας}}, χρόνια πολλά! Έχουμε ένα δώρο για εσάς. {{shop_name}}",
        "Δώρο γενεθλίων",
    ),
}


@dataclass(frozen=True)
class AutomationRow:
    """An automation as services and pages see it.

    ``id`` and ``updated_at`` (UTC) are None while it is still the default; ``send_hour``
    is local, and None for a welcome, which has none.
    """

    id: int | None
    type: Type
    is_active: bool
    message_body: str
    encoding: str
    offer: Terms
    send_hour: int | None
    updated_at: datetime | None


def listing(session: Session, shop_id: int) -> list[AutomationRow]:
    """Both automations of the shop."""
    return [get(session, shop_id, kind) for kind in TYPES]


def get(session: Session, shop_id: int, type: str) -> AutomationRow:
    """One automation, or its default.

    Raises:
        NotFound: there is no such type.
    """
    known = _known(type)
    found = session.execute(
        _of(shop_id, known).execution_options(populate_existing=True)
    ).scalar_one_or_none()
    return _row(found or _default(shops.get(session, shop_id), known))


def change(session: Session, shop_id: int, type: str, changes: Mapping[str, Any]) -> AutomationRow:
    """Change any subset of ``is_active``, ``message_body``, ``encoding``, ``offer`` (a
    document with the API's names, or an ``OfferChoice``) and ``send_hour``.

    Raises:
        NotFound: there is no such type.
        Invalid: ``empty_message``, ``unknown_token``, ``invalid_url``, ``quiet_hours``
            for a birthday hour within them, or a bad value.
    """
    known = _known(type)
    shop = shops.get(session, shop_id)
    session.execute(
        insert(Automation).values(_values(_default(shop, known))).on_conflict_do_nothing()
    )
    automation = _locked(session, shop_id, known)
    if "message_body" in changes:
        automation.message_body = _checked_body(shop, known, changes["message_body"])
    if "encoding" in changes:
        if changes["encoding"] not in ENCODINGS:
            raise Invalid("The encoding is auto or gsm.", field="encoding")
        automation.encoding = changes["encoding"]
    if "offer" in changes:
        given = changes["offer"] or {}
        offer = given if isinstance(given, OfferChoice) else offer_choice.parse(given)
        automation.offer = offer.document()
    if "send_hour" in changes:
        automation.send_hour = _checked_hour(known, changes["send_hour"])
    starts = bool(changes.get("is_active")) and not automation.is_active
    if known == BIRTHDAY and ("send_hour" in changes or starts):
        _require_loud(shop, automation.send_hour)
    if "is_active" in changes:
        automation.is_active = bool(changes["is_active"])
    automation.updated_at = clock.now()
    session.add(automation)
    session.flush()
    return _row(automation)


def active(
    session: Session, shop_id: int, type: Type, *, alone: bool = False
) -> AutomationRow | None:
    """The automation where it is switched on; ``alone`` holds it to the end, so that one
    bulk run is made at a time."""
    query = _of(shop_id, type).where(col(Automation.is_active))
    if alone:
        query = query.with_for_update(key_share=True)
    found = session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    return None if found is None else _row(found)


def composer(session: Session, shop: ShopRow, automation: AutomationRow) -> Composer:
    """Make ready to write the automation's message; its free links are the shop's.

    Raises:
        Invalid: the text has become impossible (a rule of addresses that changed).
    """
    kind, text = KINDS[automation.type], automation.message_body
    urls = composing.urls_to_shorten(shop, text, kind)
    ordinals = links.shorten(session, shop.id, None, urls)
    return composing.composer(
        shop,
        text,
        automation.encoding,
        automation.offer.enabled,
        kind,
        ordinals,
        external=links.external(session, shop.id, None, urls),
    )


def loud_hours(shop: ShopRow) -> list[int]:
    """The local hours at which birthday wishes may be sent."""
    return [hour for hour in range(24) if not is_quiet(shop.quiet_hours, time(hour))]


def _known(type: str) -> Type:
    if type not in TYPES:
        raise NotFound("There is no such automation.")
    return type


def _of(shop_id: int, type: Type) -> sa.Select[Automation]:
    return sa.select(Automation).where(
        col(Automation.shop_id) == shop_id, col(Automation.type) == type
    )


def _locked(session: Session, shop_id: int, type: Type) -> Automation:
    found: Automation = session.execute(
        _of(shop_id, type).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).scalar_one()
    return found


def _default(shop: ShopRow, type: Type) -> Automation:
    body, title = _TEXTS[shop.locale, type]
    offer = OfferChoice(title=title).document()
    return Automation(shop_id=shop.id, type=type, message_body=body, offer=offer, send_hour=HOUR)


def _values(automation: Automation) -> dict[str, Any]:
    return automation.model_dump(exclude={"id"})


def _row(automation: Automation) -> AutomationRow:
    kind = _known(automation.type)
    return AutomationRow(
        id=automation.id,
        type=kind,
        is_active=automation.is_active,
        message_body=automation.message_body,
        encoding=automation.encoding,
        offer=terms(automation.offer),
        send_hour=automation.send_hour if kind == BIRTHDAY else None,
        updated_at=automation.updated_at if automation.id is not None else None,
    )


def _checked_body(shop: ShopRow, type: Type, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise Invalid("Write a message first.", code="empty_message", field="messageBody")
    if len(text) > MAX_TEXT:
        raise Invalid(say("A message has at most {n} characters.", n=MAX_TEXT), field="messageBody")
    templates.compile(text, "messageBody")
    try:
        ordinals = composing.planned_ordinals(shop, text, KINDS[type])
        made = composing.composer(shop, text, "auto", True, KINDS[type], ordinals)
    except Invalid as refusal:
        raise Invalid(refusal.detail, code=refusal.code, field="messageBody") from refusal
    if made.is_blank:
        raise Invalid("Write a message first.", code="empty_message", field="messageBody")
    return text


def _checked_hour(type: Type, hour: object) -> int:
    if type != BIRTHDAY:
        raise Invalid("A welcome is sent when somebody joins; it has no hour.", field="sendHour")
    if not isinstance(hour, int) or isinstance(hour, bool) or not 0 <= hour <= 23:
        raise Invalid("The hour is a whole number from 0 to 23.", field="sendHour")
    return hour


def _require_loud(shop: ShopRow, hour: int) -> None:
    if shop.quiet_hours is not None and hour not in loud_hours(shop):
        quiet = shop.quiet_hours
        raise Invalid(
            say(
                "{hour} lies within your quiet hours ({start} to {end}). Choose another hour.",
                hour=f"{hour:02}:00",
                start=f"{quiet.start:%H:%M}",
                end=f"{quiet.end:%H:%M}",
            ),
            code="quiet_hours",
            field="sendHour",
        )
