"""Stripe's events: stored as they came, known by their id, applied after.

Each is applied in a transaction of its own. One that fails is tried again with growing
pauses and then parked, where the operator sees it; it stops no other.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.integrations.stripe import Event
from astronote.services import payments, reversals, subscriptions
from astronote.services.payments import Unexpected
from astronote.services.webhook_events import Verdict, settle

MOST_ATTEMPTS: Final = 8

log = logging.getLogger(__name__)


def store(session: Session, event: Event) -> bool:
    """Keep an event in a system transaction; False where it came before."""
    made = session.execute(
        _STORE,
        {
            "body": orjson.dumps(event.body).decode().replace("\\u0000", ""),
            "hash": hashlib.sha256(event.id.encode()).digest(),
            "now": clock.now(),
        },
    )
    return rows_changed(made) == 1


def apply_next(session: Session) -> bool:
    """Apply one stored event in a system transaction; False when none is due."""
    row = session.execute(_TAKE, {"now": clock.now()}).one_or_none()
    if row is None:
        return False
    try:
        with session.begin_nested():
            known = apply(session, row.body)
    except Unexpected as error:
        verdict = Verdict(row.id, "parked", row.attempts + 1, error=str(error))
    except Exception as error:
        # Whatever it was, the next event must get its turn.
        log.exception("event %d of Stripe failed", row.id)
        verdict = _again(row.id, row.attempts + 1, error)
    else:
        state, why = ("applied", None) if known else ("ignored", "It is about nothing of ours.")
        verdict = Verdict(row.id, state, row.attempts + 1, error=why)
    settle(session, [verdict])
    return True


def apply(session: Session, event: dict[str, Any]) -> bool:
    """Let an event take effect; any order and repetition of events ends alike.

    Returns whether it is about something of ours.

    Raises:
        Unexpected: it does not fit what was asked for.
    """
    act = _ACTS.get(event["type"])
    return act is not None and act(session, event["data"]["object"], event["created"])


def _session(status: str) -> Callable[[Session, dict[str, Any], int], bool]:
    def act(session: Session, found: dict[str, Any], _at: int) -> bool:
        known = payments.checkout_ended(session, found, status=status)
        if known:
            intent = found.get("payment_intent")
            reversals.follow(session, checkout=found["id"], intent=intent)
        return known

    return act


def _subscription(session: Session, found: dict[str, Any], at: int) -> bool:
    return subscriptions.told(session, found, at) is not None


def _invoice(session: Session, found: dict[str, Any], _at: int) -> bool:
    shop_id = subscriptions.period_paid(session, found)
    known = payments.invoice_told(session, found, shop_id)
    if known:
        reversals.follow(session, invoice=found["id"])
    return known


def _paid_with(session: Session, found: dict[str, Any], _at: int) -> bool:
    return reversals.paid_with(session, found)


def _refund(session: Session, found: dict[str, Any], _at: int) -> bool:
    return reversals.refunded(session, found)


_ACTS: Final = {
    "checkout.session.completed": _session("paid"),
    "checkout.session.async_payment_succeeded": _session("paid"),
    "checkout.session.async_payment_failed": _session("failed"),
    "checkout.session.expired": _session("expired"),
    "customer.subscription.created": _subscription,
    "customer.subscription.updated": _subscription,
    "customer.subscription.deleted": _subscription,
    "customer.subscription.paused": _subscription,
    "customer.subscription.resumed": _subscription,
    "invoice.paid": _invoice,
    "invoice.payment_failed": _invoice,
    "invoice_payment.paid": _paid_with,
    "charge.refunded": _refund,
    "charge.dispute.created": reversals.disputed,
    "charge.dispute.closed": reversals.disputed,
}

EVENTS: Final = tuple(_ACTS)
"""What a webhook endpoint at Stripe must be told to send."""


def _again(event_id: int, attempts: int, error: Exception) -> Verdict:
    why = f"{type(error).__name__} while it was applied."
    if attempts >= MOST_ATTEMPTS:
        return Verdict(event_id, "parked", attempts, error=why)
    return Verdict(event_id, "waiting", attempts, retry_at=_after(attempts), error=why)


def _after(attempts: int) -> datetime:
    return clock.now() + timedelta(seconds=2 ** min(attempts + 1, 9))


_STORE = sa.text("""
    INSERT INTO webhook_event (provider, kind, body, body_hash, received_at, state, attempts)
    VALUES ('stripe', 'event', CAST(:body AS jsonb), :hash, :now, 'received', 0)
    ON CONFLICT (provider, kind, body_hash) DO NOTHING
""")

_TAKE = sa.text("""
    SELECT id, body, attempts FROM webhook_event
    WHERE provider = 'stripe' AND (state = 'received' OR (state = 'waiting' AND retry_at <= :now))
    ORDER BY id LIMIT 1
    FOR UPDATE SKIP LOCKED
""")
