"""Structured logs: one JSON object a line, with the request's id, nothing personal.

Phones, tokens and secrets are scrubbed here as the last line of defence; code does not
log them in the first place.
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

_SCRUB: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\+?\d{9,15}"), lambda m: m.group()[:4] + "…" + m.group()[-2:]),
    (re.compile(r"(/webhooks/[a-z]+/[a-z]+)/[^\s\"?]+"), r"\1/…"),
    (re.compile(r"((?:secret|token|key|password)=)[^&\s\"]+", re.I), r"\1…"),
    (re.compile(r"\bv1\.[0-9a-f]{8}\.[\w-]+\.[\w-]+"), "v1.…"),
    (re.compile(r"\bast_[\w-]{20,}"), "ast_…"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "jwt…"),
]


def scrub(text: str) -> str:
    """``text`` without full phone numbers, tokens and secrets."""
    for pattern, replacement in _SCRUB:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """One line of JSON a record."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        if request_id.get():
            entry["requestId"] = request_id.get()
        if record.exc_info:
            entry["error"] = scrub(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def set_up(level: str = "INFO") -> None:
    """Send every record of this process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel("WARNING")
    logging.getLogger("apscheduler").setLevel("WARNING")
