"""QUEUE_RATE_MAX holds over all worker processes together."""

from datetime import datetime, timedelta

import pytest
import redis

from tests.faults.conftest import Start, start_all
from tests.faults.parts import QUICK, WORKER
from tests.faults.verdict import require_nothing_lost_or_repeated
from tests.support import outbox
from tests.support.shops import make_shop
from tests.support.simulator import Simulator
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults

MESSAGES, RATE = 400, 80


def test_two_workers_share_one_rate(valkey: redis.Redis, start: Start, provider: Simulator) -> None:
    made = outbox.campaign(make_shop(credits=MESSAGES).id, MESSAGES, batch=50)
    limited = QUICK | {"QUEUE_RATE_MAX": str(RATE), "QUEUE_RATE_DURATION_MS": "1000"}
    start(WORKER, **limited)
    start_all(start, **limited)
    wait_until(lambda: made.campaign().status == "completed", every=0.1)
    wait_until(lambda: "unknown" not in made.statuses())
    assert require_nothing_lost_or_repeated(made, provider, MESSAGES) == {"sent": MESSAGES}
    times = sorted(datetime.fromisoformat(m["at"]) for m in provider.messages())
    # All but the first window's messages had to wait for theirs. The first call may itself
    # have been on its way for up to a window: what is limited is when calls begin.
    assert times[-1] - times[0] >= timedelta(seconds=(MESSAGES - 2 * RATE) / RATE)
