"""What the simulator is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from astronote.simulator.behaviour import Behaviour


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Where it listens, where it calls back, and how it behaves from the start.

    ``webhook_secret`` may be the product's comma-separated list: the first one is used.
    ``api_key`` None accepts any key that is not empty.  ``max_messages`` bounds the memory
    (about a kilobyte each): beyond it the oldest are forgotten.  ``seed`` makes the
    dice repeat.  ``stripe_webhook_secret`` signs what the stand-in for Stripe posts, and
    ``stripe_state`` is the file in which its customers and subscriptions are kept.
    """

    host: str = "127.0.0.1"
    port: int = 3001
    webhook_base: str = "http://127.0.0.1:3000"
    webhook_secret: str = ""
    api_key: str | None = None
    behaviour: Behaviour = field(default_factory=Behaviour)
    max_messages: int = 500_000
    seed: int | None = None
    stripe_webhook_secret: str = ""
    stripe_state: Path | None = None

    @property
    def origin(self) -> str:
        """Its own address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def first_secret(self) -> str:
        """The secret sent in ``X-Webhook-Secret``."""
        return self.webhook_secret.split(",")[0].strip()
