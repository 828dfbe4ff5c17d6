"""Carries receipts and shoppers' replies to the product's webhooks over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable

import httpx
import orjson

from astronote.simulator import receipts
from astronote.simulator.receipts import Planned, Receipt
from astronote.simulator.store import Reply, Store

BATCH = 500
BATCH_BYTES = 200_000  # the product refuses bodies over 256 KB
LINGER = 0.2
UNDER_WAY = 3
MOST_WAITING = 500_000
MOST_REPLIES = 10_000
_RECEIPTS, _INBOUND = "/webhooks/mitto/dlr", "/webhooks/mitto/inbound"
_BACKOFF = (0.25, 5.0)
# Answers that no repetition changes.  Anything else but 2xx (the product is down, starting,
# busy, or does not know our secret yet) is tried again.
_HOPELESS = frozenset({400, 413, 422})


class Courier:
    """Posts in the background, a bounded number of requests at once, until it is stopped.

    At most MOST_WAITING receipts wait; while the product is down, what comes on top is lost
    and counted in ``lost``.
    """

    def __init__(self, store: Store, base: str, secret: str) -> None:
        self._store = store
        self._base = base.rstrip("/")
        self._headers = {"X-Webhook-Secret": secret, "Content-Type": "application/json"}
        self._due: deque[Receipt] = deque()
        self._replies: deque[Reply] = deque()
        self._waiting = self.posted = self.lost = 0
        self._round = 0
        self._something_due, self._something_said = asyncio.Event(), asyncio.Event()
        self._answered = asyncio.Condition()

    async def run(self) -> None:
        """Carry until cancelled."""
        limits = httpx.Limits(max_connections=UNDER_WAY + 2)
        timeout = httpx.Timeout(30, connect=3)
        async with (
            httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._carry_replies(client))
            for _ in range(UNDER_WAY):
                tasks.create_task(self._carry_receipts(client))

    @property
    def waiting(self) -> int:
        """Receipts that are planned, due or under way."""
        return self._waiting

    def plan(self, planned: Planned) -> None:
        """Post those receipts when their time comes."""
        loop = asyncio.get_running_loop()
        for delay, group in planned:
            if self._waiting + len(group) > MOST_WAITING:
                self.lost += len(group)
                continue
            self._waiting += len(group)
            if delay > 0:
                loop.call_later(delay, self._fall_due, group, self._round)
            else:
                self._fall_due(group, self._round)

    def forget(self) -> None:
        """Drop every receipt that is not under way yet."""
        self._round += 1
        self._due.clear()
        self._waiting = self.posted = self.lost = 0

    async def say(self, reply: Reply, patience: float = 2.0) -> None:
        """Carry a shopper's reply, in order; returns once it is settled or after ``patience`` s."""
        if len(self._replies) >= MOST_REPLIES:
            reply.state, reply.reason = "refused", "too many replies are waiting"
            return
        self._replies.append(reply)
        self._something_said.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience), self._answered:
                await self._answered.wait_for(lambda: reply.state != "sending")

    def _fall_due(self, group: list[Receipt], round_: int) -> None:
        if round_ == self._round:
            self._due.extend(group)
            self._something_due.set()

    async def _carry_receipts(self, client: httpx.AsyncClient) -> None:
        while True:
            while not self._due:
                self._something_due.clear()
                await self._something_due.wait()
            if len(self._due) < BATCH:
                await asyncio.sleep(LINGER)
            body, count = self._batch()
            if count:
                round_ = self._round
                status = await self._post(client, _RECEIPTS, body, _HOPELESS.__contains__)
                if round_ == self._round:
                    self._waiting -= count
                    if status < 300:
                        self.posted += count
                    else:
                        self.lost += count

    def _batch(self) -> tuple[bytes, int]:
        encoded: list[bytes] = []
        size = 0
        while self._due and len(encoded) < BATCH and size < BATCH_BYTES:
            encoded.append(receipts.encode(self._store, self._due.popleft()))
            size += len(encoded[-1])
        return b"[" + b",".join(encoded) + b"]", len(encoded)

    async def _carry_replies(self, client: httpx.AsyncClient) -> None:
        while True:
            while not self._replies:
                self._something_said.clear()
                await self._something_said.wait()
            reply = self._replies.popleft()
            body = orjson.dumps(
                {
                    "from": reply.number,
                    "to": reply.to,
                    "text": reply.text,
                    "messageId": reply.message_id,
                    "timestamp": receipts.iso(reply.at),
                }
            )
            status = await self._post(client, _INBOUND, body, _is_refusal)
            async with self._answered:
                reply.state = "received" if status < 300 else "refused"
                reply.reason = "" if status < 300 else f"the webhook answered {status}"
                self._answered.notify_all()

    async def _post(
        self, client: httpx.AsyncClient, path: str, body: bytes, gives_up: Callable[[int], bool]
    ) -> int:
        """Post until answered with 2xx or a status that ``gives_up``; 599 after a reset."""
        pause, longest = _BACKOFF
        round_ = self._round
        while round_ == self._round:
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.post(self._base + path, content=body, headers=self._headers)
                if answer.is_success or gives_up(answer.status_code):
                    return answer.status_code
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 (spreads retries)
            pause = min(pause * 2, longest)
        return 599


def _is_refusal(status: int) -> bool:
    # A person is waiting for the answer, so a refusal is shown at once instead of retried.
    return 400 <= status < 500 and status != 429
