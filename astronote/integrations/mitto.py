"""The SMS provider Mitto: the calls we make, and how we read what it says.

All that is assumed about Mitto stands in this file. Marked *assumed*: that ``reference``
is taken and comes back, the shape of a refusal that names messages, and that a 429 has
accepted nothing. What sending may answer is in ``mitto_results``.
"""

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import orjson

from astronote import clock, counters
from astronote.integrations.mitto_results import (
    Accepted,
    NotSent,
    Outgoing,
    Refused,
    Rejected,
    Result,
    Throttled,
    Unknown,
)
from astronote.settings import settings

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
LONGEST_PAUSE = 600.0
LONGEST_ID = 200
_PREFIX = "/api/v1.1/Messages"

log = logging.getLogger(__name__)


def send(messages: Sequence[Outgoing]) -> Result:
    """Hand ``messages`` over in one request, once; never raises for what the network does."""
    account = settings().sms_traffic_account_id
    body = orjson.dumps({"messages": [_written(message, account) for message in messages]})
    started = time.monotonic()
    result = _post(body, len(messages))
    took, outcome = time.monotonic() - started, type(result).__name__
    counters.observe("astronote_provider_request_seconds", took, call="send", outcome=outcome)
    counters.count("astronote_provider_messages", len(messages), outcome=outcome)
    if settings().sms_send_debug:
        log.info("mitto: %d messages, %s in %.0f ms", len(messages), outcome, took * 1000)
    return result


def _written(message: Outgoing, account: str) -> dict[str, Any]:
    return {
        "trafficAccountId": account,
        "destination": message.phone,
        "sms": {"text": message.text, "sender": message.sender},
        "reference": message.reference,
    }


def _post(body: bytes, count: int) -> Result:
    try:
        answer = _client().post(f"{_PREFIX}/sendmessagesbulk", content=body)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return NotSent(f"The provider could not be reached ({type(error).__name__}).")
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        return NotSent("MITTO_API_BASE is not an address.")
    except httpx.HTTPError as error:
        return Unknown(f"The provider did not answer ({type(error).__name__}).")
    return _meaning(answer, count)


def _meaning(answer: httpx.Response, count: int) -> Result:
    status = answer.status_code
    said = _json(answer)
    if answer.is_success:
        ids = _ids(said)
        if len(ids) == count and len(set(ids)) == count:
            return Accepted(tuple(ids))
        return Unknown(f"The provider named {len(ids)} messages of {count}.")
    if status == 429:
        return Throttled(_retry_after(answer))
    if status in (401, 403):
        return Refused(f"The provider does not accept our key ({status}).", auth=True)
    # 408 says that the server gave up waiting, which is no word on what it read.
    if status < 400 or status >= 500 or status == 408:
        return Unknown(f"The provider answered {status}.")
    reasons = _rejections(said, count) if status == 400 else {}
    if reasons:
        return Rejected(reasons)
    return Refused(_sentence(said) or f"The provider refused the request ({status}).", auth=False)


def _json(answer: httpx.Response) -> Any:
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None


def _ids(said: Any) -> list[str]:
    listed = said.get("messages") if isinstance(said, dict) else None
    if not isinstance(listed, list):
        return []
    ids = [_kept(entry.get("messageId")) for entry in listed if isinstance(entry, dict)]
    return [str(i) for i in ids if isinstance(i, str | int) and 0 < len(str(i)) <= LONGEST_ID]


def _rejections(said: Any, count: int) -> dict[int, str]:
    listed = said.get("errors") if isinstance(said, dict) else None
    if not isinstance(listed, list):
        return {}
    reasons: dict[int, str] = {}
    for entry in listed:
        index = entry.get("index") if isinstance(entry, dict) else None
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
            return {}  # it speaks of something else than our messages
        reasons[index] = _sentence(entry) or "The provider rejected this message."
    return reasons


def _sentence(said: Any) -> str:
    if not isinstance(said, dict):
        return ""
    words = said.get("message") or said.get("detail") or said.get("title") or said.get("code")
    return _kept(words)[:300] if isinstance(words, str) else ""


def _kept(value: Any) -> Any:
    """Without NULs, which PostgreSQL cannot hold."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def _retry_after(answer: httpx.Response) -> float:
    value = answer.headers.get("Retry-After", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - clock.now()).total_seconds()
        except (ValueError, TypeError):
            seconds = 1.0
    return min(max(seconds, 0.1), LONGEST_PAUSE) if math.isfinite(seconds) else 1.0


@lru_cache
def _client() -> httpx.Client:
    configured = settings()
    base = configured.mitto_api_base.strip().rstrip("/")
    return httpx.Client(
        base_url=base,
        http1=True,
        http2=False,
        headers={
            "X-Mitto-API-Key": configured.mitto_api_key.get_secret_value().strip() or "simulator",
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        # Shorter than servers keep an idle connection: a POST on one that is just being
        # closed would leave its messages unknown.
        limits=httpx.Limits(max_connections=16, keepalive_expiry=3.0),
        trust_env=urlsplit(base).hostname not in {"127.0.0.1", "localhost", "::1"},
    )


def close() -> None:
    """Close the process's client; the next call makes a new one from the settings."""
    if _client.cache_info().currsize:
        _client().close()
    _client.cache_clear()


# What the provider tells us: receipts, look-ups, inbound texts ----------------------------------

_STATUS = {
    "sent": "sent",
    "accepted": "sent",
    "buffered": "sent",
    "delivered": "delivered",
    "failure": "failed",
    "failed": "failed",
    "undelivered": "failed",
    "rejected": "failed",
    "expired": "failed",
}


@dataclass(frozen=True)
class Receipt:
    """What became of a message: ``status`` is ``sent``, ``delivered``, ``failed`` or None
    where the provider's word changes nothing; ``parts`` as the provider counted them."""

    message_id: str
    reference: str
    status: str | None
    description: str
    at: datetime | None
    parts: int | None = None


@dataclass(frozen=True)
class Inbound:
    """A text that a phone sent to us; the numbers as the provider wrote them."""

    sender: str
    to: str
    text: str
    message_id: str


def look_up(message_id: str) -> Receipt | None:
    """What the provider says about one message now; None where it does not say."""
    started, outcome = time.monotonic(), "NoAnswer"
    try:
        answer = _client().get(f"{_PREFIX}/{quote(message_id, safe='')}")
        outcome = f"{answer.status_code // 100}xx"
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    finally:
        took = time.monotonic() - started
        counters.observe(
            "astronote_provider_request_seconds", took, call="look_up", outcome=outcome
        )
    if not answer.is_success:
        return None
    found = read_receipt(_json(answer))
    return found if found and found.message_id == message_id else None


def read_receipt(item: Any) -> Receipt | None:
    """A delivery receipt from one item of a webhook; None where it names no message."""
    fields = _fields(item)
    message_id = _first(fields, "messageid", "msgid", "id")
    reference = _first(fields, "reference")
    if not message_id and not reference:
        return None
    word = _first(fields, "deliverystatus", "status").strip().lower()
    return Receipt(
        message_id=message_id[:LONGEST_ID],
        reference=reference[:200],
        status=_STATUS.get(word),
        description=_first(fields, "description", "errorcode")[:300],
        at=_moment(_first(fields, "updatedat", "timestamp")),
        parts=_count(_first(fields, "messageparts", "parts")),
    )


def read_inbound(item: Any) -> Inbound | None:
    """An inbound text from one item of a webhook; None where it names no sender."""
    fields = _fields(item)
    sender = _first(fields, "from", "sender", "msisdn", "originator").strip()
    if not sender:
        return None
    return Inbound(
        sender=sender[:40],
        to=_first(fields, "to").strip()[:40],
        text=_first(fields, "text", "message", "body")[:2000],
        message_id=_first(fields, "messageid", "id")[:LONGEST_ID],
    )


def _fields(item: Any) -> dict[str, Any]:
    return {str(k).lower(): v for k, v in item.items()} if isinstance(item, dict) else {}


def _first(fields: dict[str, Any], *names: str) -> str:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value).replace("\x00", "")
    return ""


def _count(value: str) -> int | None:
    """A number of parts that a message can have."""
    return int(value) if value.isascii() and value.isdigit() and 0 < int(value[:4]) < 256 else None


def _moment(value: str) -> datetime | None:
    try:
        if value.isdigit():
            seconds = int(value)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 10**11 else seconds, UTC)
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
