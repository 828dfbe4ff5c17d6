"""Automations: read, write, switch, follow."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import StrictBool

from astronote.api.campaign_answers import OfferAnswer
from astronote.api.campaigns import OfferBody
from astronote.api.deps import ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Moment
from astronote.services import automation_stats, automations, external_links

router = APIRouter(prefix="/api/automations", tags=["automations"])


class AutomationChanges(Body):
    is_active: StrictBool = False
    message_body: str = ""
    encoding: Literal["auto", "gsm"] = "auto"
    offer: OfferBody = OfferBody()
    send_hour: int | None = None

    def changes(self) -> dict[str, Any]:
        """What was given, as the services take it."""
        given = self.given()
        if "offer" in given:
            given["offer"] = self.offer.document()
        return given


class AutomationAnswer(Answer):
    type: str
    is_active: bool
    message_body: str
    encoding: str
    offer: OfferAnswer
    send_hour: int | None
    updated_at: Moment | None


class AutomationsAnswer(Answer):
    items: list[AutomationAnswer]


class DayAnswer(Answer):
    date: date
    sent: int
    conversions: int


class AutomationStatsAnswer(Answer):
    sent: int
    delivered: int
    failed: int
    conversions: int
    unsubscribes: int
    conversion_rate: float
    last30_days: list[DayAnswer]


@router.get("")
def find(who: SignedIn, session: ShopSession) -> AutomationsAnswer:
    """Both automations of the shop."""
    return AutomationsAnswer.model_validate({"items": automations.listing(session, who.shop_id)})


@router.get("/{type}")
def read(type: str, who: SignedIn, session: ShopSession) -> AutomationAnswer:
    """One automation, or its default."""
    return AutomationAnswer.model_validate(automations.get(session, who.shop_id, type))


def linked(type: str, body: AutomationChanges, who: SignedIn) -> AutomationChanges:
    """The body, once another shortener was asked for its links; before any transaction."""
    text = body.changes().get("message_body")
    external_links.fetch_for_automation(who.shop_id, type, text)
    return body


# The body stands before the session: dependencies are met in this order.
@router.put("/{type}")
def change(
    type: str,
    body: Annotated[AutomationChanges, Depends(linked)],
    who: SignedIn,
    session: ShopSession,
) -> AutomationAnswer:
    """Change any subset; switching it on is one."""
    changed = automations.change(session, who.shop_id, type, body.changes())
    return AutomationAnswer.model_validate(changed)


@router.get("/{type}/stats")
def figures(type: str, who: SignedIn, session: ShopSession) -> AutomationStatsAnswer:
    """What came of it."""
    found = automation_stats.stats(session, who.shop_id, type)
    return AutomationStatsAnswer.model_validate(found)
