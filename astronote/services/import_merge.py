"""One chunk of an import, merged into the shop's contacts in a few statements.

The rows go by COPY into a temporary table (row-level security refuses it on ours), and
from there by ``INSERT … SELECT … ON CONFLICT`` where they belong. A row never subscribes
anybody who opted out or was unsubscribed before, nor a suppressed phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlmodel import Session

from astronote.services import consent_bulk, lists
from astronote.services.consent_bulk import events_sql, wording
from astronote.services.consent_records import Evidence
from astronote.services.import_rows import RejectedRow
from astronote.services.import_stage import COLUMNS, Lines
from astronote.services.suppression import suppressed_sql

ACTOR: Final = "import"


@dataclass(frozen=True)
class Merge:
    """How an import's rows are merged: the job, and what its options mean."""

    shop_id: int
    job_id: int
    now: datetime
    update: bool
    list_id: int | None
    proof: Evidence

    def parameters(self) -> dict[str, Any]:
        """For the statements below."""
        return {
            **wording("import", ACTOR, self.proof),
            "shop_id": self.shop_id,
            "job_id": self.job_id,
            "now": self.now,
        }


@dataclass(frozen=True)
class Merged:
    """What came of a chunk's rows; together they are all of them."""

    created: int
    updated: int
    skipped: int


def merge(session: Session, how: Merge, incoming: Lines) -> Merged:
    """Merge rows that are in order and name each phone once."""
    if not incoming.rows:
        return Merged(0, 0, 0)
    asked = how.parameters()
    session.execute(_ONE_AT_A_TIME, asked)
    _stage(session, incoming)
    session.execute(_FIND, asked)
    created = int(session.scalar(_CREATE, asked) or 0)
    updated = 0
    if how.update:
        updated = int(session.scalar(_COUNT_KNOWN) or 0)
        session.execute(_UPDATE, asked)
        _change_consent(session, how)
    if how.list_id is not None:
        everybody = session.execute(_EVERYBODY, asked).scalars()
        lists.add_ids(session, how.shop_id, how.list_id, everybody)
    session.execute(_DROP)
    return Merged(created, updated, incoming.rows - created - updated)


def reject(session: Session, how: Merge, rows: Sequence[RejectedRow]) -> None:
    """Keep the rejected rows with their reasons, for the report."""
    if not rows:
        return
    kept = [
        {
            "row": row.row_number,
            # PostgreSQL's JSON holds every character but this one.
            "cells": [c.replace("\0", "") if isinstance(c, str) else c for c in row.cells],
            "errors": [error._asdict() for error in row.errors],
        }
        for row in rows
    ]
    asked = {**how.parameters(), "rows": orjson.dumps(kept).decode()}
    session.execute(_REJECT, asked)


def _change_consent(session: Session, how: Merge) -> None:
    """Yes subscribes whom nobody ever unsubscribed; no unsubscribes."""
    yes, no = (
        list(session.execute(_ANSWERED, {"shop_id": how.shop_id, "answer": answer}).scalars())
        for answer in (True, False)
    )
    consent_bulk.subscribe_many(
        session, how.shop_id, yes, source="import", actor=ACTOR, proof=how.proof
    )
    consent_bulk.unsubscribe_many(session, how.shop_id, no, source="import", actor=ACTOR)


def _stage(session: Session, incoming: Lines) -> None:
    session.execute(_TABLE)
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(incoming.text)
    session.execute(_ANALYSE)


# Two imports of a shop that insert the same phones in other orders would wait for each other.
_ONE_AT_A_TIME = sa.text(
    "SELECT pg_advisory_xact_lock(hashtextextended('import of shop ' || :shop_id, 0))"
)

_TABLE = sa.text("""
    CREATE TEMPORARY TABLE import_stage (
        row_number integer, phone text, phone_hash bytea, email text, first_name text,
        last_name text, gender text, birthday date, locale text, tags text[],
        attributes jsonb, answer boolean, contact_id bigint
    ) ON COMMIT DROP
""")

# The one column that rows are looked for by: statistics of all cost more than the copying.
_ANALYSE = sa.text("ANALYZE import_stage (phone)")

_COPY: Final = f"COPY import_stage ({', '.join(COLUMNS)}) FROM STDIN"

_DROP = sa.text("DROP TABLE import_stage")

# Locked in the order of their ids, so that two imports never wait for each other; their keys
# are left to a run that is being queued, which asks for them in another order.
_FIND = sa.text("""
    WITH known AS (
        SELECT c.id, c.phone FROM contact c
        WHERE c.shop_id = :shop_id AND c.phone IN (SELECT phone FROM import_stage)
        ORDER BY c.id FOR NO KEY UPDATE)
    UPDATE import_stage s SET contact_id = known.id FROM known WHERE known.phone = s.phone
""")

_PERSONAL: Final = ("email", "first_name", "last_name", "gender", "birthday", "locale")

# What consent.begin and consent.agree set, for a contact that does not exist yet.
_CONSENT: Final = {
    "is_subscribed": "yes",
    "unsubscribed_at": "CASE WHEN suppressed THEN :now END",
    "opted_out_by": "CASE WHEN suppressed THEN 'person' END",
    "sms_consent_status": "CASE WHEN suppressed THEN 'opted_out' WHEN yes THEN 'opted_in'"
    " ELSE 'unknown' END",
    "sms_consent_at": "CASE WHEN yes THEN :now END",
    "sms_consent_source": "CASE WHEN yes THEN :source END",
    "gdpr_consent_at": "CASE WHEN yes AND :basis = 'consent'"
    " THEN CAST(:agreed_at AS timestamptz) END",
    "gdpr_consent_source": "CASE WHEN yes AND :basis = 'consent' THEN :origin END",
    "consent_evidence": "CASE WHEN yes THEN nullif(:text, '') END",
}

_CREATE = sa.text(f"""
    WITH incoming AS MATERIALIZED (
        SELECT c.*, {suppressed_sql()} AS suppressed
        FROM import_stage c WHERE c.contact_id IS NULL),
    told AS (
        SELECT *, coalesce(answer, false) AND NOT suppressed AS yes FROM incoming),
    created AS (
        INSERT INTO contact (shop_id, phone, phone_hash, {", ".join(_PERSONAL)}, tags, attributes,
                             {", ".join(_CONSENT)}, import_job_id, created_at, updated_at)
        SELECT :shop_id, phone, phone_hash, {", ".join(_PERSONAL)}, tags, attributes,
               {", ".join(_CONSENT.values())}, :job_id, :now, :now
        FROM told ORDER BY row_number
        ON CONFLICT (shop_id, phone) DO NOTHING
        RETURNING id, phone_hash, is_subscribed),
    agreed AS (SELECT id, phone_hash FROM created WHERE is_subscribed),
    recorded AS ({events_sql("opted_in", "agreed")})
    SELECT count(*) FROM created
""")  # noqa: S608

_COUNT_KNOWN = sa.text("SELECT count(contact_id) FROM import_stage")

_EVERYBODY = sa.text("""
    SELECT c.id FROM import_stage s JOIN contact c ON c.shop_id = :shop_id AND c.phone = s.phone
""")

_FILLED: Final = {
    **{name: f"coalesce(s.{name}, c.{name})" for name in _PERSONAL},
    "tags": "c.tags || ARRAY(SELECT t FROM unnest(s.tags) t WHERE NOT t = ANY(c.tags))",
    "attributes": "c.attributes || s.attributes",
}

_UPDATE = sa.text(f"""
    UPDATE contact c SET {", ".join(f"{name} = {value}" for name, value in _FILLED.items())},
        import_job_id = :job_id, updated_at = :now
    FROM import_stage s
    WHERE c.shop_id = :shop_id AND c.id = s.contact_id
      AND ({", ".join(f"c.{name}" for name in _FILLED)})
          IS DISTINCT FROM ({", ".join(_FILLED.values())})
""")  # noqa: S608

_ANSWERED = sa.text("""
    SELECT c.id FROM import_stage s JOIN contact c ON c.id = s.contact_id
    WHERE c.shop_id = :shop_id AND s.answer = :answer
      AND (NOT :answer OR c.opted_out_by IS NULL)
""")

_REJECT = sa.text("""
    INSERT INTO import_row (job_id, row_number, shop_id, outcome, cells, errors, created_at)
    SELECT :job_id, (r->>'row')::bigint, :shop_id, 'rejected', r->'cells', r->'errors', :now
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS r
""")
