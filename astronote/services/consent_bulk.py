"""Consent of many contacts at once: the rules of ``consent``, in one statement each.

The statements here and the functions there must say the same; the tests hold them
against each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.db import rows_changed
from astronote.services.consent_records import Evidence, Source
from astronote.services.suppression import not_suppressed_sql


@dataclass(frozen=True)
class BulkConsent:
    """How many subscriptions changed, and how many people had said no themselves."""

    changed: int
    refused: int


def subscribe_many(
    session: Session,
    shop_id: int,
    contact_ids: Sequence[int],
    *,
    source: Source,
    actor: str,
    proof: Evidence,
) -> BulkConsent:
    """Subscribe all of the contacts that may be; only by a merchant, never as an own act."""
    asked = {"shop_id": shop_id, "ids": list(contact_ids), **wording(source, actor, proof)}
    refused = int(session.scalar(_COUNT_REFUSED, asked) or 0)
    changed = rows_changed(session.execute(_SUBSCRIBE, asked))
    return BulkConsent(changed, refused)


def unsubscribe_many(
    session: Session, shop_id: int, contact_ids: Sequence[int], *, source: Source, actor: str
) -> BulkConsent:
    """End the subscriptions of the contacts that have one; the merchant may undo it."""
    asked = {"shop_id": shop_id, "ids": list(contact_ids), **wording(source, actor, Evidence())}
    return BulkConsent(rows_changed(session.execute(_UNSUBSCRIBE, asked)), 0)


def forget_many(session: Session, shop_id: int, contact_ids: Sequence[int]) -> None:
    """Keep the opt-outs of people whose contacts are about to be deleted."""
    asked = {"shop_id": shop_id, "ids": list(contact_ids), "now": clock.now()}
    session.execute(_LIFTS_END, asked)
    session.execute(_FORGET, asked)


def wording(source: Source, actor: str, proof: Evidence) -> dict[str, Any]:
    """The parameters of the statements built from the fragments below."""
    now = clock.now()
    return {
        "now": now,
        "agreed_at": proof.agreed_at or now,
        "source": proof.named(source),
        "origin": proof.origin(source),
        "actor": actor,
        "basis": proof.legal_basis,
        "text": proof.text,
        "version": proof.text_version,
    }


AGREED: Final = {
    "is_subscribed": "true",
    "unsubscribed_at": "NULL",
    "opted_out_by": "NULL",
    "sms_consent_status": "'opted_in'",
    "sms_consent_at": ":now",
    "sms_consent_source": ":source",
    "gdpr_consent_at": "CASE WHEN :basis = 'consent' THEN CAST(:agreed_at AS timestamptz)"
    " ELSE c.gdpr_consent_at END",
    "gdpr_consent_source": "CASE WHEN :basis = 'consent' THEN :origin"
    " ELSE c.gdpr_consent_source END",
    "gdpr_consent_version": "CASE WHEN :basis = 'consent' THEN nullif(:version, '')"
    " ELSE c.gdpr_consent_version END",
    "consent_evidence": "coalesce(nullif(:text, ''), c.consent_evidence)",
    "updated_at": ":now",
}
"""What :func:`consent.agree` sets, as SQL over the contact ``c``."""

MAY_AGREE: Final = f"""
    NOT c.is_subscribed AND c.opted_out_by IS DISTINCT FROM 'person' AND {not_suppressed_sql()}
"""
"""Whether a merchant may subscribe the contact ``c``."""


def events_sql(action: str, changed: str) -> str:
    """An INSERT of one event for each row of the CTE ``changed`` (``id``, ``phone_hash``)."""
    return f"""
        INSERT INTO consent_event (shop_id, contact_id, phone_hash, at, action, source,
                                   legal_basis, text, text_version, actor)
        SELECT :shop_id, id, phone_hash, :now, '{action}', :source, :basis, :text, :version, :actor
        FROM {changed}
    """  # noqa: S608


_CHOSEN = "c.shop_id = :shop_id AND c.id = ANY(CAST(:ids AS bigint[]))"

_SUBSCRIBE = sa.text(f"""
    WITH changed AS (
        UPDATE contact c SET {", ".join(f"{name} = {to}" for name, to in AGREED.items())}
        WHERE {_CHOSEN} AND {MAY_AGREE}
        RETURNING c.id, c.phone_hash)
    {events_sql("opted_in", "changed")}
""")  # noqa: S608

_COUNT_REFUSED = sa.text(f"""
    SELECT count(*) FROM contact c WHERE {_CHOSEN} AND NOT c.is_subscribed AND NOT ({MAY_AGREE})
""")  # noqa: S608

_UNSUBSCRIBE = sa.text(f"""
    WITH changed AS (
        UPDATE contact c SET is_subscribed = false, unsubscribed_at = :now,
            opted_out_by = 'merchant', sms_consent_status = 'opted_out', sms_consent_at = :now,
            sms_consent_source = :source, updated_at = :now
        WHERE {_CHOSEN} AND c.is_subscribed
        RETURNING c.id, c.phone_hash)
    {events_sql("opted_out", "changed")}
""")  # noqa: S608

_FORGET = sa.text(f"""
    INSERT INTO suppression (shop_id, phone_hash, reason, at)
    SELECT c.shop_id, c.phone_hash, 'deleted', :now
    FROM contact c WHERE {_CHOSEN} AND c.opted_out_by = 'person'
    ON CONFLICT DO NOTHING
""")  # noqa: S608

_LIFTS_END = sa.text(f"""
    DELETE FROM suppression_lift l USING contact c
    WHERE {_CHOSEN} AND c.opted_out_by = 'person'
      AND l.shop_id = c.shop_id AND l.phone_hash = c.phone_hash
""")  # noqa: S608
