"""Reading bodies and writing JSON, alike for every route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response

LARGEST_BODY = 8_000_000


class TooLarge(ValueError):
    """The body is larger than the simulator takes."""


async def read_body(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The whole body; raises TooLarge as soon as it exceeds ``largest`` bytes."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            raise TooLarge(f"The body is over {largest} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def json_response(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """``content`` as a JSON response."""
    return Response(orjson.dumps(content), status, headers=headers, media_type="application/json")


def problem(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An error that names no message."""
    return json_response({"code": code, "message": message}, status, headers)


def is_foreign(request: Request) -> bool:
    """Whether a browser sends this on behalf of another site's page."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
