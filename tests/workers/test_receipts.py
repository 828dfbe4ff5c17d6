"""How far one round of applying receipts goes."""

import pytest
import sqlalchemy as sa

from astronote.db import engine, system_transaction
from tests.support.cluster import WorkerDatabase
from tests.support.receipts import store
from workers import delivery


def store_named(*names: int) -> None:
    store([{"id": f"r-{name}", "status": "Unknown"} for name in names])


def waiting() -> int:
    with system_transaction() as session:
        found = session.execute(
            sa.text("SELECT count(*) FROM webhook_event WHERE state = 'received'")
        )
        return int(found.scalar_one())


def test_a_round_applies_all_that_is_stored(
    database: WorkerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PORTION", 4)
    monkeypatch.setattr(delivery, "FEW", 1)
    store_named(*range(10))
    delivery.apply_webhook_events()
    assert waiting() == 0


def test_what_comes_meanwhile_is_left_to_its_own_ring(database: WorkerDatabase) -> None:
    """In a rush something always comes: a round that went on for it would never end."""
    store_named(0)
    coming = iter(range(1, 50))
    storing = False

    def one_more(_connection: sa.Connection) -> None:
        nonlocal storing
        if not storing and (name := next(coming, None)) is not None:
            storing = True
            store_named(name)
            storing = False

    sa.event.listen(engine(), "commit", one_more)
    try:
        delivery.apply_webhook_events()
    finally:
        sa.event.remove(engine(), "commit", one_more)
    assert next(coming, 50) < 10
    delivery.apply_webhook_events()
    assert waiting() == 0
