"""What must always be true of money and counters, as queries that answer what is not.

Run after every test that used the database, by ``astronote check``, and by a periodic
job that alarms.
"""

import sqlalchemy as sa
from sqlmodel import Session

CHECKS: dict[str, str] = {
    "a wallet's balance is the sum of its ledger": """
        SELECT w.shop_id, w.posted, coalesce(sum(t.amount), 0) AS ledger
        FROM wallet w LEFT JOIN credit_transaction t USING (shop_id)
        GROUP BY w.shop_id, w.posted HAVING w.posted <> coalesce(sum(t.amount), 0)
    """,
    "what a wallet has reserved is what its reservations hold": """
        SELECT w.shop_id, w.reserved, coalesce(sum(r.amount - r.committed - r.released), 0) AS held
        FROM wallet w LEFT JOIN credit_reservation r ON r.shop_id = w.shop_id AND r.state = 'held'
        GROUP BY w.shop_id, w.reserved
        HAVING w.reserved <> coalesce(sum(r.amount - r.committed - r.released), 0)
    """,
    "a settled reservation holds nothing": """
        SELECT id, shop_id FROM credit_reservation
        WHERE state = 'settled' AND amount <> committed + released
    """,
    "nothing is negative": """
        SELECT shop_id, posted, reserved FROM wallet
        WHERE posted < 0 OR reserved < 0 OR reserved > posted
    """,
    "every ledger line's balance follows from the one before": """
        SELECT id, shop_id FROM (
            SELECT id, shop_id, balance_after, amount,
                   lag(balance_after, 1, 0::bigint) OVER (PARTITION BY shop_id ORDER BY id) AS prior
            FROM credit_transaction
        ) t WHERE balance_after <> prior + amount
    """,
    "an accepted message is paid for, and paid messages were accepted": """
        SELECT id, shop_id, status, billing_status FROM message
        WHERE billing_status <> 'none' AND (
            (sent_at IS NOT NULL AND billing_status <> 'committed' AND status <> 'delivered')
            OR (billing_status = 'committed' AND sent_at IS NULL)
        )
    """,
    "what is committed to messages is what the ledger spent": """
        SELECT m.shop_id, m.spent, coalesce(l.spent, 0) AS ledger FROM (
            SELECT shop_id, sum(credits) AS spent FROM message
            WHERE billing_status = 'committed' GROUP BY shop_id
        ) m LEFT JOIN (
            SELECT shop_id, -sum(amount) AS spent FROM credit_transaction
            WHERE kind = 'commit' GROUP BY shop_id
        ) l USING (shop_id) WHERE m.spent <> coalesce(l.spent, 0)
    """,
    "credits are held for just the messages that wait for a result": """
        SELECT coalesce(r.shop_id, m.shop_id) AS shop_id, r.held, m.waiting FROM (
            SELECT shop_id, sum(amount - committed - released) AS held
            FROM credit_reservation WHERE state = 'held' GROUP BY shop_id
        ) r FULL JOIN (
            SELECT shop_id, sum(credits) AS waiting FROM message
            WHERE billing_status = 'reserved' GROUP BY shop_id
        ) m USING (shop_id) WHERE coalesce(r.held, 0) <> coalesce(m.waiting, 0)
    """,
    "no credits are held for messages that have ended": """
        SELECT id, shop_id, status FROM message
        WHERE billing_status = 'reserved'
          AND status NOT IN ('queued', 'sending', 'unknown')
    """,
    "a campaign's counters are what its messages say": """
        SELECT coalesce(c.campaign_id, m.campaign_id) AS campaign_id
        FROM campaign_count c FULL JOIN (
            SELECT campaign_id,
                   count(*) FILTER (WHERE status = 'queued') AS queued,
                   count(*) FILTER (WHERE status = 'sending') AS sending,
                   count(*) FILTER (WHERE status = 'sent') AS sent,
                   count(*) FILTER (WHERE status = 'delivered') AS delivered,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   count(*) FILTER (WHERE status = 'unknown') AS unknown,
                   count(*) FILTER (WHERE status = 'expired') AS expired,
                   count(*) FILTER (WHERE status = 'skipped') AS skipped
            FROM message WHERE campaign_id IS NOT NULL GROUP BY campaign_id
        ) m USING (campaign_id)
        WHERE (coalesce(c.queued, 0), coalesce(c.sending, 0), coalesce(c.sent, 0),
               coalesce(c.delivered, 0), coalesce(c.failed, 0), coalesce(c.unknown, 0),
               coalesce(c.expired, 0), coalesce(c.skipped, 0))
           <> (coalesce(m.queued, 0), coalesce(m.sending, 0), coalesce(m.sent, 0),
               coalesce(m.delivered, 0), coalesce(m.failed, 0), coalesce(m.unknown, 0),
               coalesce(m.expired, 0), coalesce(m.skipped, 0))
    """,
    "the provider's id of a message leads to it": """
        SELECT coalesce(m.id, p.message_id) AS message_id FROM (
            SELECT id, provider_message_id FROM message WHERE provider_message_id IS NOT NULL
        ) m FULL JOIN provider_message p
            ON p.message_id = m.id AND p.provider_message_id = m.provider_message_id
        WHERE m.id IS NULL OR p.message_id IS NULL
    """,
    "a finished campaign has nothing queued or sending": """
        SELECT c.campaign_id FROM campaign JOIN campaign_count c ON c.campaign_id = id
        WHERE status = 'completed' AND (c.queued > 0 OR c.sending > 0)
    """,
    "nobody who opted out by his own act is subscribed": """
        SELECT id, shop_id FROM contact WHERE is_subscribed AND opted_out_by IS NOT NULL
    """,
}


def check(session: Session) -> list[str]:
    """Sentences about what is not true, empty when all is well; a system transaction."""
    broken = []
    for claim, query in CHECKS.items():
        few = sa.select(sa.text("*")).select_from(sa.text(f"({query}) q")).limit(3)
        found = session.execute(few).mappings().all()
        if found:
            broken.append(f"Not so: {claim}: {[dict(row) for row in found]}")
    return broken
