"""A worker dies at each named point; the next one leaves every message in a legal state."""

import signal
from datetime import timedelta

import pytest

from astronote import clock
from astronote.services import wallet
from tests.faults.conftest import Start
from tests.faults.verdict import require_nothing_lost_or_repeated
from tests.support import outbox
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from tests.support.sizes import FULL
from workers import campaigns, send_loop

pytestmark = pytest.mark.faults

WORK = "from workers import send_loop; send_loop.run(seconds=60)"


@pytest.mark.parametrize(
    ("point", "unknown", "accepted"),
    [
        ("after_claim", 0, 6),
        ("after_dispatch", 2, 4),
        ("after_post", 2, 6),
        ("before_record", 2, 6),
        ("after_record", 0, 6),
    ],
)
@pytest.mark.parametrize("batch", [1, 2, 3] if FULL else [2])
def test_a_worker_that_dies_there_loses_and_repeats_nothing(
    shop: ShopUnderTest,
    provider: Simulator,
    start: Start,
    point: str,
    unknown: int,
    accepted: int,
    batch: int,
) -> None:
    made = outbox.campaign(shop.id, 6, batch=2)
    worker = start(WORK, ASTRONOTE_CRASH_POINT=f"{point}:{batch}")
    assert worker.wait(180) == -signal.SIGKILL

    clock.shift(timedelta(minutes=2, seconds=1))
    campaigns.sweep_due()
    send_loop.run(seconds=60)
    campaigns.sweep_due()

    statuses = require_nothing_lost_or_repeated(made, provider, 1_000)
    assert (statuses["unknown"], statuses["sent"]) == (unknown, 6 - unknown)
    destinations = [m["destination"] for m in provider.messages()]
    assert len(destinations) == accepted == len(set(destinations))
    assert made.campaign().status == "completed"
    paid = 6 - unknown
    assert made.credits() == wallet.Balance(1000 - paid, unknown, 1000 - 6)
