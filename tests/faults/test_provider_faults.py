"""Every fault of the provider, with receipts over HTTP and all the real processes."""

from typing import Any

import pytest
import redis
import sqlalchemy as sa

from astronote.db import system_transaction
from tests.faults.conftest import Start, start_all
from tests.faults.parts import QUICK
from tests.faults.verdict import require_nothing_lost_or_repeated
from tests.support import outbox
from tests.support.outbox import Outbox
from tests.support.shops import make_shop
from tests.support.simulator import Simulator
from tests.support.sizes import FULL
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults

MESSAGES, BATCH = (5_000, 100) if FULL else (300, 50)
FAULTS: list[tuple[dict[str, Any], set[str]]] = [
    ({"latency_ms": 300}, {"delivered"}),
    ({"throttle_every": 5}, {"delivered"}),
    # Our own reference comes back in the receipts and tells which message it was.
    ({"error_after_accept_pct": 30}, {"delivered"}),
    ({"drop_after_accept_pct": 30}, {"delivered"}),
    ({"short_reply_pct": 30}, {"delivered"}),
    ({"reject_pattern": "7$"}, {"delivered", "failed"}),
    ({"failed_pct": 30}, {"delivered", "failed"}),
    ({"silent_pct": 30}, {"delivered", "sent"}),
    ({"receipts": "duplicated"}, {"delivered"}),
    ({"receipts": "shuffled"}, {"delivered"}),
    # All of them: of the few requests here, three tenths are sometimes none.
    ({"receipts": "off", "silent_pct": 100, "drop_after_accept_pct": 100}, {"unknown"}),
    (
        {"latency_ms": 50, "drop_after_accept_pct": 5, "short_reply_pct": 5, "throttle_every": 9}
        | {"error_after_accept_pct": 5, "failed_pct": 10, "receipts": "shuffled"},
        {"delivered", "failed"},
    ),
]


def test_no_fault_of_the_provider_loses_or_repeats_a_message(
    valkey: redis.Redis, start: Start, telling_provider: Simulator
) -> None:
    start_all(start, **QUICK, SMS_BATCH_SIZE=str(BATCH))
    for number, (fault, ends) in enumerate(FAULTS):
        telling_provider.behave(**PERFECT)
        telling_provider.behave(**fault)
        telling_provider.forget()
        shop = make_shop(credits=MESSAGES)
        made = outbox.campaign(shop.id, MESSAGES, batch=BATCH, first=1 + number * MESSAGES)
        wait_until(lambda made=made: has_come_to_rest(made, telling_provider), 300, every=0.1)
        statuses = require_nothing_lost_or_repeated(made, telling_provider, MESSAGES)
        assert set(statuses) == ends, fault
        assert made.campaign().status == "completed"


PERFECT = {
    "latency_ms": 0,
    "delivered_pct": 100,
    "receipt_delay_ms": 200,
    "receipts": "on",
    "throttle_every": 0,
    "error_after_accept_pct": 0,
    "drop_after_accept_pct": 0,
    "short_reply_pct": 0,
    "reject_pattern": "",
}


def has_come_to_rest(made: Outbox, provider: Simulator) -> bool:
    """Whether everything was sent, and every receipt was told and applied."""
    if made.campaign().status != "completed" or provider.stats()["receiptsWaiting"]:
        return False
    with system_transaction() as session:
        open_events = session.execute(
            sa.text("SELECT count(*) FROM webhook_event WHERE state IN ('received', 'waiting')")
        )
        return open_events.scalar_one() == 0
