"""Secrets put to use: passwords, session tokens, signed links, phone HMACs.

Every use derives its own key from its secret (HMAC-SHA256 over the purpose), so that
a value signed for one purpose proves nothing for another.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from jwt.types import Options

from astronote import clock
from astronote.errors import BadRequest, Unauthenticated
from astronote.settings import settings

Role = Literal["owner", "staff"]

# RFC 9106's second recommendation is costlier; this is OWASP's first (19 MiB, t=2, p=1).
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True)
class Identity:
    """Who is asking, resolved from the session on every request and event."""

    user_id: int
    shop_id: int
    session_id: int | None
    role: Role
    email: str
    shop_name: str
    is_operator: bool
    locale: str
    api_key_id: int | None = None

    @property
    def is_owner(self) -> bool:
        """Owners alone touch billing, team and API keys."""
        return self.role == "owner"

    @property
    def actor(self) -> str:
        """How this person, or the program that holds a key, is named in histories."""
        return f"user:{self.user_id}" if self.api_key_id is None else f"api_key:{self.api_key_id}"


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters."""
    return _hasher.hash(password)


@lru_cache
def _decoy() -> str:
    return _hasher.hash(secrets.token_hex(8))


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether ``password`` belongs to ``hashed``; as slow when there is no hash at all."""
    try:
        return _hasher.verify(hashed or _decoy(), password) and hashed is not None
    except (Argon2Error, InvalidHashError):
        return False


def new_token(length: int = 32) -> str:
    """A random URL-safe token of ``length`` bytes."""
    return secrets.token_urlsafe(length)


def digest(token: str) -> bytes:
    """SHA-256 of a random token, for keeping it without being able to use it."""
    return hashlib.sha256(token.encode()).digest()


def phone_hmac(phone: str) -> bytes:
    """Keyed HMAC of an E.164 phone: recognises a number without storing it."""
    return hmac.digest(
        _phone_key(settings().phone_hash_secret.get_secret_value()), phone.encode(), "sha256"
    )


def keyed(purpose: str, data: bytes) -> bytes:
    """32 bytes that only this installation can make of ``data``, the same for ever.

    Under the one secret that is never changed, with a key of its own for ``purpose``.
    """
    return hmac.digest(
        _lasting_key(settings().phone_hash_secret.get_secret_value(), purpose), data, "sha256"
    )


@lru_cache
def _lasting_key(secret: str, purpose: str) -> bytes:
    return _derive(secret, purpose)


@lru_cache
def _phone_key(secret: str) -> bytes:
    return _derive(secret, "phone")


def _derive(secret: str, purpose: str) -> bytes:
    if not secret:
        raise RuntimeError(f"the secret for {purpose} is not set")
    return hmac.digest(secret.encode(), f"astronote:{purpose}".encode(), "sha256")


# Session tokens --------------------------------------------------------------------------------


@dataclass(frozen=True)
class SessionClaims:
    """What a session token says; the session row decides whether it still holds."""

    user_id: int
    shop_id: int
    session_id: int


def session_token(claims: SessionClaims, expires_at: datetime) -> str:
    """A JWT (HS256) with ``sub``, ``shop``, ``sid`` and ``exp``."""
    payload = {
        "sub": str(claims.user_id),
        "shop": claims.shop_id,
        "sid": claims.session_id,
        "exp": int(expires_at.timestamp()),
    }
    return jwt.encode(payload, _derive(settings().jwt_secret.get_secret_value(), "session"))


def read_session_token(token: str) -> SessionClaims:
    """The claims of a token that we signed and that has not expired.

    Raises:
        Unauthenticated: it is not such a token.
    """
    key = _derive(settings().jwt_secret.get_secret_value(), "session")
    try:
        # The end is compared with our own clock, which a test may move; PyJWT asks the machine's.
        options: Options = {"require": ["sub", "shop", "sid", "exp"], "verify_exp": False}
        body = jwt.decode(token, key, algorithms=["HS256"], options=options)
        if int(body["exp"]) <= clock.now().timestamp():
            raise Unauthenticated
        return SessionClaims(int(body["sub"]), int(body["shop"]), int(body["sid"]))
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise Unauthenticated() from error


# Signed links ----------------------------------------------------------------------------------


def sign(purpose: str, payload: dict[str, Any]) -> str:
    """``v1.<key id>.<payload>.<mac>``, good only for ``purpose``."""
    key_id, key = _link_keys(purpose)[0]
    body = _b64(json.dumps(payload, separators=(",", ":"), sort_keys=True).encode())
    head = f"v1.{key_id}.{body}"
    return f"{head}.{_mac(key, head)}"


def unsign(purpose: str, token: str) -> dict[str, Any]:
    """The payload of a token made by :func:`sign` with any listed secret.

    Raises:
        BadRequest: ``invalid_token`` for a wrong signature, purpose or shape.
    """
    invalid = BadRequest("This link is not valid.", code="invalid_token")
    head, _, mac = token.rpartition(".")
    parts = head.split(".")
    if len(parts) != 3 or parts[0] != "v1" or len(token) > 1000 or not token.isascii():
        raise invalid
    keys = [key for key_id, key in _link_keys(purpose) if key_id == parts[1]]
    if not keys or not hmac.compare_digest(_mac(keys[0], head), mac):
        raise invalid
    try:
        payload = json.loads(_unb64(parts[2]))
    except (ValueError, binascii.Error) as error:
        raise invalid from error
    if not isinstance(payload, dict):
        raise invalid
    return payload


def _link_keys(purpose: str) -> Sequence[tuple[str, bytes]]:
    return _derive_link_keys(settings().unsubscribe_token_secret.get_secret_value(), purpose)


@lru_cache
def _derive_link_keys(listed: str, purpose: str) -> tuple[tuple[str, bytes], ...]:
    found = [s.strip() for s in listed.split(",") if s.strip()] or [""]
    return tuple((hashlib.sha256(s.encode()).hexdigest()[:8], _derive(s, purpose)) for s in found)


def _mac(key: bytes, head: str) -> str:
    return _b64(hmac.digest(key, head.encode(), "sha256"))


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_webhook_secret(given: str) -> bool:
    """Whether ``given`` is one of the configured webhook secrets, in constant time."""
    listed = [s.strip() for s in settings().webhook_secret.get_secret_value().split(",")]
    good = [hmac.compare_digest(given.encode(), s.encode()) for s in listed if s]
    return any(good)
