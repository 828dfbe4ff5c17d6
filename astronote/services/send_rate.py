"""How fast all workers together may call the provider.

QUEUE_RATE_MAX messages in QUEUE_RATE_DURATION_MS: one Redis key holds the moment from
which the next call is allowed, and each call moves it on by its share. A provider that
asks for a pause moves it too. Where Redis is away, every process counts for itself.
"""

import logging
import time
from math import ceil
from threading import Lock
from typing import Final, Literal, cast

import redis

from astronote.services.rate_limits import client
from astronote.settings import settings

CALLS_A_WINDOW: Final = 4

_KEY: Final = "astronote:send-rate"
_How = Literal["acquire", "give_back", "pause"]

log = logging.getLogger(__name__)


def most_at_once() -> int:
    """How many messages one call may carry.

    A window's messages go in several calls of one size, so that no window can hold more
    than its own, and a call that is late brings little into the next.
    """
    configured = settings()
    limit, batch = configured.queue_rate_max, configured.sms_batch_size
    if not limit:
        return batch
    return max(1, limit // max(CALLS_A_WINDOW, ceil(limit / batch)))


def acquire(messages: int) -> float:
    """Ask to send ``messages`` now: 0.0 means go, else the seconds to wait before asking again."""
    return _move("acquire", messages * _share())


def give_back(messages: int) -> None:
    """Return what was acquired and not used."""
    if messages > 0 and _share() > 0:
        _move("give_back", messages * _share())


def pause(seconds: float) -> None:
    """Let nobody send for ``seconds``: the provider is away, or asked for it."""
    _move("pause", seconds)


def forget() -> None:
    """Start counting afresh in this process (other settings)."""
    _here.forget()


def _share() -> float:
    configured = settings()
    if not configured.queue_rate_max:
        return 0.0
    return configured.queue_rate_duration_ms / 1000 / configured.queue_rate_max


def _move(how: _How, seconds: float) -> float:
    if settings().redis_address and not settings().queue_disabled:
        try:
            answer = client().eval(_SCRIPT, 1, _KEY, how, str(round(seconds * 1e6)))
            return cast("int", answer) / 1e6
        except redis.RedisError as error:
            log.warning("the rate of sending is counted here alone: %s", type(error).__name__)
    return _here.move(how, seconds)


# Answers how long to wait, 0 when the moment has come. The clock is Redis's own, and times
# are in microseconds.
_SCRIPT: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
local by = tonumber(ARGV[2])
if ARGV[1] == 'acquire' then
    if free > now then return math.ceil(free - now) end
    free = now + by
elseif ARGV[1] == 'give_back' then
    free = free - by
else
    free = math.max(free, now + by)
end
if free > now then
    redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX',
        math.ceil((free - now) / 1000) + 1000)
else
    redis.call('DEL', KEYS[1])
end
return 0
"""


class _Here:
    """The same rule inside one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._free = 0.0

    def forget(self) -> None:
        with self._lock:
            self._free = 0.0

    def move(self, how: _How, seconds: float) -> float:
        with self._lock:
            now = time.monotonic()
            match how:
                case "acquire":
                    if self._free > now:
                        return self._free - now
                    self._free = now + seconds
                case "give_back":
                    self._free -= seconds
                case "pause":
                    self._free = max(self._free, now + seconds)
            return 0.0


_here = _Here()
