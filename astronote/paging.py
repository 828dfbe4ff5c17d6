"""Keyset pages: what a list answers and how its cursor travels."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from astronote.errors import BadRequest

T = TypeVar("T")

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
COUNT_LIMIT = 10_000
"""Beyond this many rows a count is not exact: counting a million costs more than it tells."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; ``next_cursor`` is None on the last."""

    items: Sequence[T]
    next_cursor: str | None
    total: int
    total_is_exact: bool


def cut(rows: Sequence[T], limit: int, cursor: str | None) -> Page[T]:
    """A page of a list that is small enough to be read whole: keys, links, people of a shop.

    Raises:
        BadRequest: ``invalid_cursor``.
    """
    start = 0
    if cursor is not None:
        (start,) = decode_cursor(cursor, 1)
        if not isinstance(start, int) or start < 0:
            raise _not_ours()
    end = start + limit
    following = encode_cursor(end) if end < len(rows) else None
    return Page(rows[start:end], following, len(rows), True)


def encode_cursor(*values: Any) -> str:
    """An opaque, URL-safe string for the sort key of a page's last row."""
    raw = json.dumps(values, separators=(",", ":"), default=str).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The ``length`` values that :func:`encode_cursor` was given.

    Raises:
        BadRequest: ``invalid_cursor`` when it was not made by us.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(raw)
    except (binascii.Error, ValueError, UnicodeError):
        values = None
    if not isinstance(values, list) or len(values) != length:
        raise _not_ours()
    if any(isinstance(v, dict | list) for v in values):
        raise _not_ours()
    return values


def _not_ours() -> BadRequest:
    return BadRequest("This page address is not valid.", code="invalid_cursor", field="cursor")
