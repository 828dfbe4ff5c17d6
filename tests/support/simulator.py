"""The SMS simulator as a process of its own, over HTTP."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx

from tests.support.ports import free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


class Simulator:
    """A running simulator; ``url`` is what ``MITTO_API_BASE`` names."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=120)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls,
        log: Path,
        webhook_base: str = "http://127.0.0.1:9",
        secret: str = "",
        stripe_secret: str = "",
    ) -> Self:
        """Start one that posts its receipts, and its till's events, to ``webhook_base``."""
        port = free_port()
        made = cls(f"http://127.0.0.1:{port}")
        command = [sys.executable, "-m", "astronote.simulator", "--port", str(port)]
        command += ["--webhook-base", webhook_base, f"--webhook-secret={secret}"]
        command += [f"--stripe-webhook-secret={stripe_secret}"]
        with log.open("ab") as output:
            made._process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        wait_until(made._is_alive_or_gone)
        assert made.is_alive(), log.read_text()
        return made

    def is_alive(self) -> bool:
        """Whether it answers."""
        try:
            return self._client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def _is_alive_or_gone(self) -> bool:
        gone = self._process is not None and self._process.poll() is not None
        return gone or self.is_alive()

    def behave(self, **changes: Any) -> None:
        """Change its faults and delays (fields of ``PUT /sim/behaviour``)."""
        self._client.put("/sim/behaviour", json=changes).raise_for_status()

    def behaviour(self) -> dict[str, Any]:
        """Its faults and delays now."""
        answer: dict[str, Any] = self._client.get("/sim/behaviour").raise_for_status().json()
        return answer

    def stats(self) -> dict[str, Any]:
        """Its counts: calls, accepted, receiptsWaiting, receiptsPosted, receiptsLost."""
        answer: dict[str, Any] = self._client.get("/sim/stats").raise_for_status().json()
        return answer

    def messages(self, since: str = "") -> list[dict[str, Any]]:
        """What it accepted, oldest first."""
        answer = self._client.get("/sim/messages", params={"since": since} if since else {})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def forget(self) -> None:
        """Drop all messages."""
        self._client.delete("/sim/messages").raise_for_status()

    def stop(self) -> None:
        """End the process that :meth:`start` started."""
        self._client.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(120)
