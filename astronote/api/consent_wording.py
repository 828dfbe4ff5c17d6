"""What people agree to when they join."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from astronote.api.deps import Owner, ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Moment
from astronote.services import consent_wording, shops
from astronote.services.consent_wording import DEFAULTS, Wording
from astronote.services.shops import ShopRow

router = APIRouter(prefix="/api/consent-wording", tags=["consent"])


class WordingBody(Body):
    text: Annotated[str, Field(max_length=5_000)]


class WordingAnswer(Answer):
    version: str
    text: str
    is_default: bool
    created_at: Moment | None
    defaults: dict[str, str]


@router.get("")
def read(who: SignedIn, session: ShopSession) -> WordingAnswer:
    """The current wording, and the default of each language."""
    shop = shops.get(session, who.shop_id)
    return _answer(shop, consent_wording.current(session, shop))


@router.put("")
def change(body: WordingBody, who: Owner, session: ShopSession) -> WordingAnswer:
    """Write a new version; consents already given keep theirs."""
    made = consent_wording.change(session, who.shop_id, who, body.text)
    return _answer(shops.get(session, who.shop_id), made)


def _answer(shop: ShopRow, found: Wording) -> WordingAnswer:
    return WordingAnswer(
        version=found.version,
        text=found.text,
        is_default=found.is_default,
        created_at=found.created_at,
        defaults={code: consent_wording.default(shop, code).text for code in DEFAULTS},
    )
