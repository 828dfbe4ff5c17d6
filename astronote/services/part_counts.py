"""Our count of SMS parts beside the provider's.

Parts are counted, and paid for, when a message is queued. Receipts and look-ups tell what
the provider counted. Where that differs, it is noted once, for the message's history and the
campaign's figures; what the message costs stays as it was agreed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from astronote.db import rows_changed
from astronote.integrations.mitto import Receipt

DIFFERS: Final = "parts_differ"
"""The event; its note is the provider's number."""


def note_differences(
    session: Session,
    rows: Sequence[sa.Row[Any]],
    told: Sequence[tuple[int, Receipt]],
    now: datetime,
) -> int:
    """Note where the provider counted other parts than we; returns for how many messages.

    Args:
        rows: id, shop_id and parts of the messages that receipts have changed.
        told: those receipts, by message.
    """
    theirs = {message_id: receipt.parts for message_id, receipt in told if receipt.parts}
    other = [row for row in rows if theirs.get(row.id, row.parts) != row.parts]
    if not other:
        return 0
    noted = session.execute(
        _NOTE,
        {
            "shops": [row.shop_id for row in other],
            "ids": [row.id for row in other],
            "counts": [str(theirs[row.id]) for row in other],
            "now": now,
        },
    )
    return rows_changed(noted)


def differing(session: Session, shop_id: int, campaign_id: int) -> int:
    """Of how many of a campaign's messages the provider counted other parts."""
    found = session.execute(_DIFFERING, {"shop": shop_id, "campaign": campaign_id})
    return int(found.scalar_one())


_NOTE = sa.text("""
    INSERT INTO message_event (shop_id, message_id, at, event, note)
    SELECT e.shop, e.id, :now, 'parts_differ', e.note
    FROM unnest(CAST(:shops AS bigint[]), CAST(:ids AS bigint[]), CAST(:counts AS text[]))
         AS e(shop, id, note)
    WHERE NOT EXISTS (SELECT FROM message_event known
                      WHERE known.message_id = e.id AND known.event = 'parts_differ')
""")

_DIFFERING = sa.text("""
    SELECT count(*) FROM message_event e
    JOIN message m ON m.shop_id = e.shop_id AND m.id = e.message_id
    WHERE e.shop_id = :shop AND e.event = 'parts_differ' AND m.campaign_id = :campaign
""")
