"""Messages waiting to be sent, made straight in the tables: what sending starts from."""

from dataclasses import dataclass

import sqlalchemy as sa

from astronote import clock
from astronote.db import transaction
from astronote.security import phone_hmac
from astronote.services import wallet

FIRST_PHONE = 306_900_000_000


@dataclass(frozen=True)
class Outbox:
    """A sending campaign, or a single message where ``campaign_id`` is None."""

    shop_id: int
    campaign_id: int | None
    batch_ids: list[int]

    def messages(self) -> list[sa.Row[tuple[object, ...]]]:
        """Its messages by id, with all columns."""
        with transaction(self.shop_id) as session:
            return list(
                session.execute(
                    sa.text("SELECT * FROM message WHERE batch_id = ANY(:of) ORDER BY id"),
                    {"of": self.batch_ids},
                ).all()
            )

    def statuses(self) -> list[str]:
        """Their statuses, in the order of their ids."""
        return [str(row.status) for row in self.messages()]

    def batches(self) -> list[sa.Row[tuple[object, ...]]]:
        """Its batches by id, with all columns."""
        with transaction(self.shop_id) as session:
            return list(
                session.execute(
                    sa.text("SELECT * FROM message_batch WHERE id = ANY(:of) ORDER BY id"),
                    {"of": self.batch_ids},
                ).all()
            )

    def campaign(self) -> sa.Row[tuple[object, ...]]:
        """Its campaign's row."""
        with transaction(self.shop_id) as session:
            return session.execute(
                sa.text("SELECT * FROM campaign WHERE id = :id"), {"id": self.campaign_id}
            ).one()

    def events(self) -> list[str]:
        """The unusual events of its messages."""
        with transaction(self.shop_id) as session:
            found = session.execute(sa.text("SELECT event FROM message_event ORDER BY id"))
            return list(found.scalars())

    def credits(self) -> wallet.Balance:
        """The shop's wallet."""
        with transaction(self.shop_id) as session:
            return wallet.balance(session, self.shop_id)

    def change(self, statement: str, **named: object) -> None:
        """One statement as the shop."""
        with transaction(self.shop_id) as session:
            session.execute(sa.text(statement), named)


def campaign(
    shop_id: int, messages: int = 3, *, batch: int = 200, first: int = 1, quiet: bool = False
) -> Outbox:
    """A campaign that is sending: subscribed contacts, one message each, credits reserved.

    Quiet hours are switched off, so that no test depends on the time of day.
    """
    phones = [f"+{FIRST_PHONE + first + n}" for n in range(messages)]
    named = {
        "shop": shop_id,
        "now": clock.now(),
        "phones": phones,
        "hashes": [phone_hmac(phone) for phone in phones],
        "size": batch,
    }
    with transaction(shop_id) as session:
        if not quiet:
            session.execute(
                sa.text("UPDATE shop SET quiet_start = NULL, quiet_end = NULL WHERE id = :shop"),
                named,
            )
        campaign_id = session.execute(_CAMPAIGN, named).scalar_one()
        named["campaign"] = campaign_id
        named["batches"] = list(
            session.execute(_BATCHES, named | {"count": -(-messages // batch)}).scalars()
        )
        session.execute(_CONTACTS, named)
        session.execute(_MESSAGES, named)
        wallet.reserve(session, shop_id, messages, campaign_id=campaign_id)
        batch_ids = named["batches"]
        assert isinstance(batch_ids, list)
        return Outbox(shop_id, campaign_id, batch_ids)


def single(
    shop_id: int,
    *,
    kind: str = "direct",
    purpose: str = "marketing",
    number: int = 1,
    subscribed: bool = True,
    with_contact: bool = True,
) -> Outbox:
    """One message in a batch of its own, with its reservation."""
    phone = f"+{FIRST_PHONE + 900_000 + number}"
    named = {
        "shop": shop_id,
        "now": clock.now(),
        "phones": [phone],
        "hashes": [phone_hmac(phone)],
        "kind": kind,
        "purpose": purpose,
        "subscribed": subscribed,
        "with_contact": with_contact,
        "tracking": f"single-{shop_id}-{number}",
    }
    with transaction(shop_id) as session:
        batch_id = session.execute(_ONE_BATCH, named).scalar_one()
        if with_contact:
            session.execute(_CONTACTS, named)
            session.execute(
                sa.text("UPDATE contact SET is_subscribed = :subscribed WHERE phone = :phone"),
                {"subscribed": subscribed, "phone": phone},
            )
        session.execute(_ONE_MESSAGE, named | {"batch": batch_id, "phone": phone})
        wallet.reserve(session, shop_id, 1, batch_id=batch_id)
        return Outbox(shop_id, None, [batch_id])


_CAMPAIGN = sa.text("""
    INSERT INTO campaign (shop_id, name, status, message_text, encoding, audience, offer,
        schedule_mode, timezone, ignore_quiet_hours, created_at, updated_at, started_at)
    VALUES (:shop, 'Spring', 'sending', 'Hello', 'auto', '{}', '{}', 'now', 'Europe/Athens',
        false, :now, :now, :now) RETURNING id
""")

_BATCHES = sa.text("""
    INSERT INTO message_batch (shop_id, campaign_id, priority, state, size, unresolved, attempts,
        created_at)
    SELECT :shop, :campaign, 5, 'waiting', :size, 0, 0, :now FROM generate_series(1, :count)
    RETURNING id
""")

_ONE_BATCH = sa.text("""
    INSERT INTO message_batch (shop_id, priority, state, size, unresolved, attempts, created_at)
    VALUES (:shop, 1, 'waiting', 1, 0, 0, :now) RETURNING id
""")

_CONTACTS = sa.text("""
    INSERT INTO contact (shop_id, phone, phone_hash, is_subscribed, sms_consent_status, created_at,
        updated_at)
    SELECT :shop, p.phone, p.hash, true, 'opted_in', :now, :now
    FROM unnest(CAST(:phones AS text[]), CAST(:hashes AS bytea[])) AS p(phone, hash)
    ON CONFLICT DO NOTHING
""")

_MESSAGES = sa.text("""
    INSERT INTO message (shop_id, batch_id, kind, purpose, campaign_id, contact_id, phone,
        phone_hash, text, encoding, parts, credits, status, billing_status, tracking_id,
        short_code, created_at)
    SELECT :shop, (CAST(:batches AS bigint[]))[1 + (p.n - 1) / :size], 'campaign', 'marketing',
        :campaign, c.id, p.phone, p.hash, 'Hello ' || p.n, 'GSM-7', 1, 1, 'queued', 'reserved',
        'track-' || :campaign || '-' || p.n, 'code' || :campaign || 'x' || p.n, :now
    FROM unnest(CAST(:phones AS text[]), CAST(:hashes AS bytea[])) WITH ORDINALITY
         AS p(phone, hash, n)
    JOIN contact c ON c.shop_id = :shop AND c.phone = p.phone
    ORDER BY p.n
""")

_ONE_MESSAGE = sa.text("""
    INSERT INTO message (shop_id, batch_id, kind, purpose, contact_id, phone, phone_hash, text,
        encoding, parts, credits, status, billing_status, tracking_id, short_code, created_at)
    SELECT :shop, :batch, :kind, :purpose,
        CASE WHEN :with_contact THEN (
            SELECT id FROM contact WHERE shop_id = :shop AND phone = :phone) END,
        p.phone, p.hash, 'Hello you', 'GSM-7', 1, 1, 'queued', 'reserved', :tracking, :tracking,
        :now
    FROM unnest(CAST(:phones AS text[]), CAST(:hashes AS bytea[])) AS p(phone, hash)
""")
