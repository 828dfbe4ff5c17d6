"""What keeps a batch from being sent now: a closed gate, or quiet hours.

Called within a claim, which has the batch. A campaign that somebody else has at that
moment is left alone and asked again: waiting for it here could wait for ever.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from astronote.db import rows_changed
from astronote.jobs import enqueue
from astronote.services import notices, wallet
from astronote.services.quiet_hours import quiet_until
from astronote.services.shops import ShopRow

KEY_REFUSED = (
    "The SMS provider does not accept our access key. Nothing is lost: what is left of the "
    "campaign waits, and can be resumed once that is settled."
)

AT_THE_TILL = timedelta(minutes=10)
"""How long after their own sign-up a person is taken to be waiting for the welcome."""


def stop_batch(session: Session, batch: sa.Row[Any], reason: str, now: datetime) -> bool:
    """Pause the batch's campaign for ``reason``; skip single messages and free their credits.

    Returns False where the campaign could not be had at once.
    """
    if batch.campaign_id is not None:
        return pause_campaign(session, batch.shop_id, batch.campaign_id, reason, now)
    rows = session.execute(
        _SKIP, {"shop": batch.shop_id, "batch": batch.id, "reason": reason, "now": now}
    ).all()
    session.execute(_DONE, {"shop": batch.shop_id, "batch": batch.id})
    wallet.settle(
        session,
        batch.shop_id,
        batch_id=batch.id,
        release=sum(row.credits for row in rows if row.billing_status == "released"),
        settles=f"blocked:{batch.id}",
    )
    return True


def pause_campaign(
    session: Session, shop_id: int, campaign_id: int, reason: str, now: datetime
) -> bool:
    """Pause a sending campaign with a sentence for its owner.

    Returns False where somebody else has it at this moment, or it is not sending.
    """
    paused = session.execute(
        _PAUSE, {"shop": shop_id, "campaign": campaign_id, "reason": reason, "now": now}
    )
    if rows_changed(paused) == 0:
        return False
    enqueue(session, notices.ACTOR)
    return True


def held_until(
    session: Session, batch: sa.Row[Any], shop: ShopRow, now: datetime
) -> datetime | None:
    """When the quiet hours that hold this batch end; None where none do."""
    until = quiet_until(shop.quiet_hours, shop.timezone, now)
    if until is None:
        return None
    waits = session.execute(
        _CAMPAIGN_WAITS if batch.campaign_id is not None else _SINGLE_WAITS,
        {
            "shop": shop.id,
            "campaign": batch.campaign_id,
            "batch": batch.id,
            "joined": now - AT_THE_TILL,
        },
    ).scalar_one()
    return until if waits else None


def hold(session: Session, batch: sa.Row[Any], until: datetime) -> bool:
    """Let the batch wait until then, and with it all of its campaign that waits.

    Returns False where the campaign could not be had at once.
    """
    named = {
        "shop": batch.shop_id,
        "campaign": batch.campaign_id,
        "batch": batch.id,
        "until": until,
    }
    if batch.campaign_id is None:
        session.execute(_HOLD_ONE, named)
        return True
    if rows_changed(session.execute(_HOLD_CAMPAIGN, named)) == 0:
        return False
    session.execute(_HOLD_ALL, named)
    return True


_PAUSE = sa.text("""
    UPDATE campaign SET status = 'paused', status_reason = :reason, reason_told_at = NULL,
        updated_at = :now
    WHERE id = (SELECT id FROM campaign WHERE shop_id = :shop AND id = :campaign
                AND status = 'sending' FOR UPDATE SKIP LOCKED)
""")

_SKIP = sa.text("""
    WITH queued AS MATERIALIZED (
        SELECT shop_id, id FROM message
        WHERE shop_id + 0 = :shop AND batch_id = :batch AND status = 'queued'
        ORDER BY id FOR UPDATE
    )
    UPDATE message m SET status = 'skipped', failure_reason = :reason, ended_at = :now,
        billing_status = CASE WHEN m.billing_status = 'reserved' THEN 'released'
                              ELSE m.billing_status END
    FROM queued WHERE m.shop_id = queued.shop_id AND m.id = queued.id
    RETURNING m.credits, m.billing_status
""")

_DONE = sa.text("UPDATE message_batch SET state = 'done' WHERE shop_id = :shop AND id = :batch")

_CAMPAIGN_WAITS = sa.text("""
    SELECT NOT ignore_quiet_hours FROM campaign WHERE shop_id = :shop AND id = :campaign
""")

_SINGLE_WAITS = sa.text("""
    SELECT EXISTS (
        SELECT FROM message m
        LEFT JOIN contact c ON c.shop_id = m.shop_id AND c.id = m.contact_id
        WHERE m.shop_id + 0 = :shop AND m.batch_id = :batch AND m.status = 'queued'
          AND (m.kind IN ('campaign', 'birthday') OR (
               m.kind = 'welcome' AND NOT coalesce(
                   c.sms_consent_source IN ('join', 'nfc') AND c.sms_consent_at >= :joined,
                   false))))
""")

_HOLD_ONE = sa.text(
    "UPDATE message_batch SET not_before = :until WHERE shop_id = :shop AND id = :batch"
)

_HOLD_CAMPAIGN = sa.text("""
    UPDATE campaign SET held_until = :until
    WHERE id = (SELECT id FROM campaign WHERE shop_id = :shop AND id = :campaign
                AND status = 'sending' FOR UPDATE SKIP LOCKED)
""")

_HOLD_ALL = sa.text("""
    UPDATE message_batch SET not_before = :until
    WHERE id IN (SELECT id FROM message_batch
                 WHERE shop_id = :shop AND campaign_id = :campaign AND state = 'waiting'
                 FOR UPDATE SKIP LOCKED)
""")
