"""What an offer promises, as a campaign or an automation keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

Status = Literal["active", "redeemed", "expired"]


@dataclass(frozen=True)
class Terms:
    """An offer's terms; ``max_redemptions`` of each message, ``max_total`` in all.

    ``valid_days`` are counted from each message's own day, as a birthday's gift needs.
    """

    enabled: bool
    title: str
    description: str
    code: str | None
    expires_at: datetime | None
    max_redemptions: int
    max_total: int | None
    valid_days: int | None

    def of_message(self, sent: datetime, zone: str) -> "Terms":
        """What holds for a message that left then: its days end with a day of ``zone``."""
        if self.valid_days is None:
            return self
        local = ZoneInfo(zone)
        last = sent.astimezone(local).date() + timedelta(days=self.valid_days)
        own = datetime.combine(last, time(23, 59, 59), local).astimezone(UTC)
        return replace(self, expires_at=min(own, self.expires_at or own))

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
        valid_days=int(offer["validDays"]) if offer.get("validDays") else None,
    )


def _moment(written: Any) -> datetime | None:
    if not written:
        return None
    moment = datetime.fromisoformat(str(written))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
