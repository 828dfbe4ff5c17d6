"""Saying every few seconds that a process is alive, and handing on what it has counted.

Both go into PostgreSQL, where any web process can answer for the whole installation:
workers have no port of their own to be asked at. The times are the database's, so that
processes need not agree about the hour.
"""

import json
import logging
import threading
import uuid
from typing import Final, Literal

import sqlalchemy as sa
from sqlmodel import Session

from astronote import counters
from astronote.counters import Sample
from astronote.db import system_transaction
from astronote.errors import Unavailable
from astronote.settings import settings

BEAT_SECONDS: Final = 5.0
ALIVE_SECONDS: Final = 20.0
"""A process that has not been heard of for so long is taken for dead."""

Kind = Literal["web", "worker", "scheduler"]

log = logging.getLogger(__name__)


class Heartbeat:
    """The beats of this process, between :meth:`start` and :meth:`stop`."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._id = f"{kind}-{uuid.uuid4().hex}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._reached = True

    def start(self) -> None:
        """Begin in a thread of its own; the first beat comes at once."""
        self._thread.start()

    def stop(self) -> None:
        """Hand on the last counts and take this process off the list."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(BEAT_SECONDS)
        self._try(_LEAVE)

    def beat(self) -> None:
        """Be heard of now, with what was counted; a database that is away changes nothing."""
        self._try(_BEAT)

    def _run(self) -> None:
        self._try(_TIDY)
        while True:
            self.beat()
            if self._ended.wait(BEAT_SECONDS):
                return

    def _try(self, statement: sa.TextClause) -> None:
        taken = counters.take()
        named = {"id": self._id, "kind": self._kind, "run": settings().astronote_run}
        try:
            with system_transaction() as session:
                # Losing the last beat in a crash costs nothing; waiting for the disk does.
                session.execute(sa.text("SET LOCAL synchronous_commit = off"))
                session.execute(statement, named)
                add(session, taken)
        except Exception as error:
            counters.put_back(taken)
            if self._reached:
                unexpected = not isinstance(error, Unavailable)
                log.warning("no heartbeat: %s", type(error).__name__, exc_info=unexpected)
            self._reached = False
        else:
            self._reached = True


def add(session: Session, samples: list[Sample]) -> None:
    """Let the stored series grow by ``samples``; a system transaction."""
    if samples:
        session.execute(_ADD, _columns(samples))


def put(session: Session, name: str, value: float) -> None:
    """Set a stored number that goes up and down; a system transaction."""
    session.execute(_PUT, _columns([Sample(name, (), value)]))


def alive(session: Session, run: str = "") -> dict[str, int]:
    """Processes heard of lately, by kind; only those of the `astronote up` called ``run``."""
    found = session.execute(_ALIVE, {"seconds": ALIVE_SECONDS, "run": run})
    return {row.kind: row.n for row in found}


def _columns(samples: list[Sample]) -> dict[str, list[str] | list[float]]:
    return {
        "names": [sample.name for sample in samples],
        "labels": [json.dumps(dict(sample.labels), sort_keys=True) for sample in samples],
        "values": [float(sample.value) for sample in samples],
    }


_BEAT = sa.text("""
    INSERT INTO process_beat (id, kind, run, started_at, beat_at)
    VALUES (:id, :kind, :run, clock_timestamp(), clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at
""")

_LEAVE = sa.text("DELETE FROM process_beat WHERE id = :id")

_TIDY = sa.text("DELETE FROM process_beat WHERE beat_at < clock_timestamp() - interval '1 day'")

_ALIVE = sa.text("""
    SELECT kind, count(*) AS n FROM process_beat
    WHERE beat_at > clock_timestamp() - make_interval(secs => :seconds)
      AND (:run = '' OR run = :run)
    GROUP BY kind
""")

_SERIES = """
    INSERT INTO metric AS m (name, labels, value)
    SELECT name, labels, sum(value) FROM unnest(CAST(:names AS text[]), CAST(:labels AS text[]),
        CAST(:values AS float8[])) AS s(name, labels, value)
    GROUP BY name, labels ORDER BY name, labels
    ON CONFLICT (name, labels) DO UPDATE SET value = {value}
"""
_ADD = sa.text(_SERIES.format(value="m.value + excluded.value"))
_PUT = sa.text(_SERIES.format(value="excluded.value"))
