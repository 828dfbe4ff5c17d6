"""The simulated provider itself: accepts messages and decides what becomes of them."""

from __future__ import annotations

import random
import time
from typing import Any

from astronote.simulator import receipts
from astronote.simulator.behaviour import Behaviour
from astronote.simulator.config import SimulatorConfig
from astronote.simulator.courier import Courier
from astronote.simulator.store import DELIVERED, FAILURES, SILENT, Item, Message, Reply, Store


class Engine:
    """One provider: its store, its courier, its present behaviour and its dice."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.behaviour: Behaviour = config.behaviour
        self.store = Store(config.max_messages)
        self.courier = Courier(self.store, config.webhook_base, config.first_secret)
        self._dice = random.Random(config.seed)  # noqa: S311 (a simulation, no secret)
        self._calls = self._accepted = 0

    def is_throttled(self) -> bool:
        """Count one call of the API; whether it is one that has to be answered with 429."""
        self._calls += 1
        every = self.behaviour.throttle_every
        return every > 0 and self._calls % every == 0

    def happens(self, percent: float) -> bool:
        """Throw the dice: true in ``percent`` of a hundred cases."""
        return percent > 0 and self._dice.random() * 100 < percent

    def pick(self, count: int) -> int:
        """A number below ``count``."""
        return self._dice.randrange(count)

    def accept(self, items: list[Item]) -> list[Message]:
        """Accept ``items`` and plan their receipts."""
        delay = self.behaviour.receipt_delay_ms / 1000
        fates = [self._fate() for _ in items]
        messages = self.store.add(items, fates, time.time(), delay)
        self._accepted += len(messages)
        self.courier.plan(receipts.plan(messages, self.behaviour.receipts, delay, self._dice))
        return messages

    async def reply(self, number: str, to: str, text: str) -> Reply:
        """A shopper writes ``text`` from ``number`` to ``to``."""
        reply = Reply(number, to, text, time.time())
        self.store.add_reply(reply)
        await self.courier.say(reply)
        return reply

    def reset(self) -> None:
        """Forget messages, receipts and counters; the behaviour stays."""
        self.store.clear()
        self.courier.forget()
        self._calls = self._accepted = 0

    def stats(self) -> dict[str, Any]:
        """Counts since the start or the last reset."""
        return {
            "calls": self._calls,
            "accepted": self._accepted,
            "kept": len(self.store),
            "phones": self.store.phone_count(),
            "receiptsWaiting": self.courier.waiting,
            "receiptsPosted": self.courier.posted,
            "receiptsLost": self.courier.lost,
        }

    def _fate(self) -> int:
        behaviour = self.behaviour
        if behaviour.delivered_pct >= 100:
            return DELIVERED
        throw = self._dice.random() * 100
        if throw < behaviour.delivered_pct:
            return DELIVERED
        # Against silent_pct from the top, so that rounding never makes a message fail at 0 %.
        if throw >= 100 - behaviour.silent_pct:
            return SILENT
        return 1 + self._dice.randrange(len(FAILURES))
