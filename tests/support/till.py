"""The stand-in for Stripe, with a test as the shopper, the bank, the clock and the post.

The simulator of the tests posts to nobody: a test takes the events that it made and
brings them itself, in the order and as often as it likes.
"""

import json
import time
from typing import Any

import httpx
from stripe import WebhookSignature

from astronote.security import Identity
from astronote.services import checkouts
from astronote.settings import settings
from tests.support.api import ApiClient
from workers import run
from workers.actors import run as run_actor

Event = dict[str, Any]


class Till:
    """Buttons of the stand-in's pages, and the events they caused."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=120)
        self._seen = len(self._all())
        run.load_actors()

    def buy_credits(self, who: Identity, credits: int) -> list[Event]:
        """Buy a pack and pay; the events."""
        return self.pay(checkouts.begin(who, "credits", credits=credits))

    def subscribe(self, who: Identity, plan: str = "monthly") -> list[Event]:
        """Choose a plan and pay; the events."""
        return self.pay(checkouts.begin(who, "subscription", plan=plan))

    def pay(self, address: str) -> list[Event]:
        """Press Pay on a payment page; the events."""
        self._press(address, act="pay", card="good")
        return self.events()

    def manage(self, who: Identity, act: str, subscription: str) -> list[Event]:
        """Press a button on the page where subscriptions are managed; the events."""
        self._press(checkouts.manage(who), act=act, subscription=subscription)
        return self.events()

    def give_back(self, who: Identity, act: str, invoice: str) -> list[Event]:
        """Press a button under an invoice (``refund``, ``dispute``, ``won``…); the events."""
        self._press(checkouts.manage(who), act=act, invoice=invoice)
        return self.events()

    def set_clock(self, offset: int) -> None:
        """Move the stand-in's clock by so many seconds."""
        self._client.put("/stripe/sim/clock", json={"offset": offset}).raise_for_status()

    def events(self) -> list[Event]:
        """What has happened since the last time this was asked."""
        found = self._all()
        new, self._seen = found[self._seen :], len(found)
        return new

    def close(self) -> None:
        """Set the clock right and hang up."""
        self.set_clock(0)
        self._client.close()

    def _press(self, address: str, **form: str) -> None:
        answer = self._client.post(address, data=form)
        assert answer.status_code == 303, answer.text

    def _all(self) -> list[Event]:
        items: list[Event] = self._client.get("/stripe/sim/events").json()["items"]
        return items


def sign(body: bytes, *, at: float | None = None, secret: str | None = None) -> dict[str, str]:
    """The headers of a webhook as Stripe's own library signs them."""
    known = settings().stripe_webhook_secret.get_secret_value()
    signed = WebhookSignature.generate_signature_header(
        body.decode(), secret or known, int(time.time() if at is None else at)
    )
    return {"Stripe-Signature": signed, "Content-Type": "application/json"}


def bring(api: ApiClient, event: Event) -> httpx.Response:
    """Post one event, signed."""
    body = json.dumps(event).encode()
    return api.post("/webhooks/stripe", content=body, headers=sign(body))


def deliver(api: ApiClient, *events: Event) -> None:
    """Post events and let the worker apply them."""
    for event in events:
        assert bring(api, event).status_code == 200
    apply()


def apply() -> None:
    """What the worker does when it is rung for."""
    run_actor("billing.apply_stripe_events")
