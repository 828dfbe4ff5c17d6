"""How often an address, an account or a token may knock.

GCRA (the leaky bucket as one time stamp a key), counted in Redis by one script so that
all processes share it. Where Redis is away, doors that must not be forced stay shut
(sign-in, join) and doors that must not close (unsubscribing, links) count in the process.
"""

import ipaddress
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from threading import Lock
from typing import Any, Final

import redis
import redis.asyncio

from astronote.errors import RateLimited, Unavailable
from astronote.loops import PerLoop
from astronote.security import digest
from astronote.settings import settings


@dataclass(frozen=True)
class Limit:
    """``burst`` at once, then ``per_minute`` evenly; ``closed`` when Redis is away."""

    name: str
    per_minute: int
    burst: int
    closed: bool = False

    @property
    def interval(self) -> float:
        """Seconds in which one more is earned."""
        return 60 / self.per_minute


# Thirty sign-ins a minute are a busy office; a hundred are a machine.
SIGN_IN: Final = Limit("sign-in", per_minute=30, burst=45, closed=True)
REGISTER: Final = Limit("register", per_minute=30, burst=60, closed=True)
RESET: Final = Limit("reset", per_minute=5, burst=10, closed=True)
JOIN: Final = Limit("join", per_minute=20, burst=30, closed=True)
# One poster, however many addresses: a busy evening, not somebody with a list of phones.
JOIN_LINK: Final = Limit("join-link", per_minute=120, burst=240, closed=True)
# A phone network shows many shoppers as one address, so these are wide.
OPT_OUT: Final = Limit("opt-out", per_minute=120, burst=240)
PUBLIC: Final = Limit("public", per_minute=300, burst=600)
REDEEM: Final = Limit("redeem", per_minute=60, burst=60)
# Nobody mistypes many codes; a machine that guesses gets hardly any answer.
MISS: Final = Limit("miss", per_minute=10, burst=30)


@dataclass(frozen=True)
class Verdict:
    """Whether it may pass; ``remaining`` at once, ``retry_after`` in whole seconds."""

    allowed: bool
    limit: Limit
    remaining: int
    retry_after: int


@lru_cache(maxsize=10_000)
def network(address: str) -> str:
    """What is counted as one: an IPv4 address, an IPv6 /64 (one household's)."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address) + "/64"
    return str(parsed)


def take(limit: Limit, *subjects: str) -> Verdict:
    """Count one knock for every one of ``subjects`` (an address, an account).

    The strictest verdict is returned.

    Raises:
        RateLimited: one of them knocked too often; ``retry_after``, ``limit``, ``remaining``.
        Unavailable: Redis is away and the limit is a closed one.
    """
    verdict = min(
        measure(limit, subjects, cost=1), key=lambda v: (v.allowed, v.remaining, -v.retry_after)
    )
    require(verdict)
    return verdict


def allow_sign_in(email: str, address: str) -> None:
    """Count one attempt against the account and against the caller's address.

    Raises:
        RateLimited: too many for either.
        Unavailable: ``limiter_unavailable``: nothing can count them.
    """
    take(SIGN_IN, f"account:{digest(email.strip().lower()).hex()[:32]}", network(address))


def require(verdict: Verdict) -> None:
    """Let it pass.

    Raises:
        RateLimited: it may not.
    """
    if not verdict.allowed:
        raise RateLimited(
            retry_after=verdict.retry_after,
            limit=verdict.limit.burst,
            remaining=verdict.remaining,
        )


def headers(refusal: RateLimited) -> dict[str, str]:
    """What a refusal tells programs: how much is allowed, what is left, when to come back."""
    wait = str(refusal.extra.get("retry_after", 1))
    told = {"Retry-After": wait, "RateLimit-Reset": wait}
    if "limit" in refusal.extra:
        told["RateLimit-Limit"] = str(refusal.extra["limit"])
        told["RateLimit-Remaining"] = str(refusal.extra.get("remaining", 0))
    return told


def measure(limit: Limit, subjects: Sequence[str], cost: int) -> list[Verdict]:
    """A verdict for each of ``subjects``, in one round trip; a cost of 0 only looks.

    Raises:
        Unavailable: Redis is away and the limit is a closed one.
    """
    keys = _keys(limit, subjects)
    if not keys or not settings().redis_address:
        return _in_process(limit, keys, cost)
    try:
        with client().pipeline(transaction=False) as pipe:
            _ask(pipe, limit, keys, cost)
            return _verdicts(limit, pipe.execute())
    except redis.RedisError as error:
        if limit.closed:
            raise Unavailable(code="limiter_unavailable") from error
        return _in_process(limit, keys, cost)


async def measure_here(limit: Limit, subjects: Sequence[str], cost: int) -> list[Verdict]:
    """:func:`measure` on the event loop, for a limit that is not closed."""
    keys = _keys(limit, subjects)
    if not keys or not settings().redis_address:
        return _in_process(limit, keys, cost)
    try:
        async with _clients.here().pipeline(transaction=False) as pipe:
            _ask(pipe, limit, keys, cost)
            return _verdicts(limit, await pipe.execute())
    except redis.RedisError:
        return _in_process(limit, keys, cost)


def _keys(limit: Limit, subjects: Sequence[str]) -> list[str]:
    return [f"limit:{limit.name}:{subject}" for subject in subjects]


def _in_process(limit: Limit, keys: Sequence[str], cost: int) -> list[Verdict]:
    return [_local.take(limit, key, cost) for key in keys]


# One key holds the moment at which its bucket is empty again (in microseconds). Answers
# whether it may pass and how far that moment is ahead. The clock is Redis's own, so that
# processes on several machines agree.
_GCRA: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = interval * burst
local empty = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local after = empty + interval * cost
if after - now > full or (cost == 0 and empty + interval - now > full) then
    return {0, math.floor(empty - now)}
end
if cost > 0 then
    redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX',
        math.ceil((after - now) / 1000) + 1000)
end
return {1, math.floor(after - now)}
"""


def _ask(pipe: Any, limit: Limit, keys: Sequence[str], cost: int) -> None:
    interval = round(limit.interval * 1e6)
    for key in keys:
        pipe.eval(_GCRA, 1, key, str(interval), str(limit.burst), str(cost))


def _verdicts(limit: Limit, answers: Sequence[tuple[int, int]]) -> list[Verdict]:
    return [_verdict(limit, allowed == 1, wait / 1e6) for allowed, wait in answers]


def _verdict(limit: Limit, allowed: bool, ahead: float) -> Verdict:
    left = limit.burst - ahead / limit.interval
    wait = 0 if allowed else max(1, ceil(ahead + limit.interval - limit.burst * limit.interval))
    return Verdict(allowed, limit, max(0, int(left)), wait)


@lru_cache
def client() -> redis.Redis:
    """The process's connections for counting."""
    return redis.Redis.from_url(settings().redis_address, **_PATIENCE)


# Short, because people wait.
_PATIENCE: Final[dict[str, Any]] = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "max_connections": 50,
}
_clients: Final = PerLoop(
    lambda: redis.asyncio.Redis.from_url(settings().redis_address, **_PATIENCE)
)


class _Local:
    """The same rule inside one process, for when Redis is away."""

    _MAX_KEYS: Final = 50_000

    def __init__(self) -> None:
        self._lock = Lock()
        self._empty_at: dict[str, float] = {}

    def take(self, limit: Limit, key: str, cost: int) -> Verdict:
        with self._lock:
            now = time.monotonic()
            empty = max(self._empty_at.get(key, 0.0), now)
            after = empty + limit.interval * max(cost, 1)
            if after - now > limit.interval * limit.burst:
                return _verdict(limit, False, empty - now)
            if cost == 0:
                return _verdict(limit, True, empty - now)
            if len(self._empty_at) >= self._MAX_KEYS:
                self._empty_at = {k: at for k, at in self._empty_at.items() if at > now}
            if len(self._empty_at) < self._MAX_KEYS:
                self._empty_at[key] = after
            return _verdict(limit, True, after - now)


_local = _Local()
