"""Campaigns as they travel."""

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from astronote.api.schemas import Answer, Moment
from astronote.services.campaigns import CampaignRow
from astronote.services.schedule import Scheduled


class OfferAnswer(Answer):
    enabled: bool
    title: str
    description: str
    code: str | None
    expires_at: Moment | None
    max_redemptions: int
    max_total: int | None
    valid_days: int | None = Field(default=None, exclude_if=lambda days: days is None)


class ScheduleAnswer(Answer):
    mode: str
    local_time: str | None
    timezone: str
    at: Moment | None


class CountsAnswer(Answer):
    total: int
    queued: int
    sending: int
    sent: int
    delivered: int
    failed: int
    unknown: int
    skipped: int


class CampaignAnswer(Answer):
    id: int
    name: str
    status: str
    status_reason: str | None
    message_text: str
    encoding: str
    audience: dict[str, Any]
    offer: OfferAnswer
    schedule: ScheduleAnswer
    ignore_quiet_hours: bool
    held_until: Moment | None
    counts: CountsAnswer
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, row: CampaignRow) -> "CampaignAnswer":
        """A service's row as it travels."""
        return cls.model_validate(_fields(row))


class ScheduledAnswer(CampaignAnswer):
    at: Moment
    adjustment: str | None

    @classmethod
    def of_scheduled(cls, planned: Scheduled) -> "ScheduledAnswer":
        """The same, with what became of the time that was asked for."""
        told = {"at": planned.at, "adjustment": planned.adjustment}
        return cls.model_validate(_fields(planned.campaign) | told)


class ExcludedAnswer(Answer):
    unsubscribed: int
    suppressed: int
    under18: int
    unknown_age: int
    filtered_out: int


class PreviewAnswer(Answer):
    count: int
    excluded: ExcludedAnswer
    parts: int | None = None
    credits: int | None = None

    @model_serializer(mode="wrap")
    def _told(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without a text there are no parts and credits to tell."""
        written: dict[str, Any] = handler(self)
        if self.parts is None:
            del written["parts"], written["credits"]
        return written


class SampleAnswer(Answer):
    contact_id: int
    name: str
    text: str
    encoding: str
    characters: int
    parts: int


class SamplesAnswer(Answer):
    samples: list[SampleAnswer]


class EnqueuedAnswer(Answer):
    campaign_id: int
    status: str
    recipients: int
    credits_reserved: int
    held_until: Moment | None


class TestSentAnswer(Answer):
    message_id: int


class ProgressAnswer(Answer):
    status: str
    counts: CountsAnswer
    progress: float


class FailureAnswer(Answer):
    reason: str
    count: int


class PointAnswer(Answer):
    at: Moment
    sent: int
    delivered: int
    conversions: int


class StatsAnswer(Answer):
    recipients: int
    sent: int
    delivered: int
    failed: int
    unknown: int
    skipped: int
    offer_views: int
    clicks: int
    conversions: int
    unsubscribes: int
    delivery_rate: float
    conversion_rate: float
    unsubscribe_rate: float
    failures: list[FailureAnswer]
    timeline: list[PointAnswer]


def _fields(row: CampaignRow) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in CampaignAnswer.model_fields}
    return plain | {"audience": row.audience.document()}
