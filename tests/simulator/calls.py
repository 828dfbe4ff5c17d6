"""Mitto's calls as a client makes them."""

from typing import Any

import httpx

SEND = "/api/v1.1/Messages/send"
BULK = "/api/v1.1/Messages/sendmessagesbulk"


def message(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A valid message to the ``number``-th phone; ``text`` and ``sender`` go inside ``sms``."""
    sms = {"text": changes.pop("text", f"Hello {number}"), "sender": changes.pop("sender", "Bloom")}
    base = {"trafficAccountId": "account", "destination": f"+30690{number:07d}", "sms": sms}
    return base | {"reference": f"ref-{number}"} | changes


def send_bulk(mitto: httpx.Client, count: int) -> httpx.Response:
    """One bulk call of ``count`` messages."""
    return mitto.post(BULK, json={"messages": [message(n) for n in range(count)]})


def ids_of(response: httpx.Response) -> list[str]:
    """The message ids of an accepted call."""
    return [m["messageId"] for m in response.raise_for_status().json()["messages"]]
