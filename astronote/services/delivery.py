"""Delivery receipts: what the provider says became of messages.

Receipts come late, twice and in any order; the table of statuses lets them only lead
forward, so every order ends in the same state. A receipt about a message that was in
doubt proves that the provider had accepted it: it is paid for, whatever came of it then.

Locks: messages by id, their batches by id, their campaigns' counters, wallets by shop. The
counters come after the batches here and everywhere: they change when a statement ends.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from astronote import clock
from astronote.integrations import mitto
from astronote.integrations.mitto import Receipt
from astronote.services import part_counts, wallet, webhook_events
from astronote.services.statuses import MESSAGE_MAY_BECOME
from astronote.services.webhook_events import Verdict

KEEP_TRYING = timedelta(minutes=15)
"""How long a receipt waits for its message to be known before it is parked."""

log = logging.getLogger(__name__)

_STATUSES = ("sent", "failed", "delivered")
_ALLOWED = [
    f"{was}>{status}"
    for was, targets in MESSAGE_MAY_BECOME.items()
    # A message that is just being sent is recorded first; its receipt waits for that.
    if was not in ("queued", "sending")
    for status in targets
    if status in _STATUSES
]
_OPEN = ("queued", "sending")


@dataclass(frozen=True)
class _Known:
    """A message as the look for receipts' messages found it."""

    id: int
    status: str


def apply_stored(session: Session, at_most: int = 1000) -> int:
    """Apply stored receipts in a system transaction; how many were looked at."""
    events = webhook_events.take_receipts(session, at_most)
    if events:
        _apply_events(session, events)
    return len(events)


def apply_singly(session: Session, at_most: int = 1000) -> int:
    """The same, each by itself, for a portion of which something cannot be applied.

    That is parked, where the operator sees it, and keeps no other from being applied.
    """
    events = webhook_events.take_receipts(session, at_most)
    for event in events:
        try:
            with session.begin_nested():
                _apply_events(session, [event])
        except OperationalError:
            raise  # the database's trouble, not the receipt's
        except Exception as error:
            log.exception("receipt %d cannot be applied", event.id)
            why = f"It could not be applied ({type(error).__name__})."
            verdict = Verdict(event.id, "parked", event.attempts + 1, error=why)
            webhook_events.settle(session, [verdict])
    return len(events)


def _apply_events(session: Session, events: Sequence[sa.Row[Any]]) -> None:
    now = clock.now()
    read = [(event, mitto.read_receipt(event.body)) for event in events]
    known = find_messages(session, [receipt for _, receipt in read if receipt])
    verdicts: list[Verdict] = []
    chosen: list[tuple[int, Receipt]] = []
    for event, receipt in read:
        found = known.get(_key(receipt)) if receipt else None
        verdicts.append(_judge(event, receipt, found, now))
        if receipt and receipt.status and found and found.status not in _OPEN:
            chosen.append((found.id, receipt))
    apply(session, chosen)
    webhook_events.settle(session, verdicts)


def _judge(
    event: sa.Row[Any], receipt: Receipt | None, found: _Known | None, now: datetime
) -> Verdict:
    attempts = event.attempts + 1
    if receipt is None:
        return Verdict(event.id, "ignored", attempts, error="It names no message.")
    if receipt.status is None:
        return Verdict(event.id, "ignored", attempts, error="Its status changes nothing.")
    if found is not None and found.status not in _OPEN:
        return Verdict(event.id, "applied", attempts)
    if now - event.received_at >= KEEP_TRYING:
        return Verdict(event.id, "parked", attempts, error="No message has this id.")
    pause = timedelta(seconds=min(2 ** min(attempts - 1, 6), 60))
    return Verdict(event.id, "waiting", attempts, retry_at=now + pause)


def find_messages(session: Session, receipts: Iterable[Receipt]) -> dict[tuple[str, str], _Known]:
    """The messages that receipts speak of, by the receipt's two ids.

    The provider's id decides; our own reference finds a message whose provider id was
    never told to us. An id that is told for two of them names the first only.
    """
    asked = list(dict.fromkeys(_key(receipt) for receipt in receipts))
    by_id = {
        row.provider_message_id: row
        for row in session.execute(_BY_ID, {"of": [i for i, _ in asked if i]})
    }
    unknown = [ref for i, ref in asked if ref and i not in by_id]
    by_reference = {row.tracking_id: row for row in session.execute(_BY_REF, {"of": unknown})}
    known = {}
    new_ids: dict[str, int] = {}
    for message_id, reference in asked:
        row = by_id.get(message_id)
        if row is None:
            row = by_reference.get(reference)
            if row is not None and message_id:
                if row.provider_message_id:
                    continue  # the reference says one message and the id another
                if new_ids.setdefault(message_id, row.id) != row.id:
                    continue
        if row is not None:
            known[message_id, reference] = _Known(row.id, row.status)
    return known


def apply(session: Session, chosen: Sequence[tuple[int, Receipt]]) -> int:
    """Let each receipt lead its message forward, where the table allows it.

    One statement for all of them: counters of campaigns are then changed in one order.
    Returns how many messages changed.
    """
    if not chosen:
        return 0
    now = clock.now()
    strongest = [_strongest(group) for group in _by_message(chosen).values()]
    rows = session.execute(
        _APPLY,
        {
            "ids": [message_id for message_id, _ in strongest],
            "statuses": [receipt.status for _, receipt in strongest],
            "provider_ids": [receipt.message_id or None for _, receipt in strongest],
            "reasons": [receipt.description for _, receipt in strongest],
            "ats": [_plausible(receipt.at, now) for _, receipt in strongest],
            "allowed": _ALLOWED,
            "now": now,
        },
    ).all()
    _note_unusual(session, rows, now)
    part_counts.note_differences(session, rows, strongest, now)
    _pay(session, rows)
    return len(rows)


def _by_message(chosen: Sequence[tuple[int, Receipt]]) -> dict[int, list[tuple[int, Receipt]]]:
    groups: dict[int, list[tuple[int, Receipt]]] = defaultdict(list)
    for message_id, receipt in chosen:
        groups[message_id].append((message_id, receipt))
    return groups


def _strongest(group: list[tuple[int, Receipt]]) -> tuple[int, Receipt]:
    return max(group, key=lambda pair: _STATUSES.index(pair[1].status or "sent"))


def _plausible(at: datetime | None, now: datetime) -> datetime:
    # A provider's clock may be ahead or broken; a delivery is never later than now.
    return at if at and now - timedelta(days=4) < at < now else now


def _note_unusual(session: Session, rows: Sequence[sa.Row[Any]], now: datetime) -> None:
    unusual = [
        (row, "resolved" if row.was == "unknown" else "late_receipt")
        for row in rows
        if row.was in ("unknown", "failed", "expired")
    ]
    if unusual:
        session.execute(
            _EVENTS,
            {
                "shops": [row.shop_id for row, _ in unusual],
                "ids": [row.id for row, _ in unusual],
                "events": [event for _, event in unusual],
                "notes": [f"From {row.was} to {row.status}, by receipt." for row, _ in unusual],
                "now": now,
            },
        )


def _pay(session: Session, rows: Sequence[sa.Row[Any]]) -> None:
    def account(row: sa.Row[Any]) -> tuple[int, int, int]:
        return row.shop_id, row.campaign_id or 0, 0 if row.campaign_id else row.batch_id

    due = sorted((row for row in rows if row.was == "unknown" and row.paid), key=account)
    for (shop_id, campaign_id, batch_id), group in groupby(due, key=account):
        paid = list(group)
        wallet.settle(
            session,
            shop_id,
            campaign_id=campaign_id or None,
            batch_id=batch_id or None,
            commit=sum(row.credits for row in paid),
            # A message is paid for once, so its id names this payment.
            settles=f"receipt:{min(row.id for row in paid)}",
            count=len(paid),
        )


def _key(receipt: Receipt) -> tuple[str, str]:
    return receipt.message_id, receipt.reference


_BY_ID = sa.text("""
    SELECT m.id, m.status, p.provider_message_id
    FROM provider_message p JOIN message m ON m.id = p.message_id
    WHERE p.provider_message_id = ANY(CAST(:of AS text[]))
""")

_BY_REF = sa.text("""
    SELECT id, status, tracking_id, provider_message_id FROM message
    WHERE tracking_id = ANY(CAST(:of AS text[]))
""")

_APPLY = sa.text("""
    WITH mine AS MATERIALIZED (
        SELECT m.id, m.shop_id, m.batch_id, m.status AS was, m.billing_status AS billed,
               m.provider_message_id AS known_id, r.status, r.provider_id, r.reason, r.at
        FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS text[]),
                    CAST(:provider_ids AS text[]), CAST(:reasons AS text[]),
                    CAST(:ats AS timestamptz[])) AS r(id, status, provider_id, reason, at)
        JOIN message m ON m.id = r.id
        WHERE m.status || '>' || r.status = ANY(CAST(:allowed AS text[]))
        ORDER BY m.id FOR UPDATE OF m
    ), named AS (
        INSERT INTO provider_message (provider_message_id, shop_id, message_id)
        SELECT provider_id, shop_id, id FROM mine
        WHERE known_id IS NULL AND provider_id IS NOT NULL
    ), resolved AS MATERIALIZED (
        SELECT batch_id, count(*) AS n FROM mine
        WHERE was IN ('sent', 'unknown') AND status <> 'sent' GROUP BY batch_id
    ), held AS MATERIALIZED (
        SELECT b.id, r.n FROM resolved r JOIN message_batch b ON b.id = r.batch_id
        ORDER BY b.id FOR UPDATE OF b
    ), counted AS (
        UPDATE message_batch b SET unresolved = b.unresolved - held.n
        FROM held WHERE b.id = held.id
    )
    UPDATE message m SET
        status = r.status,
        provider_message_id = coalesce(m.provider_message_id, r.provider_id),
        sent_at = CASE WHEN r.was = 'unknown' THEN coalesce(m.dispatched_at, :now)
                       ELSE m.sent_at END,
        delivered_at = CASE WHEN r.status = 'delivered' THEN r.at END,
        ended_at = CASE WHEN r.status <> 'sent' THEN r.at END,
        failure_reason = CASE WHEN r.status = 'failed' THEN
            coalesce(nullif(r.reason, ''), 'It could not be delivered.') END,
        billing_status = CASE WHEN r.was = 'unknown' AND m.billing_status = 'reserved'
                              THEN 'committed' ELSE m.billing_status END
    FROM mine r WHERE m.id = r.id
    RETURNING m.id, m.shop_id, m.campaign_id, m.batch_id, r.was, m.status, m.parts, m.credits,
        r.billed = 'reserved' AS paid
""")

_EVENTS = sa.text("""
    INSERT INTO message_event (shop_id, message_id, at, event, note)
    SELECT e.shop, e.id, :now, e.event, e.note
    FROM unnest(CAST(:shops AS bigint[]), CAST(:ids AS bigint[]), CAST(:events AS text[]),
                CAST(:notes AS text[])) AS e(shop, id, event, note)
""")
