"""Two transactions in each other's way, at just the moment that a test chooses."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import psycopg

from astronote.settings import settings
from tests.support.waiting import wait_until

T = TypeVar("T")


def begin(act: Callable[[], T], beside: int = 0) -> Future[T]:
    """Start ``act`` in a thread and go on when it waits for somebody's lock, or is through.

    The caller's transaction is the somebody: once it ends, ask for the result.

    Args:
        beside: How many others wait by then.
    """
    pool = ThreadPoolExecutor(1)
    begun = pool.submit(act)
    pool.shutdown(wait=False)
    with psycopg.connect(settings().database_url, autocommit=True) as connection:
        wait_until(
            lambda: begun.done() or len(connection.execute(_WAITING).fetchall()) > beside,
            every=0.005,
        )
    return begun


_WAITING = """
    SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
