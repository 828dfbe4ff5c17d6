"""What is kept for a time only, and how long that is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.settings import settings

PORTION: Final = 5_000


def rules() -> Iterator[tuple[str, datetime]]:
    """Each rule's name and the moment before which its rows go."""
    now, kept = clock.now(), settings()
    yield "webhook_event", now - timedelta(days=kept.webhook_retention_days)
    yield "idempotency_key", now
    yield "user_session", now - timedelta(days=1)
    yield "job_fire", now - timedelta(days=2)
    yield "import_row", now - timedelta(days=kept.import_retention_days)
    for table in ("public_signup_event", "nfc_scan", "offer_view_event", "link_miss"):
        yield table, now - timedelta(days=kept.public_event_retention_days)


def apply(session: Session, rule: str, before: datetime) -> int:
    """Delete or redact one portion of what ``rule`` names; how many rows, 0 when done.

    A system transaction; call until it answers 0.
    """
    return rows_changed(session.execute(_RULES[rule], {"before": before, "most": PORTION}))


_DELETE = """
    DELETE FROM {table} WHERE ctid IN (
        SELECT ctid FROM {table} WHERE {condition} LIMIT :most FOR UPDATE SKIP LOCKED)
"""
_REDACT = """
    UPDATE {table} SET {change} WHERE ctid IN (
        SELECT ctid FROM {table} WHERE at < :before AND {condition}
        LIMIT :most FOR UPDATE SKIP LOCKED)
"""
_ADDRESS: Final = {
    "change": "ip = NULL, user_agent = NULL",
    "condition": "(ip IS NOT NULL OR user_agent IS NOT NULL)",
}

_RULES: Final = {
    "webhook_event": sa.text(
        _DELETE.format(
            table="webhook_event",
            condition="received_at < :before AND state NOT IN ('received', 'waiting')",
        )
    ),
    "idempotency_key": sa.text(
        _DELETE.format(table="idempotency_key", condition="expires_at < :before")
    ),
    "user_session": sa.text(_DELETE.format(table="user_session", condition="expires_at < :before")),
    # The last firing of each job stays: it says that this moment was not missed.
    "job_fire": sa.text(
        _DELETE.format(
            table="job_fire",
            condition="scheduled_for < :before AND scheduled_for < ("
            "SELECT max(f.scheduled_for) FROM job_fire f WHERE f.job = job_fire.job)",
        )
    ),
    "import_row": sa.text(_DELETE.format(table="import_row", condition="created_at < :before")),
    "link_miss": sa.text(_DELETE.format(table="link_miss", condition="last_at < :before")),
    "public_signup_event": sa.text(_REDACT.format(table="public_signup_event", **_ADDRESS)),
    "nfc_scan": sa.text(_REDACT.format(table="nfc_scan", **_ADDRESS)),
    "offer_view_event": sa.text(
        _REDACT.format(
            table="offer_view_event",
            change="user_agent = NULL",
            condition="user_agent IS NOT NULL",
        )
    ),
}
