"""The wallet: credits owned, credits spoken for, and the ledger of what was spent.

Money is set aside by one conditional ``UPDATE``, so that the last credit can be promised
once only. It moves for good when a reservation is settled: the ledger's line is unique
by what it settles, and whoever finds it written moves nothing. A refusal has changed
nothing. Within a transaction the wallet is locked after messages, and its reservation
after the wallet.
"""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from astronote import clock
from astronote.errors import Conflict, PaymentRequired
from astronote.settings import settings
from astronote.words import say


@dataclass(frozen=True)
class Balance:
    """Credits of a shop: ``available`` is ``balance`` less ``reserved``."""

    balance: int
    reserved: int
    available: int


def balance(session: Session, shop_id: int) -> Balance:
    """What the shop owns, what of it is reserved, what is free to spend."""
    row = session.execute(
        sa.text("SELECT posted, reserved FROM wallet WHERE shop_id = :shop"), {"shop": shop_id}
    ).one_or_none()
    posted, reserved = (row.posted, row.reserved) if row else (0, 0)
    return Balance(posted, reserved, posted - reserved)


def free(session: Session, shop_id: int) -> int:
    """What is free to spend, held to the end of the transaction."""
    posted, reserved = _lock(session, shop_id)
    return posted - reserved


def reserve(
    session: Session,
    shop_id: int,
    amount: int,
    *,
    campaign_id: int | None = None,
    batch_id: int | None = None,
) -> int:
    """Set ``amount`` credits aside for a campaign's run or a batch of single messages.

    Returns:
        The reservation's id.

    Raises:
        PaymentRequired: ``insufficient_credits``, with ``required`` and ``available``.
    """
    if amount < 1:
        raise ValueError("a reservation holds at least one credit")
    taken = session.execute(_TAKE, {"shop": shop_id, "n": amount}).one_or_none()
    if taken is None:
        free = balance(session, shop_id).available
        raise PaymentRequired(
            say("This needs {n} credits and {available} are available.", n=amount, available=free),
            code="insufficient_credits",
            required=amount,
            available=free,
        )
    now = clock.now()
    made = session.execute(
        _HOLD,
        {
            "shop": shop_id,
            "campaign": campaign_id,
            "batch": batch_id,
            "n": amount,
            "now": now,
            "expires": now + timedelta(minutes=settings().credit_reservation_ttl_minutes),
        },
    )
    return int(made.scalar_one())


def settle(
    session: Session,
    shop_id: int,
    *,
    campaign_id: int | None = None,
    batch_id: int | None = None,
    commit: int = 0,
    release: int = 0,
    settles: str,
    count: int = 0,
    note: str = "",
) -> bool:
    """Spend ``commit`` credits of a reservation and give ``release`` back.

    The reservation is the one held for ``campaign_id``, or else for ``batch_id``.
    ``settles`` names what is settled (a batch's attempt): the same name commits once.
    The caller must have changed ``billing_status`` of the messages in this transaction,
    so that a message is settled by whoever changed it and nobody else.

    Args:
        count: How many messages ``commit`` pays for; the merchant reads it in the ledger.

    Returns:
        Whether money moved; False where ``settles`` was settled before.

    Raises:
        Conflict: ``reservation_exhausted`` where less is held than is to be settled.
    """
    if commit < 0 or release < 0:
        raise ValueError("amounts are not negative")
    if not commit and not release:
        return False
    posted, _ = _lock(session, shop_id)
    if commit and _is_written(session, shop_id, "commit", settles):
        return False
    moved = session.execute(
        _SETTLE_CAMPAIGN if campaign_id is not None else _SETTLE_BATCH,
        {
            "shop": shop_id,
            "of": campaign_id if campaign_id is not None else batch_id,
            "commit": commit,
            "release": release,
            "at": clock.now(),
            "after": posted - commit,
            "campaign": campaign_id,
            "count": count,
            "settles": settles,
            "note": note,
        },
    )
    if moved.scalar_one() == 0:
        raise Conflict("Less is reserved than is to be settled.", code="reservation_exhausted")
    return True


def grant(
    session: Session, shop_id: int, amount: int, *, kind: str, settles: str, note: str = ""
) -> bool:
    """Add ``amount`` credits (negative: take away), once for each ``kind`` and ``settles``.

    Args:
        kind: ``included``, ``purchase``, ``grant`` or ``adjustment``.

    Returns:
        Whether money moved; False where it was granted before.

    Raises:
        PaymentRequired: ``insufficient_credits`` where a negative amount takes what is
            reserved or not there.
    """
    session.execute(_OPEN, {"shop": shop_id})
    posted, reserved = _lock(session, shop_id)
    if _is_written(session, shop_id, kind, settles):
        return False
    if posted - reserved + amount < 0:
        raise PaymentRequired(
            "That many credits are not available.",
            code="insufficient_credits",
            required=-amount,
            available=posted - reserved,
        )
    session.execute(
        _LINE,
        {
            "shop": shop_id,
            "at": clock.now(),
            "kind": kind,
            "amount": amount,
            "after": posted + amount,
            "settles": settles,
            "note": note,
        },
    )
    session.execute(_ADD, {"shop": shop_id, "n": amount})
    return True


def _lock(session: Session, shop_id: int) -> tuple[int, int]:
    """Hold the wallet to the end: whoever writes the shop's ledger does so alone."""
    row = session.execute(_LOCK, {"shop": shop_id}).one_or_none()
    if row is None:
        raise Conflict("The shop has no wallet.", code="reservation_exhausted")
    return int(row.posted), int(row.reserved)


def _is_written(session: Session, shop_id: int, kind: str, settles: str) -> bool:
    # A statement of its own, after the lock: it sees what the one before us committed.
    named = {"shop": shop_id, "kind": kind, "settles": settles}
    return bool(session.execute(_WRITTEN, named).scalar_one())


_TAKE = sa.text("""
    UPDATE wallet SET reserved = reserved + :n
    WHERE shop_id = :shop AND posted - reserved >= :n
    RETURNING reserved
""")

_HOLD = sa.text("""
    INSERT INTO credit_reservation
        (shop_id, campaign_id, batch_id, amount, committed, released, state,
         created_at, expires_at)
    VALUES (:shop, :campaign, :batch, :n, 0, 0, 'held', :now, :expires)
    RETURNING id
""")

_LOCK = sa.text("SELECT posted, reserved FROM wallet WHERE shop_id = :shop FOR UPDATE")

_WRITTEN = sa.text("""
    SELECT EXISTS (SELECT FROM credit_transaction
                   WHERE shop_id = :shop AND kind = :kind AND settles = :settles)
""")

_LINE = sa.text("""
    INSERT INTO credit_transaction
        (shop_id, at, kind, amount, balance_after, count, settles, note)
    VALUES (:shop, :at, :kind, :amount, :after, 0, :settles, :note)
""")

# The reservation decides; line and wallet follow where it gave what was asked.
_SETTLE = """
    WITH held AS (
        UPDATE credit_reservation
        SET committed = committed + :commit,
            released = released + :release,
            state = CASE WHEN committed + released + :commit + :release = amount
                         THEN 'settled' ELSE 'held' END
        WHERE shop_id = :shop AND {column} = :of AND state = 'held'
          AND amount - committed - released >= :commit + :release
        RETURNING id
    ), line AS (
        INSERT INTO credit_transaction
            (shop_id, at, kind, amount, balance_after, campaign_id, count, settles, note)
        SELECT :shop, :at, 'commit', -CAST(:commit AS bigint), :after,
               CAST(:campaign AS bigint), :count, :settles, :note
        FROM held WHERE CAST(:commit AS bigint) > 0
    ), moved AS (
        UPDATE wallet SET posted = posted - :commit, reserved = reserved - :commit - :release
        FROM held WHERE wallet.shop_id = :shop
    )
    SELECT count(*) FROM held
"""
_SETTLE_CAMPAIGN = sa.text(_SETTLE.format(column="campaign_id"))
_SETTLE_BATCH = sa.text(_SETTLE.format(column="batch_id"))

_OPEN = sa.text("""
    INSERT INTO wallet (shop_id, posted, reserved) VALUES (:shop, 0, 0)
    ON CONFLICT (shop_id) DO NOTHING
""")

_ADD = sa.text("UPDATE wallet SET posted = posted + :n WHERE shop_id = :shop")
