"""Campaigns: write, preview, schedule, send, follow."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, StrictBool, model_validator

from astronote.api.campaign_answers import (
    CampaignAnswer,
    EnqueuedAnswer,
    PreviewAnswer,
    ProgressAnswer,
    SamplesAnswer,
    ScheduledAnswer,
    StatsAnswer,
    TestSentAnswer,
)
from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, ShopSession, SignedIn
from astronote.api.schemas import Body, Listing, listing
from astronote.errors import Invalid
from astronote.services import (
    audience,
    campaigns,
    external_links,
    launching,
    previewing,
    schedule,
    stats,
)

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])

Encoding = Literal["auto", "gsm"]


class AudienceBody(Body):
    genders: tuple[Literal["male", "female", "other"], ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    include_lists: tuple[int | str, ...] = ()
    exclude_lists: tuple[int | str, ...] = ()
    tags: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """What was given, under the API's names."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class OfferBody(Body):
    enabled: StrictBool = True
    title: str = ""
    description: str = ""
    code: str | None = None
    expires_at: datetime | None = None
    max_redemptions: int = 1
    max_total: int | None = None
    valid_days: int | None = None

    def document(self) -> dict[str, Any]:
        """What was given, under the API's names."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class ScheduleChoiceBody(Body):
    mode: Literal["now", "at"] = "now"
    local_time: str | None = None
    timezone: str | None = None
    at: datetime | None = None
    """Told, never taken: it follows from the local time. So an answer can be sent back."""

    @model_validator(mode="after")
    def has_its_local_time(self) -> Self:
        """An instant alone would be thrown away without a word."""
        if self.at is not None and self.local_time is None:
            raise Invalid("Write the local time; at follows from it.", field="schedule.localTime")
        return self


class CampaignChanges(Body):
    name: str = ""
    message_text: str = ""
    encoding: Encoding = "auto"
    audience: AudienceBody = AudienceBody()
    offer: OfferBody = OfferBody()
    schedule: ScheduleChoiceBody = ScheduleChoiceBody()
    ignore_quiet_hours: StrictBool = False

    def changes(self) -> dict[str, Any]:
        """What was given, as the services take it."""
        given = self.given()
        if "audience" in given:
            given["audience"] = self.audience.document()
        if "offer" in given:
            given["offer"] = self.offer.document()
        timing: dict[str, Any] = given.pop("schedule", {})
        if "mode" in timing:
            given["schedule_mode"] = timing.pop("mode")
        timing.pop("at", None)
        return given | timing


class CampaignBody(CampaignChanges):
    name: Annotated[str, Field(max_length=200)]


class PreviewBody(Body):
    audience: AudienceBody | None = None
    campaign_id: int | None = None
    message_text: str | None = None
    offer: OfferBody | None = None
    encoding: Encoding | None = None


class ScheduleBody(Body):
    local_time: str
    timezone: str | None = None


class TestSendBody(Body):
    phone: str


def fetch_links(campaign_id: ObjectId, who: SignedIn) -> None:
    """Ask another shortener for the campaign's links, before the route's transaction."""
    external_links.fetch_for_campaign(who.shop_id, campaign_id)


def linked(body: PreviewBody, who: SignedIn) -> PreviewBody:
    """The body, once the same was done for the campaign that it names."""
    if body.campaign_id is not None:
        external_links.fetch_for_campaign(who.shop_id, body.campaign_id)
    return body


_LINKS_FIRST = [Depends(fetch_links)]


@router.get("")
def find(
    who: SignedIn,
    session: ShopSession,
    status: Annotated[str | None, Query(max_length=20)] = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> Listing[CampaignAnswer]:
    """The shop's campaigns, newest first."""
    page = campaigns.listing(session, who.shop_id, status=status, q=q, limit=limit, cursor=cursor)
    return listing(page, CampaignAnswer.of)


@router.post("", status_code=201)
def create(body: CampaignBody, who: SignedIn, session: ShopSession) -> CampaignAnswer:
    """Make a draft."""
    made = campaigns.create(session, who.shop_id, body.changes(), created_by=who.user_id)
    return CampaignAnswer.of(made)


# The body stands before the session: dependencies are met in this order.
@router.post("/preview-audience")
def preview_audience(
    body: Annotated[PreviewBody, Depends(linked)], who: SignedIn, session: ShopSession
) -> PreviewAnswer:
    """Who is in, how many are left out and why, and what the final texts add up to."""
    chosen = None if body.audience is None else audience.parse(body.audience.document())
    found = previewing.reach(
        session,
        who.shop_id,
        chosen,
        campaign_id=body.campaign_id,
        text=body.message_text,
        encoding=body.encoding,
        offer=None if body.offer is None else body.offer.document(),
    )
    return PreviewAnswer.model_validate(found)


@router.get("/{campaign_id}")
def read(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> CampaignAnswer:
    """One campaign with its counters."""
    return CampaignAnswer.of(campaigns.get(session, who.shop_id, campaign_id))


@router.put("/{campaign_id}")
def change(
    campaign_id: ObjectId, body: CampaignChanges, who: SignedIn, session: ShopSession
) -> CampaignAnswer:
    """Change any subset, while it has not started."""
    changed = campaigns.change(session, who.shop_id, campaign_id, body.changes())
    return CampaignAnswer.of(changed)


@router.delete("/{campaign_id}", status_code=204)
def delete(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> Response:
    """Remove a campaign that has not started."""
    campaigns.delete(session, who.shop_id, campaign_id)
    return Response(status_code=204)


@router.post("/{campaign_id}/duplicate", status_code=201)
def duplicate(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> CampaignAnswer:
    """A new draft like it."""
    made = campaigns.duplicate(session, who.shop_id, campaign_id, created_by=who.user_id)
    return CampaignAnswer.of(made)


@router.get("/{campaign_id}/preview", dependencies=_LINKS_FIRST)
def preview(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> SamplesAnswer:
    """The final text for a few of its recipients."""
    samples = previewing.samples(session, who.shop_id, campaign_id)
    return SamplesAnswer.model_validate({"samples": samples})


@router.post("/{campaign_id}/test-send", status_code=202)
def test_send(
    campaign_id: ObjectId, body: TestSendBody, who: SignedIn, session: ShopSession
) -> TestSentAnswer:
    """Send the text to one phone."""
    sent = previewing.test_send(session, who.shop_id, campaign_id, body.phone, who)
    return TestSentAnswer(message_id=sent)


@router.post("/{campaign_id}/enqueue", status_code=202, dependencies=_LINKS_FIRST)
def enqueue(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> EnqueuedAnswer:
    """Start the run."""
    return EnqueuedAnswer.model_validate(launching.enqueue(session, who.shop_id, campaign_id))


@router.post("/{campaign_id}/schedule", dependencies=_LINKS_FIRST)
def schedule_at(
    campaign_id: ObjectId, body: ScheduleBody, who: SignedIn, session: ShopSession
) -> ScheduledAnswer:
    """Let it start by itself at a local time."""
    planned = schedule.schedule(session, who.shop_id, campaign_id, body.local_time, body.timezone)
    return ScheduledAnswer.of_scheduled(planned)


@router.post("/{campaign_id}/unschedule")
def unschedule(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> CampaignAnswer:
    """Make it a draft again."""
    return CampaignAnswer.of(schedule.unschedule(session, who.shop_id, campaign_id))


@router.post("/{campaign_id}/pause")
def pause(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> CampaignAnswer:
    """Stop sending for now."""
    return CampaignAnswer.of(launching.pause(session, who.shop_id, campaign_id))


@router.post("/{campaign_id}/resume")
def resume(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> CampaignAnswer:
    """Go on sending."""
    return CampaignAnswer.of(launching.resume(session, who.shop_id, campaign_id))


@router.post("/{campaign_id}/cancel")
def cancel(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> CampaignAnswer:
    """End it; what is still queued is skipped and its credits are free again."""
    return CampaignAnswer.of(launching.cancel(session, who.shop_id, campaign_id))


@router.get("/{campaign_id}/status")
def status(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> ProgressAnswer:
    """How far the run is."""
    return ProgressAnswer.model_validate(stats.progress(session, who.shop_id, campaign_id))


@router.get("/{campaign_id}/stats")
def figures(campaign_id: ObjectId, who: SignedIn, session: ShopSession) -> StatsAnswer:
    """What came of it."""
    return StatsAnswer.model_validate(stats.stats(session, who.shop_id, campaign_id))
