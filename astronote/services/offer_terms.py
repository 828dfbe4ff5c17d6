"""What an offer promises, as a campaign or an automation keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Status = Literal["active", "redeemed", "expired"]


@dataclass(frozen=True)
class Terms:
    """An offer's terms; ``max_redemptions`` of each message, ``max_total`` in all."""

    enabled: bool
    title: str
    description: str
    code: str | None
    expires_at: datetime | None
    max_redemptions: int
    max_total: int | None

    def status(self, now: datetime, taken: int, taken_in_all: int) -> Status:
        """Where a message's offer stands after ``taken`` redemptions of its own."""
        if taken >= self.max_redemptions:
            return "redeemed"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        if self.max_total is not None and taken_in_all >= self.max_total:
            return "expired"
        return "active"


def terms(offer: Mapping[str, Any]) -> Terms:
    """Read the stored JSON (the names are the API's); left out means on, once a message."""
    return Terms(
        enabled=bool(offer.get("enabled", True)),
        title=str(offer.get("title") or ""),
        description=str(offer.get("description") or ""),
        code=str(offer["code"]) if offer.get("code") else None,
        expires_at=_moment(offer.get("expiresAt")),
        max_redemptions=max(1, int(offer.get("maxRedemptions") or 1)),
        max_total=int(offer["maxTotal"]) if offer.get("maxTotal") else None,
    )


def _moment(written: Any) -> datetime | None:
    if not written:
        return None
    moment = datetime.fromisoformat(str(written))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
