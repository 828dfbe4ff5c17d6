"""STOP comes in while a campaign is being sent: after its commit nobody claims that phone."""

import random
from datetime import datetime
from typing import Any

import httpx
import pytest
import redis
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction
from astronote.settings import settings
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

MESSAGES, STOPS = (10_000, 400) if FULL else (800, 30)
BATCH = 20


def test_nothing_is_claimed_for_a_phone_after_its_stop(
    valkey: redis.Redis, start: Start, web: str, provider: Simulator
) -> None:
    shop = make_shop(credits=MESSAGES)
    made = outbox.campaign(shop.id, MESSAGES, batch=BATCH)
    provider.behave(latency_ms=100)
    start_all(start, **QUICK)
    dice = random.Random(7)
    # Phones of which most are still waiting when their STOP comes.
    phones = [str(row.phone) for row in dice.sample(made.messages()[MESSAGES // 4 :], STOPS)]
    wait_until(lambda: provider.stats()["accepted"] >= MESSAGES // 8)
    # However slow the machine is on which they come, they come while much is still waiting.
    provider.behave(latency_ms=400)
    stopped: dict[str, datetime] = {}
    secret = settings().webhook_secret.get_secret_value()
    headers = {"X-Webhook-Secret": secret}
    with httpx.Client(base_url=web, headers=headers, timeout=120) as client:
        for number, phone in enumerate(phones):
            said = {"from": phone, "to": "Shop", "text": "STOP", "id": f"stop-{number}"}
            assert client.post("/webhooks/mitto/inbound", json=said).status_code == 200
            stopped.update(newly_stopped(shop.id, stopped))
    wait_until(lambda: stopped.update(newly_stopped(shop.id, stopped)) or len(stopped) == STOPS)
    provider.behave(latency_ms=0)
    wait_until(lambda: made.campaign().status == "completed", every=0.1)
    wait_until(lambda: "unknown" not in made.statuses())

    ended = require_nothing_lost_or_repeated(made, provider, MESSAGES)
    assert ended["skipped"] > STOPS // 4
    assert ended["skipped"] + ended["sent"] == MESSAGES
    assert claimed_too_late(made, stopped) == []


def newly_stopped(shop_id: int, known: dict[str, datetime]) -> dict[str, datetime]:
    """Phones seen to have stopped, with a moment at which that was surely committed."""
    with system_transaction() as session:
        found = session.execute(
            sa.text("SELECT phone FROM contact WHERE shop_id = :s AND NOT is_subscribed"),
            {"s": shop_id},
        ).scalars()
        return {phone: clock.now() for phone in found if phone not in known}


def claimed_too_late(made: Outbox, stopped: dict[str, datetime]) -> list[Any]:
    """Messages that were claimed although their phone had stopped."""
    return [
        row.id
        for row in made.messages()
        if row.phone in stopped and row.status != "skipped" and row.claimed_at > stopped[row.phone]
    ]
