"""What the stand-in for Stripe remembers; kept in a file where one is named."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
KINDS = ("customers", "sessions", "subscriptions", "invoices", "portals", "charges", "disputes")


class TillStore:
    """Objects by kind and id, a clock, and a count of invoices.

    No two events bear the same second, unless the clock was moved between them.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._offset = 0
        self._last_event = 0
        self._numbered = 0
        self._answers: dict[str, tuple[str, str]] = {}
        self._things: dict[str, dict[str, Thing]] = {kind: {} for kind in KINDS}
        if path is not None and path.exists():
            kept = json.loads(path.read_text())
            self._numbered = kept.pop("numbered")
            self._things.update(kept)

    def move_clock(self, offset: int) -> None:
        """From now on it is the real time plus ``offset`` seconds."""
        self._offset, self._last_event = offset, 0

    def now(self) -> int:
        """The stand-in's time, in seconds since the epoch."""
        return int(time.time()) + self._offset

    def event_time(self) -> int:
        """The time of a new event: later than that of every one before."""
        self._last_event = max(self._last_event + 1, self.now())
        return self._last_event

    def add(self, kind: str, prefix: str, thing: Thing) -> Thing:
        """Keep ``thing`` under a new id."""
        made = {"id": f"{prefix}_{secrets.token_hex(12)}", **thing}
        self._things[kind][made["id"]] = made
        return made

    def adopt(self, kind: str, id_: str) -> Thing:
        """Keep an empty thing under an id from elsewhere."""
        return self._things[kind].setdefault(id_, {"id": id_, "object": kind.removesuffix("s")})

    def get(self, kind: str, id_: str) -> Thing | None:
        """The thing of that id."""
        return self._things[kind].get(id_)

    def of_customer(self, kind: str, customer: str) -> list[Thing]:
        """A customer's, newest first."""
        return [t for t in reversed(self._things[kind].values()) if t["customer"] == customer]

    def invoice_number(self) -> str:
        """The next number on an invoice."""
        self._numbered += 1
        return f"DEMO-{self._numbered:04d}"

    def answered(self, key: str) -> Thing | None:
        """What an idempotency key made before."""
        found = self._answers.get(key)
        return self.get(*found) if found else None

    def remember(self, key: str, kind: str, thing: Thing) -> None:
        """That ``key`` made ``thing``."""
        if key:
            self._answers[key] = (kind, thing["id"])

    def save(self) -> None:
        """Write all to the file."""
        if self._path is not None:
            unfinished = self._path.with_suffix(".new")
            unfinished.write_text(json.dumps({"numbered": self._numbered, **self._things}))
            unfinished.chmod(0o600)
            unfinished.replace(self._path)
