"""Other people's link shorteners: Bitly (v4) and TinyURL.

Both take a long address and a bearer token, and answer with the short one. They are a
convenience: whoever asks goes on without an answer.
"""

import logging
import re
import time
from collections.abc import Iterable
from typing import Any, Final

import httpx

from astronote.settings import settings

BITLY: str = "https://api-ssl.bitly.com"
TINYURL: str = "https://api.tinyurl.com"

CONNECT_SECONDS: float = 3.0
READ_SECONDS: float = 5.0
PATIENCE_SECONDS: Final = 15.0
"""After which no further address of one request is asked for."""
PAUSE_SECONDS: Final = 60.0
"""How long a process leaves a shortener alone that did not answer as it should."""

# Part of a text that is measured and sent as it is: plain, short, and no template's braces.
_LINK: Final = re.compile(r"https?://[A-Za-z0-9.-]+/[A-Za-z0-9._~/-]{1,60}")

log = logging.getLogger(__name__)


class _Away(Exception):
    """It does not answer, or not us: no other address will fare better."""


class _Pause:
    """Until when (monotonic seconds) this process asks nobody."""

    until: float = 0.0


def shorten(addresses: Iterable[str]) -> dict[str, str]:
    """The short links of ``addresses``, of those that the shortener of the settings gave.

    What is refused, or not answered in time, is missing and logged. Never raises, and takes
    at most about 20 seconds; not for use within a transaction.
    """
    began, found = time.monotonic(), dict[str, str]()
    if began < _Pause.until:
        return found
    with _client() as client:
        for address in addresses:
            if time.monotonic() - began > PATIENCE_SECONDS:
                break
            try:
                link = _ask(client, address)
            except _Away as why:
                _Pause.until = time.monotonic() + PAUSE_SECONDS
                log.warning("%s is left alone for a while: %s", settings().shortener, why)
                break
            if link:
                found[address] = link
    return found


def forget_pause() -> None:
    """Ask again at once."""
    _Pause.until = 0.0


def _client() -> httpx.Client:
    kept = settings()
    token = kept.bitly_token if kept.shortener == "bitly" else kept.tinyurl_token
    return httpx.Client(
        headers={"Authorization": f"Bearer {token.get_secret_value()}"},
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
    )


def _ask(client: httpx.Client, address: str) -> str | None:
    """The link of one address; None where just this address is refused."""
    try:
        if settings().shortener == "bitly":
            answer = client.post(f"{BITLY}/v4/shorten", json={"long_url": address})
        else:
            answer = client.post(f"{TINYURL}/create", json={"url": address})
    except httpx.HTTPError as error:
        raise _Away(type(error).__name__) from error
    if answer.status_code in (400, 422):
        log.warning("%s refused an address: %d", settings().shortener, answer.status_code)
        return None
    if not answer.is_success:
        raise _Away(f"it answered {answer.status_code}")
    link = _read(answer)
    if not isinstance(link, str) or not _LINK.fullmatch(link):
        raise _Away("its answer holds no short link")
    return link


def _read(answer: httpx.Response) -> Any:
    """Bitly's ``link``, TinyURL's ``data.tiny_url``; None where the answer has neither."""
    try:
        document = answer.json()
        if settings().shortener == "bitly":
            return document["link"]
        return document["data"]["tiny_url"]
    except (ValueError, KeyError, TypeError):
        return None
