"""What a merchant should look at now: blocked sending, stopped campaigns, failed imports."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock
from astronote.models import Campaign, ImportJob
from astronote.services.billing import Summary
from astronote.words import say

LOW_CREDITS: Final = 100
"""Fewer than this and the dashboard says so."""

MOST: Final = 4
"""How many campaigns or imports are named, the latest."""

IMPORTS_FOR: Final = timedelta(days=7)

_STOPPED: Final = {
    "paused": "“{name}” is paused.",
    "missed": "“{name}” was not sent at its time.",
    "failed": "“{name}” could not start.",
}


@dataclass(frozen=True)
class Attention:
    """Something to look at: a stable ``code``, a sentence, what is known of the cause, and
    the page that helps."""

    code: str
    sentence: str
    reason: str
    href: str


def attention(session: Session, shop_id: int, summary: Summary) -> list[Attention]:
    """Everything, the most pressing first."""
    return [
        *_gate(summary),
        *_campaigns(session, shop_id),
        *_imports(session, shop_id),
    ]


def _gate(summary: Summary) -> list[Attention]:
    found = []
    if summary.blocked_reason:
        by_sender = summary.blocked_by == "sender"
        found.append(
            Attention(
                "sender_blocked" if by_sender else "blocked",
                say("Sending is blocked."),
                summary.blocked_reason,
                "/app/settings" if by_sender else "/app/billing",
            )
        )
    if summary.credits.available <= 0:
        words = say("No credits are left. Nothing more is sent.")
        found.append(Attention("no_credits", words, "", "/app/billing"))
    elif summary.credits.available < LOW_CREDITS:
        words = say("Only {n} credits are left.", n=summary.credits.available)
        found.append(Attention("low_credits", words, "", "/app/billing"))
    return found


def _campaigns(session: Session, shop_id: int) -> list[Attention]:
    stopped = (col(Campaign.shop_id) == shop_id, col(Campaign.status).in_(_STOPPED))
    rows = session.execute(
        sa.select(
            col(Campaign.id), col(Campaign.name), col(Campaign.status), col(Campaign.status_reason)
        )
        .where(*stopped)
        .order_by(col(Campaign.updated_at).desc(), col(Campaign.id).desc())
        .limit(MOST)
    ).all()
    found = [
        Attention(
            f"campaign_{row.status}",
            say(_STOPPED[row.status], name=row.name),
            row.status_reason or "",
            f"/app/campaigns/{row.id}",
        )
        for row in rows
    ]
    if len(rows) == MOST:
        every = session.execute(sa.select(sa.func.count()).where(*stopped)).scalar_one()
        if every > MOST:
            words = say("{n} campaigns in all wait for a decision.", n=every)
            found.append(Attention("campaigns_stopped", words, "", "/app/campaigns"))
    return found


def _imports(session: Session, shop_id: int) -> list[Attention]:
    rows = session.execute(
        sa.select(col(ImportJob.id), col(ImportJob.file_name), col(ImportJob.failure))
        .where(
            col(ImportJob.shop_id) == shop_id,
            col(ImportJob.status) == "failed",
            col(ImportJob.created_at) >= clock.now() - IMPORTS_FOR,
        )
        .order_by(col(ImportJob.id).desc())
        .limit(MOST)
    )
    return [
        Attention(
            "import_failed",
            say("The import of “{file}” failed.", file=row.file_name),
            row.failure or "",
            f"/app/contacts/import?job={row.id}",
        )
        for row in rows
    ]
