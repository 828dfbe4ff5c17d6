"""Is the process alive, and is all it needs there."""

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from astronote.db import system_transaction
from astronote.errors import Unavailable
from astronote.services.schema import head_revision
from astronote.settings import settings

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz() -> JSONResponse:
    """Database, migrations and Redis answer; 503 names what does not."""
    checks = {"database": _database(), "redis": _redis()}
    ready = all(state == "ok" for state in checks.values())
    body = {"status": "ready" if ready else "not ready", "checks": checks}
    return JSONResponse(body, status_code=200 if ready else 503)


def _database() -> str:
    try:
        with system_transaction() as session:
            found = session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    except (Unavailable, SQLAlchemyError):
        return "unreachable"
    return "ok" if found == head_revision() else "migrations pending"


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
