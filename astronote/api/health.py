"""Is the process alive, and is all it needs there."""

import socket
from typing import Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from astronote.db import system_transaction
from astronote.errors import Unavailable
from astronote.services import heartbeat
from astronote.services.schema import head_revision
from astronote.settings import settings

router = APIRouter(tags=["health"])

_PARTS: Final = ("worker", "scheduler")


@router.get("/healthz")
@router.head("/healthz", include_in_schema=False)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
@router.head("/readyz", include_in_schema=False)
def readyz() -> JSONResponse:
    """What is needed answers; 503 names what does not.

    That is the database with its migrations, and Redis. Under `astronote up` the other
    parts too. A web process of its own, in production, still serves shoppers and the app
    while workers are away, so it must not be taken out of service then: it tells how many
    it has heard of, and `/metrics` alarms.
    """
    run = settings().astronote_run
    database, living = _database(run)
    checks = {"database": database, "redis": _redis()}
    if run:
        checks |= {part: "ok" if living.get(part) else "not heard of" for part in _PARTS}
        if not settings().mitto_api_key.get_secret_value():
            checks["simulator"] = _simulator()
    ready = all(state == "ok" for state in checks.values())
    body: dict[str, object] = {"status": "ready" if ready else "not ready", "checks": checks}
    if not run:
        body["processes"] = {part: living.get(part, 0) for part in _PARTS}
    return JSONResponse(body, status_code=200 if ready else 503)


def _database(run: str) -> tuple[str, dict[str, int]]:
    """How the database is, and which processes were heard of."""
    try:
        with system_transaction() as session:
            found = session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            if found != head_revision():
                return "migrations pending", {}
            return "ok", heartbeat.alive(session, run)
    except (Unavailable, SQLAlchemyError):
        return "unreachable", {}


def _redis() -> str:
    if settings().queue_disabled:
        return "ok"
    try:
        with Redis.from_url(
            settings().redis_address, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.ping()
    except (RedisError, ValueError):
        return "unreachable"
    return "ok"


def _simulator() -> str:
    where = urlsplit(settings().mitto_api_base)
    try:
        socket.create_connection((where.hostname or "", where.port or 80), timeout=2).close()
    except OSError:
        return "unreachable"
    return "ok"
