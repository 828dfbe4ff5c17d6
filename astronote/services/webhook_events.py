"""Raw webhook events: stored first, as they came, and applied after.

A provider repeats itself, so an event is known by a hash of its body. A receipt is the
same event when it says the same. An inbound text is known by the provider's id; without
one, by its content, but only against what the same phone wrote last within five minutes,
so that STOP, START and STOP again are three events.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.integrations import mitto
from astronote.statements import Plan, within

PROVIDER = "mitto"
SAME_WITHIN = timedelta(minutes=5)
_DEEPEST = 8

Kind = Literal["dlr", "inbound"]


@dataclass(frozen=True)
class Stored:
    """How many events were new, and how many had come before."""

    accepted: int
    duplicates: int


@dataclass(frozen=True)
class Verdict:
    """What becomes of a stored event."""

    id: int
    state: str
    attempts: int
    retry_at: datetime | None = None
    error: str | None = None


def store_receipts(requests: Sequence[Sequence[dict[str, Any]]]) -> Plan[list[Stored]]:
    """Keep the delivery receipts of requests that came together; a plan of the system's.

    Each learns how many of its own were new; of two that bring the same, the first does.
    """
    bodies = [[_canonical(_storable(item)) for item in request] for request in requests]
    hashes = [[hashlib.sha256(body).digest() for body in request] for request in bodies]
    new = yield from _insert("dlr", list(chain(*bodies)), list(chain(*hashes)))
    answers = []
    for request in hashes:
        mine = new.intersection(request)
        new -= mine
        answers.append(Stored(len(mine), len(request) - len(mine)))
    return answers


def store_inbound(session: Session, items: Sequence[dict[str, Any]]) -> Stored:
    """Keep inbound texts in a system transaction, in the order in which they came."""
    new = sum(len(_store_one_inbound(session, item)) for item in items)
    return Stored(new, len(items) - new)


def take_receipts(session: Session, at_most: int) -> Sequence[sa.Row[Any]]:
    """Receipts that are new or to be tried again, oldest first; nobody else gets them."""
    return session.execute(_TAKE, {"now": clock.now(), "most": at_most}).all()


def settle(session: Session, verdicts: Sequence[Verdict]) -> None:
    """Write down what became of events that were taken."""
    session.execute(
        _SETTLE,
        {
            "ids": [v.id for v in verdicts],
            "states": [v.state for v in verdicts],
            "attempts": [v.attempts for v in verdicts],
            "retries": [v.retry_at for v in verdicts],
            "errors": [v.error for v in verdicts],
        },
    )


def is_anything_open(session: Session) -> bool:
    """Whether an event waits to be applied now; a system transaction."""
    return bool(session.execute(_ANY_OPEN, {"now": clock.now()}).scalar_one())


def _store_one_inbound(session: Session, item: dict[str, Any]) -> set[bytes]:
    item = _storable(item)
    text = mitto.read_inbound(item)
    body = _canonical(item)
    if text is None:
        return within(session, _insert("inbound", [body], [hashlib.sha256(body).digest()]))
    sender = hashlib.sha256(text.sender.lstrip("+0").encode()).digest()[:16]
    if text.message_id:
        known_by = hashlib.sha256(text.message_id.encode()).digest()[:16]
        return within(session, _insert("inbound", [body], [sender + known_by]))
    content = hashlib.sha256(body).digest()[:8]
    # One phone's texts are looked at one after the other, so that two copies that come at
    # the same moment do not both find nothing before them.
    session.execute(_ONE_AT_A_TIME, {"sender": struct.unpack(">q", sender[:8])[0]})
    now = clock.now()
    last = session.execute(
        _LAST, {"from": sender, "to": sender + b"\xff" * 17, "since": now - SAME_WITHIN}
    ).one_or_none()
    if last is not None and bytes(last.body_hash)[16:24] == content:
        return set()
    stamp = struct.pack(">Q", int(now.timestamp() * 1_000_000))
    return within(session, _insert("inbound", [body], [sender + content + stamp]))


def _insert(kind: Kind, bodies: list[bytes], hashes: list[bytes]) -> Plan[set[bytes]]:
    """The hashes of what was new."""
    made = yield (
        _STORE,
        {
            "provider": PROVIDER,
            "kind": kind,
            "bodies": [body.decode() for body in bodies],
            "hashes": hashes,
            "now": clock.now(),
        },
    )
    return {bytes(new.body_hash) for new in made}


def _canonical(item: dict[str, Any]) -> bytes:
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)


def _storable(value: Any, depth: int = 0) -> Any:
    """``value`` without what PostgreSQL's JSON cannot hold: NULs, and endless nesting."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        return {_storable(str(k)): _storable(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_storable(v, depth + 1) for v in value]
    return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)


_STORE = sa.text("""
    INSERT INTO webhook_event (provider, kind, body, body_hash, received_at, state, attempts)
    SELECT :provider, :kind, CAST(e.body AS jsonb), e.hash, :now, 'received', 0
    FROM unnest(CAST(:bodies AS text[]), CAST(:hashes AS bytea[])) WITH ORDINALITY
         AS e(body, hash, n)
    ORDER BY e.n
    ON CONFLICT (provider, kind, body_hash) DO NOTHING
    RETURNING body_hash
""")

_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(:sender)")

_LAST = sa.text("""
    SELECT body_hash FROM webhook_event
    WHERE provider = 'mitto' AND kind = 'inbound'
      AND body_hash >= :from AND body_hash < :to AND received_at > :since
    ORDER BY id DESC LIMIT 1
""")

_TAKE = sa.text("""
    SELECT id, body, received_at, attempts FROM webhook_event
    WHERE id IN (
        (SELECT id FROM webhook_event WHERE state = 'received' AND kind = 'dlr'
         ORDER BY id LIMIT :most)
        UNION ALL
        (SELECT id FROM webhook_event WHERE state = 'waiting' AND retry_at <= :now
         AND kind = 'dlr' ORDER BY retry_at LIMIT :most)
    )
    ORDER BY id LIMIT :most
    FOR UPDATE SKIP LOCKED
""")

_SETTLE = sa.text("""
    UPDATE webhook_event e SET state = v.state, attempts = v.attempts, retry_at = v.retry_at,
        error = v.error
    FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:attempts AS integer[]),
                CAST(:retries AS timestamptz[]), CAST(:errors AS text[]))
         AS v(id, state, attempts, retry_at, error)
    WHERE e.id = v.id
""")

_ANY_OPEN = sa.text("""
    SELECT EXISTS (SELECT FROM webhook_event WHERE state = 'received')
        OR EXISTS (SELECT FROM webhook_event WHERE state = 'waiting' AND retry_at <= :now)
""")
