"""What must be true of a campaign after every fault, whatever the fault was."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from astronote.db import system_transaction
from astronote.services import invariants, wallet
from tests.support.outbox import Outbox
from tests.support.simulator import Simulator

TERMINAL = {"sent", "delivered", "failed", "expired", "skipped"}


def require_nothing_lost_or_repeated(
    made: Outbox, provider: Simulator, credits: int
) -> "Counter[str]":
    """Every message has ended or is in doubt, none went twice, money and counters agree.

    Args:
        credits: What the shop had before; each message costs one.

    Returns:
        How many messages are in which status.
    """
    rows: list[Any] = made.messages()
    statuses = Counter(str(row.status) for row in rows)
    assert set(statuses) <= TERMINAL | {"unknown"}, statuses

    accepted = Counter(m["destination"] for m in provider.messages())
    assert max(accepted.values(), default=0) <= 1, "a message was sent twice"
    by_phone = {row.phone: row for row in rows}
    assert set(accepted) <= set(by_phone)
    for phone, row in by_phone.items():
        if row.status in ("sent", "delivered"):
            assert phone in accepted, f"message {row.id} is {row.status} and was never accepted"
        elif phone in accepted:
            assert row.status in ("unknown", "expired") or row.sent_at, row.status
        elif row.status in ("failed", "skipped"):
            assert row.failure_reason, f"message {row.id} is {row.status} and nobody knows why"

    paid = sum(row.billing_status == "committed" for row in rows)
    held = statuses["unknown"]
    assert made.credits() == wallet.Balance(credits - paid, held, credits - paid - held)
    assert Counter(str(row.billing_status) for row in rows) == Counter(
        {"committed": paid, "reserved": held, "released": len(rows) - paid - held}
    )
    assert counters(made) == statuses
    with system_transaction() as session:
        assert invariants.check(session) == []
    return statuses


def counters(made: Outbox) -> "Counter[str]":
    """The campaign's stored counters, without zeros."""
    with system_transaction() as session:
        row = session.execute(
            sa.text("SELECT * FROM campaign_count WHERE campaign_id = :id"),
            {"id": made.campaign_id},
        ).one()
    named = row._mapping
    kept = Counter({n: int(named[n]) for n in named if n not in ("campaign_id", "shop_id")})
    return +kept
