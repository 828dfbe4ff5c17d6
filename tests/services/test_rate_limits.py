"""How often one may knock."""

from collections.abc import Iterator

import pytest
import redis

from astronote.errors import RateLimited, Unavailable
from astronote.services import rate_limits
from astronote.services.rate_limits import Limit, measure, network, take
from astronote.settings import settings

OPEN = Limit("test-open", per_minute=6, burst=5)
CLOSED = Limit("test-closed", per_minute=6, burst=5, closed=True)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Redis does not answer."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()
    rate_limits.client.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    rate_limits.client.cache_clear()


def knock(limit: Limit, times: int, *subjects: str) -> int:
    """How many of ``times`` are let in."""
    let_in = 0
    for _ in range(times):
        try:
            take(limit, *subjects)
            let_in += 1
        except RateLimited as refused:
            assert 1 <= refused.extra["retry_after"] <= 10
    return let_in


def test_a_burst_passes_and_no_more(valkey: redis.Redis) -> None:
    assert knock(OPEN, 20, "somebody") == 5
    assert knock(OPEN, 1, "somebody else") == 1


def test_the_strictest_of_several_decides(valkey: redis.Redis) -> None:
    knock(OPEN, 5, "account")
    assert knock(OPEN, 3, "address", "account") == 0


def test_time_earns_it_back(valkey: redis.Redis) -> None:
    knock(OPEN, 5, "somebody")
    key = "limit:test-open:somebody"
    # Ten seconds pass: one more.
    moment = int(valkey.get(key) or 0)
    valkey.set(key, str(moment - 10_000_000))
    assert knock(OPEN, 5, "somebody") == 1
    assert 0 < valkey.pttl(key) <= 52_000


def test_looking_costs_nothing(valkey: redis.Redis) -> None:
    for _ in range(10):
        (verdict,) = measure(OPEN, ["somebody"], cost=0)
        assert verdict.allowed
    assert knock(OPEN, 20, "somebody") == 5
    (verdict,) = measure(OPEN, ["somebody"], cost=0)
    assert not verdict.allowed and verdict.retry_after >= 1


def test_without_redis_closed_doors_stay_shut_and_open_ones_count_here(away: None) -> None:
    with pytest.raises(Unavailable):
        take(CLOSED, "somebody")
    assert knock(OPEN, 20, "somebody without redis") == 5
    (verdict,) = measure(OPEN, ["somebody without redis"], cost=0)
    assert not verdict.allowed


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "unknown"),
        ("x' OR 1=1", "unknown"),
    ],
)
def test_one_household_is_one_caller(address: str, counted: str) -> None:
    assert network(address) == counted
