"""The floor of ``bin/bench links``: a bare ASGI route that finds a code, appends its click
in the same statement and redirects; served by Granian as the product is."""

import asyncio
import os
from typing import Any

import psycopg

CONNECTIONS = 10
STATEMENT = """
WITH found AS (SELECT id, shop_id, campaign_id, tracking_id FROM message WHERE short_code = %s),
clicked AS (
    INSERT INTO link_click (shop_id, message_id, campaign_id, link, at, is_bot)
    SELECT shop_id, id, campaign_id, 'offer', now(), false FROM found)
SELECT tracking_id FROM found
"""
_free: "asyncio.Queue[psycopg.AsyncConnection[Any]]" = asyncio.Queue()
_opened = 0


async def _connection() -> "psycopg.AsyncConnection[Any]":
    global _opened  # noqa: PLW0603
    if _free.empty() and _opened < CONNECTIONS:
        _opened += 1
        return await psycopg.AsyncConnection.connect(os.environ["BARE_URL"], autocommit=True)
    return await _free.get()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request for ``/o/CODE``."""
    if scope["type"] != "http":
        return
    connection = await _connection()
    try:
        cursor = await connection.execute(STATEMENT, [scope["path"].removeprefix("/o/")])
        row = await cursor.fetchone()
    finally:
        _free.put_nowait(connection)
    location = f"/tracking/offer/{row[0]}".encode() if row else b"/"
    headers = [(b"location", location), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
