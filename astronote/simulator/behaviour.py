"""How the simulated provider behaves: its speed, the fate of messages, and its faults."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

RECEIPT_MODES = ("on", "off", "duplicated", "shuffled")
FATES = ("delivered_pct", "failed_pct", "silent_pct")
LONGEST_MS = 3_600_000


class BehaviourError(ValueError):
    """A behaviour field that cannot be: ``field`` names it, the text says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclasses.dataclass(frozen=True, slots=True)
class Behaviour:
    """Everything that can be set; the defaults are a quick provider that delivers it all.

    Percentages are 0 to 100.  ``delivered_pct``, ``failed_pct`` and ``silent_pct`` divide the
    messages and always add up to 100; the three ``…_accept_pct`` and ``short_reply_pct`` are
    chances per request.  ``throttle_every`` 0 and an empty ``reject_pattern`` mean never.
    """

    latency_ms: int = 0
    delivered_pct: float = 100
    failed_pct: float = 0
    silent_pct: float = 0
    receipt_delay_ms: int = 1000
    receipts: str = "on"
    throttle_every: int = 0
    error_after_accept_pct: float = 0
    drop_after_accept_pct: float = 0
    short_reply_pct: float = 0
    reject_pattern: str = ""

    def changed(self, fields: Mapping[str, Any]) -> Behaviour:
        """This behaviour with ``fields`` replaced; raises BehaviourError on the first bad one.

        Where only some of the three fates are named, the others share what is left in their
        present proportion, so ``{"failed_pct": 100}`` alone makes every message fail.
        """
        checked: dict[str, Any] = {}
        for name, value in fields.items():
            check = _CHECKS.get(name)
            if check is None:
                raise BehaviourError(name, f"There is no such field: {name}")
            checked[name] = check(name, value)
        if any(name in checked for name in FATES):
            checked.update(self._divided(checked))
        return dataclasses.replace(self, **checked)

    def as_dict(self) -> dict[str, Any]:
        """All fields by name, as GET /sim/behaviour answers them."""
        return dataclasses.asdict(self)

    def _divided(self, named: Mapping[str, float]) -> dict[str, float]:
        shares = {name: named[name] for name in FATES if name in named}
        left = 100 - sum(shares.values())
        if left < -1e-6:
            raise BehaviourError(
                next(iter(shares)), "delivered_pct, failed_pct and silent_pct exceed 100 together"
            )
        left = max(left, 0)
        others = [name for name in FATES if name not in shares]
        if not others:
            # All three named, but less than everything: what is left has no fate, so no receipt.
            return shares | {"silent_pct": shares["silent_pct"] + left}
        now = {name: getattr(self, name) for name in others}
        total = sum(now.values())
        if total == 0:
            return shares | now | {others[0]: left}
        return shares | {name: left * share / total for name, share in now.items()}


def _percent(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise BehaviourError(name, f"{name} must be a number from 0 to 100")
    return value


def _milliseconds(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_MS:
        raise BehaviourError(name, f"{name} must be a whole number from 0 to {LONGEST_MS}")
    return value


def _every(name: str, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BehaviourError(name, f"{name} must be a whole number, 0 for never")
    return value


def _receipts(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in RECEIPT_MODES:
        raise BehaviourError(name, f"{name} must be one of {', '.join(RECEIPT_MODES)}")
    return value


def _pattern(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BehaviourError(name, f"{name} must be a regular expression")
    try:
        re.compile(value)
    except re.error as error:
        raise BehaviourError(name, f"{name} is no regular expression: {error}") from None
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "latency_ms": _milliseconds,
    "delivered_pct": _percent,
    "failed_pct": _percent,
    "silent_pct": _percent,
    "receipt_delay_ms": _milliseconds,
    "receipts": _receipts,
    "throttle_every": _every,
    "error_after_accept_pct": _percent,
    "drop_after_accept_pct": _percent,
    "short_reply_pct": _percent,
    "reject_pattern": _pattern,
}
