"""Changing many contacts at once: a selection by ids, or all that a filter names.

Messages are locked before contacts, and both in the order of their ids, so that a bulk
change and a sending batch never wait for each other. A run that is being queued asks for
the keys of its recipients in another order: changes leave the keys alone, and deleting
and queueing take turns (:func:`runs.keep_off`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.services import consent_bulk
from astronote.services.consent_bulk import BulkConsent
from astronote.services.consent_records import NO_PROOF, Evidence, Source
from astronote.services.contact_fields import check_tags
from astronote.services.contact_search import Selection, chosen
from astronote.services.contacts import hold_messages


@dataclass(frozen=True)
class BulkChange:
    """How many contacts a bulk change touched."""

    changed: int


def size(session: Session, shop_id: int, selection: Selection) -> int:
    """How many contacts are selected now, exactly.

    Raises:
        Invalid, NotFound: as :func:`contact_search.chosen`.
    """
    found = chosen(session, shop_id, selection).subquery()
    return int(session.scalar(sa.select(sa.func.count()).select_from(found)) or 0)


def subscribe(
    session: Session,
    shop_id: int,
    selection: Selection,
    *,
    source: Source,
    actor: str,
    proof: Evidence = NO_PROOF,
) -> BulkConsent:
    """Subscribe the selected contacts, but for those who opted out by their own act.

    Raises:
        Invalid, NotFound: as :func:`contact_search.chosen`.
    """
    ids = hold(session, shop_id, selection)
    return consent_bulk.subscribe_many(
        session, shop_id, ids, source=source, actor=actor, proof=proof
    )


def unsubscribe(
    session: Session, shop_id: int, selection: Selection, *, source: Source, actor: str
) -> BulkConsent:
    """Unsubscribe the selected contacts.

    Raises:
        Invalid, NotFound: as :func:`contact_search.chosen`.
    """
    ids = hold(session, shop_id, selection)
    return consent_bulk.unsubscribe_many(session, shop_id, ids, source=source, actor=actor)


def delete(session: Session, shop_id: int, selection: Selection) -> BulkChange:
    """Remove the selected contacts; the opt-outs of people stay on the suppression list.

    Raises:
        Invalid, NotFound: as :func:`contact_search.chosen`.
    """
    hold_messages(session, shop_id, _ids(session, shop_id, selection))
    ids = hold(session, shop_id, selection)
    consent_bulk.forget_many(session, shop_id, ids)
    return BulkChange(rows_changed(session.execute(_DELETE, {"shop_id": shop_id, "ids": ids})))


def tag(session: Session, shop_id: int, selection: Selection, tags: Sequence[str]) -> BulkChange:
    """Add labels to the selected contacts.

    Raises:
        Invalid: a label is too long; or as :func:`contact_search.chosen`.
    """
    return _retag(session, shop_id, selection, _TAG, check_tags(tags))


def untag(session: Session, shop_id: int, selection: Selection, tags: Sequence[str]) -> BulkChange:
    """Take labels off the selected contacts.

    Raises:
        Invalid, NotFound: as :func:`contact_search.chosen`.
    """
    return _retag(session, shop_id, selection, _UNTAG, check_tags(tags))


def hold(session: Session, shop_id: int, selection: Selection) -> list[int]:
    """Lock the selected contacts and name them.

    Raises:
        Invalid, NotFound: as :func:`contact_search.chosen`.
    """
    asked = {"shop_id": shop_id, "ids": _ids(session, shop_id, selection)}
    return list(session.execute(_HOLD, asked).scalars())


def _ids(session: Session, shop_id: int, selection: Selection) -> list[int]:
    found = session.execute(chosen(session, shop_id, selection)).scalars()
    return [number for number in found if number is not None]


def _retag(
    session: Session, shop_id: int, selection: Selection, how: sa.TextClause, tags: list[str]
) -> BulkChange:
    ids = hold(session, shop_id, selection)
    asked = {"shop_id": shop_id, "ids": ids, "tags": tags, "now": clock.now()}
    return BulkChange(rows_changed(session.execute(how, asked)))


_HOLD = sa.text("""
    SELECT id FROM contact
    WHERE shop_id = :shop_id AND id = ANY(CAST(:ids AS bigint[]))
    ORDER BY id FOR NO KEY UPDATE
""")

_DELETE = sa.text("""
    DELETE FROM contact WHERE shop_id = :shop_id AND id = ANY(CAST(:ids AS bigint[]))
""")

_TAG = sa.text("""
    UPDATE contact SET
        tags = tags || ARRAY(SELECT t FROM unnest(CAST(:tags AS text[])) WITH ORDINALITY u(t, n)
                             WHERE NOT t = ANY(tags) ORDER BY n),
        updated_at = :now
    WHERE shop_id = :shop_id AND id = ANY(CAST(:ids AS bigint[]))
      AND NOT tags @> CAST(:tags AS text[])
""")

_UNTAG = sa.text("""
    UPDATE contact SET
        tags = ARRAY(SELECT t FROM unnest(tags) WITH ORDINALITY u(t, n)
                     WHERE NOT t = ANY(CAST(:tags AS text[])) ORDER BY n),
        updated_at = :now
    WHERE shop_id = :shop_id AND id = ANY(CAST(:ids AS bigint[]))
      AND tags && CAST(:tags AS text[])
""")
