"""Sending a claimed batch: dispatch it, and record what the provider made of it.

Between the two stands one request, outside any transaction. Only a crash between the
provider's acceptance and our record leaves a doubt; those messages become ``unknown`` and
are never sent again on suspicion.

Locks: the batch, its messages by id, their campaign's counters, the wallet.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import orjson
import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.integrations.mitto_results import (
    Accepted,
    NotSent,
    Outgoing,
    Refused,
    Rejected,
    Result,
    Throttled,
    Unknown,
)
from astronote.services import wallet
from astronote.services.claiming import Claimed
from astronote.settings import settings

LONGEST_BACKOFF = 60.0
MOST_ATTEMPTS_UNKEYED = 5
"""How often a single message waits for our key to be taken again before it fails."""


class _Outcome(NamedTuple):
    """What becomes of one message."""

    status: Literal["sent", "failed", "unknown", "queued"]
    provider_id: str | None = None
    reason: str | None = None


def outgoing(claimed: Claimed) -> list[Outgoing]:
    """The claimed messages as the provider takes them, in the order of the claim."""
    return [Outgoing(m.phone, claimed.sender, m.text, m.reference) for m in claimed.messages]


def dispatch(session: Session, claimed: Claimed) -> bool:
    """Note that the batch is about to be posted; False where the claim was taken away.

    A worker that was stopped for long finds here that others have settled its claim, and
    must not send. Noting it twice is harmless: only one process knows the attempt.
    """
    noted = session.execute(
        _DISPATCH,
        {
            "shop": claimed.shop_id,
            "batch": claimed.batch_id,
            "attempt": claimed.attempt_id,
            "now": clock.now(),
        },
    )
    return rows_changed(noted) == 1


def record(session: Session, claimed: Claimed, result: Result) -> bool:
    """Write down what became of the messages that still stand under this attempt.

    Where the attempt was settled as ``unknown`` meanwhile, the provider's answer resolves
    it; what is certainly not accepted then fails, because nothing unknown is sent again.

    Returns:
        Whether nothing of its campaign is queued or sending any more.
    """
    now = clock.now()
    named = {
        "shop": claimed.shop_id,
        "batch": claimed.batch_id,
        "attempt": claimed.attempt_id,
        "now": now,
    }
    changed = session.execute(_RECORD, {**named, "told": _told(claimed, result)}).one()
    settled = session.execute(
        _SETTLE_BATCH,
        {
            **named,
            "unresolved": changed.unresolved,
            "not_before": _not_before(claimed, result, now),
        },
    )
    is_last = bool(settled.scalar_one())
    _note_unusual(session, claimed.shop_id, changed, result, now)
    wallet.settle(
        session,
        claimed.shop_id,
        campaign_id=claimed.campaign_id,
        batch_id=claimed.batch_id,
        commit=changed.committed,
        release=changed.released,
        settles=f"attempt:{claimed.attempt_id}",
        count=changed.paid,
    )
    return is_last


def backoff(attempts: int) -> float:
    """Seconds to wait after the ``attempts``-th attempt that did not reach the provider."""
    first = settings().queue_backoff_ms / 1000
    return float(min(first * 2 ** min(attempts - 1, 10), LONGEST_BACKOFF))


def finish_campaign(session: Session, shop_id: int, campaign_id: int) -> bool:
    """Complete a sending campaign of which nothing is queued or sending any more."""
    finished = session.execute(
        _FINISH, {"shop": shop_id, "campaign": campaign_id, "now": clock.now()}
    )
    return rows_changed(finished) == 1


def _told(claimed: Claimed, result: Result) -> str:
    """One value for the database to take apart: lists of hundreds are dear to hand over."""
    outcomes = _outcomes(claimed, result)
    together = zip(claimed.messages, outcomes, strict=True)
    return orjson.dumps([(message.id, *outcome) for message, outcome in together]).decode()


def _outcomes(claimed: Claimed, result: Result) -> list[_Outcome]:
    count = len(claimed.messages)
    match result:
        case Accepted(ids):
            return [_Outcome("sent", i) for i in ids]
        case Unknown():
            return [_Outcome("unknown")] * count
        case NotSent() | Throttled():
            return [_Outcome("queued")] * count
        case Rejected(reasons):
            return [
                _Outcome("failed", reason=reasons[i]) if i in reasons else _Outcome("queued")
                for i in range(count)
            ]
        case Refused(reason, auth):
            single_too_often = (
                claimed.campaign_id is None and claimed.attempts >= MOST_ATTEMPTS_UNKEYED
            )
            if auth and not single_too_often:
                return [_Outcome("queued")] * count
            return [_Outcome("failed", reason=reason)] * count


def _not_before(claimed: Claimed, result: Result, now: datetime) -> datetime | None:
    match result:
        case Throttled(seconds):
            return now + timedelta(seconds=seconds)
        case NotSent() | Refused():
            return now + timedelta(seconds=backoff(claimed.attempts))
        case _:
            return None


def _note_unusual(
    session: Session, shop_id: int, changed: sa.Row[Any], result: Result, now: datetime
) -> None:
    reason = result.reason if isinstance(result, Unknown) else ""
    for ids, event, note in (
        (changed.doubtful, "unknown", reason),
        (changed.resolved, "resolved", "The provider's answer came late."),
    ):
        if ids:
            note_events(session, shop_id, ids, event, note, now)


def note_events(
    session: Session, shop_id: int, message_ids: Sequence[int], event: str, note: str, at: datetime
) -> None:
    """Write the same line into the histories of several messages."""
    session.execute(
        _EVENTS,
        {"shop": shop_id, "ids": list(message_ids), "event": event, "note": note, "at": at},
    )


_DISPATCH = sa.text("""
    UPDATE message_batch SET state = 'dispatched', dispatched_at = :now
    WHERE shop_id = :shop AND id = :batch AND attempt_id = :attempt
      AND state IN ('claimed', 'dispatched')
""")

_RECORD = sa.text("""
    WITH told AS MATERIALIZED (
        SELECT CAST(:shop AS bigint) AS shop_id, CAST(one->>0 AS bigint) AS id,
               one->>1 AS status, one->>2 AS provider_id, one->>3 AS reason
        FROM jsonb_array_elements(CAST(:told AS jsonb)) AS told(one)
    ), mine AS MATERIALIZED (
        SELECT m.shop_id, m.id, m.status AS was,
               CASE WHEN r.status = 'queued' AND m.status = 'unknown' THEN 'failed'
                    ELSE r.status END AS status,
               m.provider_message_id AS known_id, r.provider_id, r.reason
        FROM told r JOIN message m ON m.shop_id = r.shop_id AND m.id = r.id
        WHERE m.attempt_id = :attempt AND m.status IN ('sending', 'unknown')
          -- Before the campaign's counters, as a claim and a cancelling have them.
          AND EXISTS (SELECT FROM message_batch b
                      WHERE b.shop_id = :shop AND b.id = :batch FOR UPDATE)
        ORDER BY m.id FOR UPDATE OF m
    ), named AS (
        INSERT INTO provider_message (provider_message_id, shop_id, message_id)
        SELECT provider_id, shop_id, id FROM mine
        WHERE known_id IS NULL AND provider_id IS NOT NULL
    ), changed AS (
    UPDATE message m SET
        status = r.status,
        attempt_id = CASE WHEN r.status <> 'queued' THEN m.attempt_id END,
        claimed_at = CASE WHEN r.status <> 'queued' THEN m.claimed_at END,
        dispatched_at = CASE WHEN r.status <> 'queued' THEN coalesce(m.dispatched_at, (
            SELECT b.dispatched_at FROM message_batch b
            WHERE b.shop_id = :shop AND b.id = :batch)) END,
        sent_at = CASE WHEN r.status = 'sent' THEN :now END,
        ended_at = CASE WHEN r.status = 'failed' THEN :now END,
        provider_message_id = coalesce(m.provider_message_id, r.provider_id),
        failure_reason = CASE WHEN r.status = 'failed' THEN
            coalesce(r.reason, 'The provider did not take it.') END,
        billing_status = CASE
            WHEN m.billing_status <> 'reserved' THEN m.billing_status
            WHEN r.status = 'sent' THEN 'committed'
            WHEN r.status = 'failed' THEN 'released'
            ELSE 'reserved' END
    FROM mine r WHERE m.shop_id = r.shop_id AND m.id = r.id
    RETURNING m.id, r.was, m.status, m.credits, m.billing_status
    )
    SELECT count(*) FILTER (WHERE status IN ('sent', 'unknown'))
               - count(*) FILTER (WHERE was = 'unknown') AS unresolved,
           count(*) FILTER (WHERE billing_status = 'committed') AS paid,
           coalesce(sum(credits) FILTER (WHERE billing_status = 'committed'), 0) AS committed,
           coalesce(sum(credits) FILTER (WHERE billing_status = 'released'), 0) AS released,
           array_agg(id) FILTER (WHERE status = 'unknown' AND was <> 'unknown') AS doubtful,
           array_agg(id) FILTER (WHERE status <> 'unknown' AND was = 'unknown') AS resolved
    FROM changed
""")

_SETTLE_BATCH = sa.text("""
    UPDATE message_batch b SET
        unresolved = b.unresolved + :unresolved,
        checked_at = :now,
        attempt_id = CASE WHEN b.attempt_id IS DISTINCT FROM :attempt THEN b.attempt_id END,
        not_before = CASE WHEN b.attempt_id = :attempt THEN CAST(:not_before AS timestamptz)
                          ELSE b.not_before END,
        state = CASE WHEN b.attempt_id IS DISTINCT FROM :attempt THEN b.state
            WHEN EXISTS (SELECT FROM message m WHERE m.shop_id + 0 = b.shop_id
                         AND m.batch_id = b.id AND m.status = 'queued') THEN 'waiting'
            ELSE 'done' END
    WHERE b.shop_id = :shop AND b.id = :batch
    RETURNING (SELECT n.queued + n.sending FROM campaign_count n
               WHERE n.campaign_id = b.campaign_id) IS NOT DISTINCT FROM 0
""")

_EVENTS = sa.text("""
    INSERT INTO message_event (shop_id, message_id, at, event, note)
    SELECT :shop, id, :at, :event, :note FROM unnest(CAST(:ids AS bigint[])) AS ids(id)
""")

_FINISH = sa.text("""
    UPDATE campaign c SET status = 'completed', finished_at = :now, updated_at = :now,
        status_reason = NULL
    WHERE c.shop_id = :shop AND c.id = :campaign AND c.status = 'sending'
      AND NOT EXISTS (SELECT FROM campaign_count n WHERE n.campaign_id = c.id
                      AND (n.queued > 0 OR n.sending > 0))
""")
