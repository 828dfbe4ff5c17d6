"""Rate limits: GCRA, in one Redis script, shared by all processes.

A limit of ``rate`` a minute with ``burst`` lets ``burst`` through at once and then one
every ``60 / rate`` seconds. Where Redis is away, doors that could be forced (sign-in,
join) stay shut and ways out (unsubscribe) stay open.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

from redis import Redis
from redis.exceptions import RedisError

from astronote.errors import RateLimited, Unavailable
from astronote.settings import settings

# KEYS[1] the bucket; ARGV: emission interval and burst tolerance in seconds. Redis's own
# clock decides, so that all processes agree. Answers '0' or the seconds to wait.
_GCRA = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = due - tolerance - now
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], due + interval, 'EX', math.ceil(due + interval - now) + 1)
return '0'
"""


@dataclass(frozen=True)
class Limit:
    """``rate`` a minute after a first ``burst``."""

    name: str
    rate: float
    burst: int


SIGN_IN_ACCOUNT = Limit("sign-in-account", rate=30, burst=45)
SIGN_IN_ADDRESS = Limit("sign-in-address", rate=60, burst=60)


def allow(limit: Limit, *who: str, fail_open: bool = False) -> None:
    """Count one attempt of ``who`` against ``limit``.

    Raises:
        RateLimited: with ``retry_after`` in whole seconds.
        Unavailable: Redis is away and ``fail_open`` is not set.
    """
    bucket = hashlib.sha256("\0".join(who).encode()).hexdigest()[:32]
    interval = 60 / limit.rate
    try:
        wait = float(
            _script()(
                keys=[f"limit:{limit.name}:{bucket}"], args=[interval, interval * (limit.burst - 1)]
            )
        )
    except (RedisError, ValueError) as error:
        if fail_open:
            return
        raise Unavailable() from error
    if wait > 0:
        raise RateLimited(retry_after=math.ceil(wait))


def allow_sign_in(email: str, address: str) -> None:
    """Count one sign-in, per account and per address.

    Raises:
        RateLimited: too many of either.
        Unavailable: Redis is away: the door stays shut.
    """
    allow(SIGN_IN_ADDRESS, address)
    allow(SIGN_IN_ACCOUNT, email.strip().lower())


@lru_cache
def _script():  # type: ignore[no-untyped-def]
    client = Redis.from_url(
        settings().redis_address,
        socket_timeout=2,
        socket_connect_timeout=2,
        health_check_interval=30,
    )
    return client.register_script(_GCRA)
