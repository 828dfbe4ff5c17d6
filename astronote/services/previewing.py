"""What a campaign will look like, reach and cost, before it is sent; and the test send."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote.errors import Conflict
from astronote.models import Contact
from astronote.security import Identity
from astronote.services import (
    audience,
    campaign_rows,
    composing,
    consent,
    links,
    messages,
    offer_choice,
    phones,
    shops,
    sms_text,
)
from astronote.services.audience import Audience, Excluded
from astronote.services.composing import Composer
from astronote.services.shops import ShopRow

SAMPLES: Final = 5


@dataclass(frozen=True)
class Sample:
    """A final text as one contact will see it, with stand-in links of the real length."""

    contact_id: int
    name: str
    text: str
    encoding: str
    characters: int
    parts: int


@dataclass(frozen=True)
class Preview:
    """Whom an audience reaches; what the text comes to, where one is known."""

    count: int
    excluded: Excluded
    parts: int | None
    credits: int | None


def samples(session: Session, shop_id: int, campaign_id: int) -> list[Sample]:
    """The campaign's text for a few of its own recipients.

    Raises:
        NotFound: the shop has no such campaign.
    """
    campaign = campaign_rows.get(session, shop_id, campaign_id)
    return samples_of(
        session,
        shop_id,
        campaign.audience,
        campaign.message_text,
        encoding=campaign.encoding,
        offer_enabled=campaign.offer.enabled,
        campaign_id=campaign_id,
    )


def samples_of(
    session: Session,
    shop_id: int,
    chosen: Audience,
    text: str,
    *,
    encoding: str = "auto",
    offer_enabled: bool = True,
    campaign_id: int | None = None,
) -> list[Sample]:
    """The same for a text that is being written, of a campaign or of an automation.

    Raises:
        Invalid: ``unknown_token``, ``invalid_url``, ``unknown_list``.
    """
    shop = shops.get(session, shop_id)
    composer = composer_for(session, shop, text, encoding, offer_enabled, campaign_id)
    people = audience.recipients(session, shop, chosen).order_by(col(Contact.id)).limit(SAMPLES)
    return [_sample(composer, person) for person in session.execute(people)]


def reach(
    session: Session,
    shop_id: int,
    chosen: Audience | None = None,
    *,
    campaign_id: int | None = None,
    text: str | None = None,
    encoding: str | None = None,
    offer: Mapping[str, Any] | None = None,
) -> Preview:
    """Count an audience, and add up the final texts; what is left out is the campaign's.

    Raises:
        NotFound: the shop has no such campaign.
        Invalid: ``unknown_token``, ``invalid_url``, ``unknown_list``, a bad offer.
    """
    shop = shops.get(session, shop_id)
    offer_enabled = True if offer is None else offer_choice.parse(offer).enabled
    if campaign_id is not None:
        campaign = campaign_rows.get(session, shop_id, campaign_id)
        chosen = campaign.audience if chosen is None else chosen
        text = campaign.message_text if text is None else text
        encoding = encoding or campaign.encoding
        offer_enabled = campaign.offer.enabled if offer is None else offer_enabled
    chosen = audience.EVERYBODY if chosen is None else chosen
    found = audience.reach(session, shop, chosen)
    if text is None or not text.strip():
        return Preview(found.count, found.excluded, None, None)
    composer = composer_for(session, shop, text, encoding or "auto", offer_enabled, campaign_id)
    parts = _parts(session, shop, chosen, composer, found.count)
    return Preview(found.count, found.excluded, parts, messages.credits_of(parts, found.count))


@dataclass(frozen=True)
class Totals:
    """What a text comes to for everybody in an audience, as written and in GSM-7 capitals."""

    people: int
    parts: int
    credits: int
    gsm_parts: int
    gsm_credits: int


def totals(
    session: Session,
    shop_id: int,
    chosen: Audience,
    text: str,
    *,
    offer_enabled: bool = True,
    campaign_id: int | None = None,
) -> Totals:
    """Add up the final texts of everybody in the audience in both encodings.

    Raises:
        Invalid: ``unknown_token``, ``invalid_url``, ``unknown_list``.
    """
    shop = shops.get(session, shop_id)
    auto, in_gsm = (
        composer_for(session, shop, text, how, offer_enabled, campaign_id)
        for how in ("auto", "gsm")
    )
    groups = audience.name_groups(session, shop, chosen, auto.tokens)
    people = sum(group.people for group in groups)
    parts, gsm_parts = (
        sum(made.draft(g.first_name, g.last_name).parts * g.people for g in groups)
        for made in (auto, in_gsm)
    )
    return Totals(
        people,
        parts,
        messages.credits_of(parts, people),
        gsm_parts,
        messages.credits_of(gsm_parts, people),
    )


def test_send(session: Session, shop_id: int, campaign_id: int, phone: str, who: Identity) -> int:
    """Send the campaign's text to one phone, now, with links that lead nowhere.

    It costs what a message costs and is in no statistics. A contact with this phone lends
    its name.

    Returns:
        The message's id.

    Raises:
        NotFound: the shop has no such campaign.
        Invalid: ``invalid_phone``, ``empty_message``.
        Conflict: ``suppressed`` for somebody who opted out.
        PaymentRequired: ``subscription_inactive``, ``insufficient_credits``.
    """
    campaign = campaign_rows.get(session, shop_id, campaign_id)
    campaign_rows.require_text(campaign.message_text)
    shop = shops.get(session, shop_id)
    number = phones.parse(phone, shop.country)
    if consent.is_suppressed(session, shop_id, number):
        raise Conflict("This person has opted out of messages.", code="suppressed", field="phone")
    text, how = campaign.message_text, campaign.encoding
    ordinals = composing.planned_ordinals(shop, text, "test")
    composer = composing.composer(shop, text, how, campaign.offer.enabled, "test", ordinals)
    known = session.execute(
        sa.select(col(Contact.first_name), col(Contact.last_name)).where(
            col(Contact.shop_id) == shop_id, col(Contact.phone) == number
        )
    ).one_or_none()
    first_name, last_name = known or (None, None)
    return messages.queue_single(
        session,
        shop_id,
        kind="test",
        phone=number,
        composer=composer,
        first_name=first_name,
        last_name=last_name,
        created_by=who.user_id,
    )


def composer_for(
    session: Session,
    shop: ShopRow,
    text: str,
    encoding: str,
    offer_enabled: bool,
    campaign_id: int | None,
) -> Composer:
    """Writes what would be sent now, with another shortener's links where they are known.

    Args:
        campaign_id: Whose links; None for the shop's own.

    Raises:
        Invalid: ``unknown_token``, ``unsendable_character``, ``invalid_url``.
    """
    ordinals = composing.planned_ordinals(shop, text)
    external = links.external(session, shop.id, campaign_id, ordinals)
    return composing.composer(
        shop, text, encoding, offer_enabled, "campaign", ordinals, external=external
    )


def _sample(composer: Composer, person: sa.Row[Any]) -> Sample:
    shown = composer.final(person.first_name, person.last_name, links.stand_in())
    return Sample(
        contact_id=person.id,
        name=" ".join(filter(None, (person.first_name, person.last_name))),
        text=shown.text,
        encoding=shown.encoding,
        characters=sms_text.analyse(shown.text).characters,
        parts=shown.parts,
    )


def _parts(
    session: Session, shop: ShopRow, chosen: Audience, composer: Composer, count: int
) -> int:
    if not composer.tokens & {"first_name", "last_name"}:
        return composer.draft(None, None).parts * count
    groups = audience.name_groups(session, shop, chosen, composer.tokens)
    return sum(
        composer.draft(group.first_name, group.last_name).parts * group.people for group in groups
    )
