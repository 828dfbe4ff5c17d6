"""Doing the same for many things, each by itself."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from astronote.errors import Unavailable

T = TypeVar("T")

log = logging.getLogger(__name__)


def each(things: Iterable[T], step: Callable[[T], object]) -> int:
    """Call ``step`` with every one; one that fails is logged and keeps no other waiting.

    Returns:
        How many did not fail.

    Raises:
        Unavailable: the database is away, so that the others would fail as well.
    """
    done = 0
    for thing in things:
        try:
            step(thing)
        except (Unavailable, OperationalError):
            raise
        except Exception:
            log.exception("%s failed for %s", getattr(step, "__name__", step), thing)
        else:
            done += 1
    return done
