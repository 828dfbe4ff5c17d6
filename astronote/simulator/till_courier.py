"""Posts events to the product as Stripe does: in any order it likes, signed, until answered."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections import deque

import httpx
import orjson

from astronote.simulator.till_store import Thing

PATIENCE = 5.0
_PATH = "/webhooks/stripe"
_PAUSES = (0.25, 5.0)
_HOPELESS = frozenset({400, 404, 413, 422})


def signature(secret: str, payload: bytes, at: int) -> str:
    """The header ``Stripe-Signature``: HMAC-SHA256 over ``at.payload``."""
    made = hmac.new(secret.encode(), b"%d." % at + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


class TillCourier:
    """Carries events one after the other, each until the product has taken it.

    Without a secret, nobody would believe them: they are only remembered in ``happened``.
    """

    def __init__(self, base: str, secret: str) -> None:
        self._url = base.rstrip("/") + _PATH
        self._secret = secret
        self._waiting: deque[Thing] = deque()
        self._something, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self.happened: deque[Thing] = deque(maxlen=5_000)

    async def run(self) -> None:
        """Carry until cancelled."""
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            while True:
                await self._something.wait()
                self._something.clear()
                while self._waiting:
                    await self._carry(client, self._waiting[0])
                    self._waiting.popleft()
                self._idle.set()

    def send(self, event: Thing) -> None:
        """Post ``event`` when those before it are through."""
        self.happened.append(event)
        if not self._secret:
            return
        self._waiting.append(event)
        self._idle.clear()
        self._something.set()

    async def settle(self) -> None:
        """Wait a moment for what is on its way."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), PATIENCE)

    async def _carry(self, client: httpx.AsyncClient, event: Thing) -> None:
        pause, longest = _PAUSES
        body = orjson.dumps(event)
        while True:
            # The time of the signature is the real one: its age is what is checked.
            signed = signature(self._secret, body, int(time.time()))
            headers = {"Content-Type": "application/json", "Stripe-Signature": signed}
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.post(self._url, content=body, headers=headers)
                if answer.is_success or answer.status_code in _HOPELESS:
                    return
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)
