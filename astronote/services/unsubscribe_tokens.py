"""The signed tokens behind unsubscribe and preferences pages.

A token names a contact of a shop and opens no other door. Tokens for unsubscribing are
made when a message's ``/s/CODE`` is opened, so no message carries one.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from astronote import clock
from astronote.errors import BadRequest
from astronote.security import sign, unsign

Purpose = Literal["unsubscribe", "preferences"]

LIFE: Final = timedelta(days=400)


@dataclass(frozen=True)
class Holder:
    """Whom a token speaks for. Without a contact, the recipient of the message."""

    shop_id: int
    contact_id: int | None
    campaign_id: int | None = None
    message_id: int | None = None


def make(
    shop_id: int,
    *,
    contact_id: int | None,
    campaign_id: int | None = None,
    message_id: int | None = None,
    purpose: Purpose = "unsubscribe",
) -> str:
    """A token for ``purpose``, good for :data:`LIFE`."""
    payload = {
        "storeId": shop_id,
        "contact": contact_id,
        "campaign": campaign_id,
        "message": message_id,
        "exp": int((clock.now() + LIFE).timestamp()),
    }
    return sign(purpose, payload)


def read(token: str, purpose: Purpose = "unsubscribe") -> Holder:
    """Whom a token of :func:`make` speaks for.

    Raises:
        BadRequest: ``invalid_token``; ``expired_token`` (then with ``shop_id`` as
            attribute ``expired_shop``, for the page that names the other ways out).
    """
    payload = unsign(purpose, token)
    shop, contact = _number(payload, "storeId"), _number(payload, "contact")
    message, expires = _number(payload, "message"), _number(payload, "exp")
    if shop is None or expires is None or (contact is None and message is None):
        raise BadRequest("This link is not valid.", code="invalid_token")
    if expires < clock.now().timestamp():
        raise ExpiredToken(shop)
    return Holder(shop, contact, _number(payload, "campaign"), message)


class ExpiredToken(BadRequest):
    """A token of ours whose time is over."""

    code = "expired_token"
    detail = "This link has expired."

    def __init__(self, shop_id: int) -> None:
        self.expired_shop = shop_id
        super().__init__()


def _number(payload: dict[str, Any], key: str) -> int | None:
    value = payload.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
