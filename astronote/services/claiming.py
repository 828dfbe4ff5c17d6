"""Claiming a batch: the last look before messages may leave.

One transaction takes one waiting batch, asks again everything that may have changed since
it was queued, and marks what may go as ``sending``. Shops take turns, so that one shop's
200,000 do not delay another's welcome.

Locks are taken in one order: batch (skipped where somebody has it), campaign (likewise),
messages by id, contacts by id, wallet. A contact is held until the claim commits: whoever
unsubscribes waits for that, and no claim after it takes the contact.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import enter_shop
from astronote.services import billing, holding, sender_names, shops, wallet
from astronote.services.shops import ShopRow
from astronote.services.suppression import suppressed_sql
from astronote.settings import settings


class ClaimedMessage(NamedTuple):
    """A message in hand; ``phone`` is E.164."""

    id: int
    phone: str
    text: str
    reference: str


@dataclass(frozen=True)
class Claimed:
    """A batch in hand: send it once, under this attempt and no other."""

    batch_id: int
    shop_id: int
    campaign_id: int | None
    attempt_id: uuid.UUID
    attempts: int
    sender: str
    messages: tuple[ClaimedMessage, ...]


@dataclass(frozen=True)
class Passed:
    """A batch was looked at and nothing of it may be sent now.

    ``busy`` where somebody else had its campaign for a moment: ask again a little later.
    """

    shop_id: int
    campaign_id: int | None
    busy: bool = False


def claim(session: Session, *, after_shop: int = 0, at_most: int) -> Claimed | Passed | None:
    """Take the next waiting batch of the next shop after ``after_shop``; None if none waits.

    Args:
        session: A system transaction; it is narrowed to the shop that is found.
        at_most: Messages to take; what is left of the batch waits for the next claim.
    """
    now = clock.now()
    batch = _next_batch(session, after_shop, now)
    if batch is None:
        return None
    enter_shop(session, batch.shop_id)
    shop = shops.get(session, batch.shop_id)
    reason = _blocked(session, shop, batch)
    if reason is not None:
        return Passed(
            shop.id, batch.campaign_id, busy=not holding.stop_batch(session, batch, reason, now)
        )
    until = holding.held_until(session, batch, shop, now)
    if until is not None:
        return Passed(shop.id, batch.campaign_id, busy=not holding.hold(session, batch, until))
    if batch.campaign_id is not None and not _is_sending(session, batch):
        return Passed(shop.id, batch.campaign_id, busy=True)
    return _take(session, batch, shop, now, at_most)


def _next_batch(session: Session, after_shop: int, now: datetime) -> sa.Row[Any] | None:
    return session.execute(_NEXT, {"after": after_shop, "now": now}).one_or_none()


def _blocked(session: Session, shop: ShopRow, batch: sa.Row[Any]) -> str | None:
    reason = billing.blocked_reason(session, shop.id)
    if reason is not None:
        return reason
    unapproved = sender_names.refusal(shop)
    return None if unapproved is None or _is_test(session, batch) else unapproved


def _is_test(session: Session, batch: sa.Row[Any]) -> bool:
    asked = {"shop": batch.shop_id, "batch": batch.id}
    return batch.campaign_id is None and bool(session.execute(_IS_TEST, asked).scalar_one())


def _is_sending(session: Session, batch: sa.Row[Any]) -> bool:
    # Held to the end of the claim, so that after a pause or cancel commits nothing is claimed.
    found = session.execute(
        _CAMPAIGN, {"shop": batch.shop_id, "campaign": batch.campaign_id}
    ).one_or_none()
    return found is not None and found.status == "sending"


def _take(
    session: Session, batch: sa.Row[Any], shop: ShopRow, now: datetime, at_most: int
) -> Claimed | Passed:
    attempt = uuid.uuid4()
    looked_at = _look_at(session, batch, at_most, attempt, now)
    released = sum(row.credits for row in looked_at if row.billing_status == "released")
    going = tuple(ClaimedMessage._make(row[:4]) for row in looked_at if row.failure_reason is None)
    session.execute(
        _HOLD_BATCH if going else _CLOSE_BATCH,
        {"shop": shop.id, "batch": batch.id, "attempt": attempt, "now": now},
    )
    wallet.settle(
        session,
        shop.id,
        campaign_id=batch.campaign_id,
        batch_id=batch.id,
        release=released,
        settles=f"skip:{attempt}",
    )
    if not going:
        return Passed(shop.id, batch.campaign_id)
    may_use_name = shop.sender_name and sender_names.refusal(shop) is None
    sender = shop.sender_name if may_use_name else settings().mitto_sender
    return Claimed(batch.id, shop.id, batch.campaign_id, attempt, batch.attempts + 1, sender, going)


def _look_at(
    session: Session, batch: sa.Row[Any], at_most: int, attempt: uuid.UUID, now: datetime
) -> list[sa.Row[Any]]:
    """Mark what is queued of the batch, by id: what may go as ``sending``, the rest with why not.

    Service messages (confirmations, help) answer somebody who just wrote and ask nothing;
    a test has no contact and is only kept from suppressed phones.

    Two statements, because the second must see what was committed before the first had all
    its locks: who unsubscribes either is seen here or waits for this claim.
    """
    asked = {"shop": batch.shop_id, "batch": batch.id, "most": at_most}
    ids = session.execute(_HOLD_MESSAGES, asked).one().ids
    if ids is None:
        return []
    asked |= {"ids": ids, "attempt": attempt, "now": now}
    return sorted(session.execute(_MARK, asked).all(), key=lambda row: row.id)


# Statements on `message` here and in the modules beside this one must find their rows by
# batch or by id, whatever the planner believes of a shop that has just queued a million:
# hence `shop_id + 0`, which no index answers, and lists of ids that carry the shop along.

_OF_SHOPS = """
    SELECT b.id, b.shop_id, b.campaign_id, b.attempts
    FROM message_batch b
    WHERE b.state = 'waiting' AND {of}
      AND (b.not_before IS NULL OR b.not_before <= :now)
      AND (b.campaign_id IS NULL OR EXISTS (
          SELECT FROM campaign c
          WHERE c.shop_id = b.shop_id AND c.id = b.campaign_id AND c.status = 'sending'))
    ORDER BY b.shop_id, b.priority, b.id
    LIMIT 1
    FOR UPDATE OF b SKIP LOCKED
"""
# The shops behind the one served last and, only where none of them has any, from the first.
_NEXT = sa.text(f"""
    SELECT * FROM ({_OF_SHOPS.format(of="b.shop_id > :after")}) AS behind
    UNION ALL
    SELECT * FROM ({_OF_SHOPS.format(of="b.shop_id <= :after")}) AS before
    LIMIT 1
""")  # noqa: S608

_CAMPAIGN = sa.text("""
    SELECT status FROM campaign WHERE shop_id = :shop AND id = :campaign FOR SHARE SKIP LOCKED
""")

_IS_TEST = sa.text("""
    SELECT bool_and(kind = 'test') FROM message WHERE shop_id + 0 = :shop AND batch_id = :batch
""")

_HOLD_MESSAGES = sa.text("""
    WITH queued AS MATERIALIZED (
        SELECT id, contact_id, purpose FROM message
        WHERE shop_id + 0 = :shop AND batch_id = :batch AND status = 'queued'
        ORDER BY id LIMIT :most
        FOR UPDATE
    ), people AS MATERIALIZED (
        SELECT id FROM contact
        WHERE shop_id + 0 = :shop
          AND id = ANY(ARRAY(SELECT contact_id FROM queued WHERE purpose <> 'service'))
        ORDER BY id
        FOR SHARE
    )
    SELECT CAST(array_agg(id) AS text) AS ids, (SELECT count(*) FROM people) AS people
    FROM queued
""")

# Consent was given for the number that the contact has now. `IN` is answered from a hash;
# a join of a few hundred with a few hundred the planner takes for one of one with one.
_MARK = sa.text(f"""
    WITH queued AS MATERIALIZED (
        SELECT shop_id, id, contact_id, phone, phone_hash,
               purpose = 'service' AS is_answer, kind = 'test' AS is_test
        FROM message WHERE shop_id + 0 = :shop AND id = ANY(CAST(:ids AS bigint[]))
    ), people AS MATERIALIZED (
        SELECT id, is_subscribed, phone FROM contact
        WHERE shop_id + 0 = :shop AND id = ANY(ARRAY(SELECT contact_id FROM queued))
    ), r AS MATERIALIZED (
        SELECT shop_id, id, CASE
            WHEN phone = '' THEN 'contact_deleted'  -- erased, with all that was known of it
            WHEN is_answer AND NOT is_test THEN NULL
            WHEN {suppressed_sql("queued.phone_hash", ":shop")} THEN 'suppressed'
            WHEN is_test THEN NULL
            WHEN contact_id IS NULL OR contact_id NOT IN (SELECT id FROM people)
                THEN 'contact_deleted'
            WHEN contact_id NOT IN (SELECT id FROM people WHERE is_subscribed)
                THEN 'unsubscribed'
            WHEN (contact_id, phone) NOT IN (SELECT id, phone FROM people)
                THEN 'phone_changed' END AS reason
        FROM queued
    )
    UPDATE message m SET
        status = CASE WHEN r.reason IS NULL THEN 'sending' ELSE 'skipped' END,
        attempt_id = CASE WHEN r.reason IS NULL THEN CAST(:attempt AS uuid) END,
        claimed_at = CASE WHEN r.reason IS NULL THEN :now END,
        ended_at = CASE WHEN r.reason IS NOT NULL THEN :now END,
        failure_reason = r.reason,
        billing_status = CASE
            WHEN r.reason IS NOT NULL AND m.billing_status = 'reserved' THEN 'released'
            ELSE m.billing_status END
    FROM r WHERE m.shop_id = r.shop_id AND m.id = r.id
    RETURNING m.id, m.phone, m.text, m.tracking_id,
              m.failure_reason, m.credits, m.billing_status
""")  # noqa: S608

_HOLD_BATCH = sa.text("""
    UPDATE message_batch SET state = 'claimed', attempt_id = :attempt, claimed_at = :now,
        dispatched_at = NULL, attempts = attempts + 1, not_before = NULL
    WHERE shop_id = :shop AND id = :batch
""")

_CLOSE_BATCH = sa.text("""
    UPDATE message_batch b SET state = CASE WHEN EXISTS (
            SELECT FROM message m
            WHERE m.shop_id + 0 = b.shop_id AND m.batch_id = b.id AND m.status = 'queued'
        ) THEN 'waiting' ELSE 'done' END
    WHERE b.shop_id = :shop AND b.id = :batch
""")
