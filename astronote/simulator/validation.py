"""What the provider refuses, checked by hand: a model per message would cost the benchmark."""

from __future__ import annotations

import re
from typing import Any

import orjson

from astronote.simulator.store import Item

MOST_MESSAGES = 1000
LONGEST_TEXT = 1600
LONGEST_REFERENCE = 255

_is_e164 = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
# GSM 03.40 originators: up to 11 alphanumeric characters, or a number.
_is_sender = re.compile(r"[A-Za-z0-9 ._&'-]{1,11}|\+?[0-9]{3,15}").fullmatch


class BadRequestBody(ValueError):
    """The request as a whole is refused; ``code`` says why in one word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadMessages(ValueError):
    """Some messages are refused; ``errors`` names them by index."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} of the messages were refused")
        self.errors = errors


def read_single(body: bytes, reject: re.Pattern[str] | None) -> list[Item]:
    """The one message of a send call; raises BadRequestBody, BadMessages."""
    return _checked([_parsed(body)], reject)


def read_bulk(body: bytes, reject: re.Pattern[str] | None) -> list[Item]:
    """The messages of a bulk call, in order; raises BadRequestBody, BadMessages."""
    messages = _parsed(body).get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequestBody("messages_missing", "messages must be a list with something in it")
    if len(messages) > MOST_MESSAGES:
        raise BadRequestBody("too_many_messages", f"At most {MOST_MESSAGES} messages a request")
    return _checked(messages, reject)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequestBody("invalid_json", "The body is not JSON") from None
    if not isinstance(parsed, dict):
        raise BadRequestBody("invalid_json", "The body must be a JSON object")
    return parsed


def _checked(messages: list[Any], reject: re.Pattern[str] | None) -> list[Item]:
    items: list[Item] = []
    errors: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        item = _item(message)
        if isinstance(item, Item):
            items.append(item)
            if reject is None or not (reject.search(item.destination) or reject.search(item.text)):
                continue
            item = ("rejected", "The message was rejected by the operator")
        errors.append({"index": index, "code": item[0], "message": item[1]})
    if errors:
        raise BadMessages(errors)
    return items


def _item(message: Any) -> Item | tuple[str, str]:
    """The message as an item, or the code and sentence of what is wrong with it."""
    if not isinstance(message, dict):
        return "invalid_message", "A message must be an object"
    destination, sms = message.get("destination"), message.get("sms")
    if not isinstance(destination, str) or not _is_e164(destination):
        return "invalid_destination", "destination must be a number in E.164, with its +"
    if not isinstance(sms, dict):
        return "invalid_sms", "sms must be an object with text and sender"
    text, sender = sms.get("text"), sms.get("sender")
    if not isinstance(text, str) or not text.strip():
        return "empty_text", "sms.text must not be empty"
    if len(text) > LONGEST_TEXT:
        return "text_too_long", f"sms.text is longer than {LONGEST_TEXT} characters"
    if not isinstance(sender, str) or not _is_sender(sender):
        return "invalid_sender", "sms.sender must be 1 to 11 letters and digits, or a number"
    reference = message.get("reference")
    if reference is not None and (
        not isinstance(reference, str) or len(reference) > LONGEST_REFERENCE
    ):
        return "invalid_reference", f"reference must be at most {LONGEST_REFERENCE} characters"
    return Item(destination, sender, text, reference)
