"""The floors of ``bin/bench links`` and ``receipts``: bare ASGI routes with one statement
each, served by Granian as the product is.

``/o/CODE`` finds a code, appends its click and redirects; ``/dlr?…`` stores its query.
"""

import asyncio
import hashlib
import json
import os
from typing import Any
from urllib.parse import parse_qsl

import psycopg

CONNECTIONS = 10
CLICK = """
WITH found AS (SELECT id, shop_id, campaign_id, tracking_id FROM message WHERE short_code = %s),
clicked AS (
    INSERT INTO link_click (shop_id, message_id, campaign_id, link, at, is_bot)
    SELECT shop_id, id, campaign_id, 'offer', now(), false FROM found)
SELECT tracking_id FROM found
"""
STORE = """
INSERT INTO webhook_event (provider, kind, body, body_hash, received_at, state, attempts)
VALUES ('bare', 'dlr', %s, %s, now(), 'ignored', 0) ON CONFLICT DO NOTHING RETURNING body_hash
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
    """Answer one request."""
    if scope["type"] != "http":
        return
    if scope["path"].startswith("/o/"):
        row = await _one(CLICK, [scope["path"].removeprefix("/o/")])
        location = f"/tracking/offer/{row[0]}".encode() if row else b"/"
        status, headers, body = 302, [(b"location", location)], b""
    else:
        said = json.dumps(dict(parse_qsl(scope["query_string"].decode())))
        await _one(STORE, [said, hashlib.sha256(said.encode()).digest()])
        status, headers, body = 200, [], b'{"accepted":1,"duplicates":0}'
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _one(statement: str, values: list[object]) -> Any:
    connection = await _connection()
    try:
        cursor = await connection.execute(statement, values)
        return await cursor.fetchone()
    finally:
        _free.put_nowait(connection)
