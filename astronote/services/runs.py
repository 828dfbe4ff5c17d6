"""Runs: one message to each of many people, made inside PostgreSQL.

The recipients stand in a temporary table, every different pair of names is written once,
and one statement joins the two with a fresh code for each message. So a campaign is never
in memory, and 100,000 recipients cost Python a few thousand texts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.errors import PaymentRequired
from astronote.services import links, wallet
from astronote.services.composing import Composer
from astronote.services.messages import (
    ATTEMPTS,
    LATER,
    credits_of,
    is_of_the_moment,
    tracking_ids,
)
from astronote.settings import settings
from astronote.words import say

_PORTION: Final = 20_000


@dataclass(frozen=True)
class Queued:
    """What a run came to; ``parts`` are SMS segments."""

    messages: int
    parts: int
    credits: int


def queue_bulk(
    session: Session,
    shop_id: int,
    recipients: sa.Select[*tuple[Any, ...]],
    composer: Composer,
    *,
    kind: str,
    campaign_id: int | None = None,
    automation_id: int | None = None,
    occasion: str | None = None,
    not_before: datetime | None = None,
) -> Queued:
    """Queue one message to each of ``recipients`` and reserve their credits.

    Nobody there queues and reserves nothing. The caller rings for the work and has asked
    the subscription gate. Where a contact was deleted or welcomed meanwhile, all is done
    again with who is there now.

    Args:
        recipients: Columns id (of the contact), phone, phone_hash, first_name, last_name.
        not_before: Nothing of it is claimed earlier.

    Raises:
        PaymentRequired: ``insufficient_credits``, with ``required`` and ``available``.
    """
    session.flush()
    session.execute(_IN_TURN, {"shop": shop_id})
    run = {
        "shop": shop_id,
        "kind": kind,
        "campaign": campaign_id,
        "automation": automation_id,
        "occasion": occasion,
        "not_before": not_before,
    }
    for _ in range(ATTEMPTS):
        try:
            with session.begin_nested():
                return _queue(session, recipients, composer, run)
        except IntegrityError as error:
            if not is_of_the_moment(error):
                raise
    raise RuntimeError("a run could not be queued beside what else was done")


def keep_off(session: Session, shop_id: int) -> None:
    """Let no run of the shop be queued until the end; one that is under way is waited for.

    For whoever deletes contacts: their messages are locked before them, and a run would
    bring new ones in between.
    """
    session.execute(_KEEP_OFF, {"shop": shop_id})


def _queue(
    session: Session,
    recipients: sa.Select[*tuple[Any, ...]],
    composer: Composer,
    run: Mapping[str, Any],
) -> Queued:
    shop_id, campaign_id = run["shop"], run["campaign"]
    count = _note_recipients(session, recipients, composer.tokens)
    if count == 0:
        return Queued(0, 0, 0)
    _write_texts(session, composer)
    queued = _add_up(session, count)
    # Asked before the work of inserting; the reservation after it decides.
    _require_credits(session, shop_id, queued.credits)
    batches = _open_batches(session, shop_id, count, campaign_id, run["not_before"])
    _draw_codes(session, count)
    size, now = settings().sms_batch_size, clock.now()
    made = {"batches": batches, "size": size, "code": composer.code, "now": now}
    session.execute(_MESSAGES, {**run, **made})
    if campaign_id is not None:
        wallet.reserve(session, shop_id, queued.credits, campaign_id=campaign_id)
    else:
        for batch_id, credits in session.execute(_BY_BATCH, {"shop": shop_id, "of": batches}):
            wallet.reserve(session, shop_id, credits, batch_id=batch_id)
    return queued


def _note_recipients(
    session: Session, recipients: sa.Select[*tuple[Any, ...]], tokens: frozenset[str]
) -> int:
    """Number the recipients; a name that the text does not say is left out.

    In the order of the phones' hashes: two indexes of ``message`` are then written from one
    end to the other instead of at random places, and the run costs a good tenth less.
    """
    for statement in _TABLES:
        session.execute(statement)
    chosen = recipients.subquery()
    names = [
        sa.func.coalesce(chosen.c[token], "") if token in tokens else sa.literal("")
        for token in ("first_name", "last_name")
    ]
    numbered = sa.select(
        sa.func.row_number().over(order_by=chosen.c.phone_hash) - 1,
        chosen.c.id,
        chosen.c.phone,
        chosen.c.phone_hash,
        *names,
    )
    return rows_changed(
        session.execute(
            sa.insert(_RECIPIENT).from_select(list(_RECIPIENT.c), numbered),
            execution_options={"preserve_rowcount": True},
        )
    )


def _write_texts(session: Session, composer: Composer) -> None:
    names = session.execute(_NAMES, execution_options={"yield_per": _PORTION})
    for portion in names.partitions():
        written = ((first, last, composer.draft(first, last)) for first, last in portion)
        rows = (
            (first, last, w.text, w.encoding, w.parts, credits_of(w.parts))
            for first, last, w in written
        )
        _copy(session, "COPY outgoing_text FROM STDIN", rows)


def _add_up(session: Session, count: int) -> Queued:
    session.execute(sa.text("ANALYZE outgoing_text"))
    parts, credits = session.execute(_SUMS).one()
    return Queued(count, int(parts), int(credits))


def _require_credits(session: Session, shop_id: int, required: int) -> None:
    available = wallet.balance(session, shop_id).available
    if available < required:
        raise PaymentRequired(
            say(
                "This needs {n} credits and {available} are available.",
                n=required,
                available=available,
            ),
            code="insufficient_credits",
            required=required,
            available=available,
        )


def _open_batches(
    session: Session,
    shop_id: int,
    count: int,
    campaign_id: int | None,
    not_before: datetime | None,
) -> list[int]:
    """Batches for ``count`` messages, each one provider call; their ids in order."""
    size = settings().sms_batch_size
    made = session.execute(
        _BATCHES,
        {
            "shop": shop_id,
            "campaign": campaign_id,
            "priority": LATER,
            "last": (count - 1) // size,
            "size": size,
            "count": count,
            "not_before": not_before,
            "now": clock.now(),
        },
    )
    return sorted(made.scalars())


def _draw_codes(session: Session, count: int) -> None:
    session.execute(sa.text("TRUNCATE outgoing_code"))
    # In order, for the same reason. That a code's neighbour is somebody's who is next in an
    # order nobody can see helps no guesser: as many codes are good as before.
    codes, ids = sorted(links.new_codes(count)), sorted(tracking_ids(count))
    connection: Any = session.connection().connection.driver_connection
    # Letters and digits need no escaping: whole portions are written as they are.
    with connection.cursor() as cursor, cursor.copy("COPY outgoing_code FROM STDIN") as copy:
        for start in range(0, count, _PORTION):
            drawn = zip(codes[start : start + _PORTION], ids[start : start + _PORTION], strict=True)
            copy.write(
                "".join([f"{n}\t{code}\t{id}\n" for n, (code, id) in enumerate(drawn, start)])
            )


def _copy(session: Session, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


_RECIPIENT: Final = sa.table(
    "outgoing_recipient",
    sa.column("n"),
    sa.column("contact_id"),
    sa.column("phone"),
    sa.column("phone_hash"),
    sa.column("first_name"),
    sa.column("last_name"),
)

_TABLES: Final = tuple(
    sa.text(statement)
    for name, columns in {
        "outgoing_recipient": "n integer, contact_id bigint, phone text, phone_hash bytea, "
        "first_name text, last_name text",
        "outgoing_text": "first_name text, last_name text, text text, encoding text, "
        "parts integer, credits integer",
        "outgoing_code": "n integer, short_code text, tracking_id text",
    }.items()
    for statement in (
        f"DROP TABLE IF EXISTS pg_temp.{name}",
        f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP",
    )
)

_LOCK: Final = "hashtextextended('people of shop ' || :shop, 0)"
_IN_TURN: Final = sa.text(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")
_KEEP_OFF: Final = sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})")

_NAMES: Final = sa.text("SELECT DISTINCT first_name, last_name FROM outgoing_recipient")

_SUMS: Final = sa.text("""
    SELECT sum(t.parts), sum(t.credits)
    FROM outgoing_recipient JOIN outgoing_text t USING (first_name, last_name)
""")

_BATCHES: Final = sa.text("""
    INSERT INTO message_batch (shop_id, campaign_id, priority, state, size, unresolved,
                               attempts, not_before, created_at)
    SELECT :shop, :campaign, :priority, 'waiting', least(:size, :count - n * :size), 0,
           0, :not_before, :now
    FROM generate_series(0, :last) AS n
    RETURNING id
""")

_MESSAGES: Final = sa.text("""
    INSERT INTO message (shop_id, batch_id, kind, purpose, campaign_id, automation_id, occasion,
                         contact_id, phone, phone_hash, text, encoding, parts, credits,
                         status, billing_status, tracking_id, short_code, created_at)
    SELECT :shop, (CAST(:batches AS bigint[]))[r.n / :size + 1], :kind, 'marketing', :campaign,
           :automation, :occasion, r.contact_id, r.phone, r.phone_hash,
           replace(t.text, :code, k.short_code), t.encoding, t.parts, t.credits,
           'queued', 'reserved', k.tracking_id, k.short_code, :now
    FROM outgoing_recipient r
    JOIN outgoing_text t USING (first_name, last_name)
    JOIN outgoing_code k USING (n)
""")

_BY_BATCH: Final = sa.text("""
    SELECT batch_id, sum(credits)::integer FROM message
    WHERE shop_id = :shop AND batch_id = ANY(:of) GROUP BY batch_id ORDER BY batch_id
""")
