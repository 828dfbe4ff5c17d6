"""Campaigns in words: what lists, wizard and detail say of them alike."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from astronote.services.audience import Audience
from astronote.services.audience_document import own_id
from astronote.services.campaigns import CampaignRow, Counts
from astronote.services.previewing import Preview
from astronote.services.shops import ShopRow
from astronote.state import address
from astronote.state.words import (
    counted,
    duration,
    number,
    percent,
    quoted,
    said,
    tr,
    trn,
    written,
)

GENDERS: Final = {"female": "Women", "male": "Men", "other": "Other"}
EXCLUDED: Final = {
    "unsubscribed": "not subscribed",
    "suppressed": "opted out by their phone",
    "under18": "under 18",
    "unknown_age": "of unknown age",
    "filtered_out": "not in your choice",
}
"""Why a contact is left out, after its number."""

SKIPPED: Final = {
    "cancelled": "The campaign was cancelled.",
    "unsubscribed": "The person unsubscribed meanwhile.",
    "suppressed": "The person opted out meanwhile.",
    "contact_deleted": "The contact was deleted meanwhile.",
    "expired": "The provider never said what became of it.",
}
"""Codes of what kept a message from going out, or from being known."""


def id_in(path: str) -> int:
    """The campaign that a page's path names; 0, which is nobody's, for none."""
    return address.id_in(path, "/app/campaigns")


def handled(counts: Counts) -> int:
    """How many messages are no longer waiting to be handed over."""
    return counts.total - counts.queued - counts.sending


def progress(counts: Counts) -> int:
    """How much of a run is handed over, 0 to 100; 100 only when it is all."""
    return 100 * handled(counts) // counts.total if counts.total else 0


def counts_shown(counts: Counts) -> dict[str, str]:
    """How many messages are in each status, as written."""
    return {status: number(n) for status, n in vars(counts).items()}


def outcome(counts: Counts) -> str:
    """What came of a run, in a few words."""
    if not counts.total:
        return ""
    share = percent(counts.delivered, counts.total)
    return trn("{n} delivered, {share}", "{n} delivered, {share}", counts.delivered, share=share)


def under_way(counts: Counts) -> str:
    """How far a run is, as a sentence."""
    done = number(handled(counts))
    return trn("{done} of {n} message sent", "{done} of {n} messages sent", counts.total, done=done)


def plain_reason(reason: str) -> str:
    """Why a message failed or was skipped; codes become words."""
    if reason in SKIPPED:
        return tr(SKIPPED[reason])
    words = said(reason).replace("_", " ")
    return words[:1].upper() + words[1:]


def moment(at: datetime, zone: str) -> str:
    """A day and time to look forward to: "Tuesday 3 November 2026 at 10:30 (EET)"."""
    local = at.astimezone(ZoneInfo(zone))
    day, hour = written(local, "EEEE d MMMM y"), written(local, "HH:mm")
    return tr("{day} at {hour} ({zone})", day=day, hour=hour, zone=local.tzname() or zone)


def hour_first(at: datetime, zone: str) -> str:
    """The same with its hour first: "09:00 on Tuesday 3 November 2026"."""
    local = at.astimezone(ZoneInfo(zone))
    day, hour = written(local, "EEEE d MMMM y"), written(local, "HH:mm")
    return tr("{hour} on {day}", day=day, hour=hour)


def audience_words(audience: Audience, lists: Mapping[str, str]) -> list[str]:
    """An audience as lines to read; one line for everybody.

    Args:
        lists: names of lists by their key or id.
    """
    lines = []
    if audience.genders:
        lines.append(_either(tr(GENDERS[g]) for g in audience.genders))
    if audience.age_min is not None or audience.age_max is not None:
        lines.append(_ages(audience.age_min, audience.age_max))
    if audience.include_lists:
        lines.append(tr("In {lists}", lists=_names(audience.include_lists, lists)))
    if audience.exclude_lists:
        lines.append(tr("Not in {lists}", lists=_names(audience.exclude_lists, lists)))
    if audience.tags:
        lines.append(tr("Tagged {tags}", tags=_either(quoted(tag) for tag in audience.tags)))
    return lines or [tr("Everybody who may be messaged")]


def _ages(lowest: int | None, highest: int | None) -> str:
    if lowest is None:
        return tr("Aged {age} or younger", age=highest)
    if highest is None:
        return tr("Aged {age} or older", age=lowest)
    return tr("Aged {lowest} to {highest}", lowest=lowest, highest=highest)


def _names(chosen: tuple[int | str, ...], lists: Mapping[str, str]) -> str:
    gone = tr("a deleted list")
    named = (lists.get(str(key), gone) for key in chosen)
    return _either(
        quoted(name if own_id(key) else tr(name)) for key, name in zip(chosen, named, strict=True)
    )


def _either(names: Iterable[str]) -> str:
    return f" {tr('or')} ".join(names)


def reach_words(found: Preview) -> str:
    """How many people, and what it costs where that is known."""
    people = counted(found.count, "person", "people")
    if found.credits is None:
        return people
    return f"{people}, {counted(found.credits, 'credit', 'credits')}"


def planned_for(row: CampaignRow, shop: ShopRow) -> str:
    """When it goes out, for one that has not."""
    if row.status == "scheduled" and row.schedule.at:
        return moment(row.held_until or row.schedule.at, shop.timezone)
    if row.schedule.mode == "at" and row.schedule.local_time:
        asked = datetime.fromisoformat(row.schedule.local_time)
        return tr("Planned for {time}, not scheduled yet", time=written(asked, "d MMM y, HH:mm"))
    return tr("When you press Send")


def time_left(counts: Counts, seen: Sequence[tuple[float, int]]) -> str:
    """From how fast it went in the last seconds; '' where nothing moved."""
    (first_at, first), (last_at, last) = seen[0], seen[-1]
    if last <= first or last_at <= first_at:
        return ""
    left = counts.total - last
    if not left:
        return ""
    return tr("{time} left", time=duration(left * (last_at - first_at) / (last - first)))
