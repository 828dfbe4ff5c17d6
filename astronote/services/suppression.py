"""Suppression lists: phones that must not be messaged, known by their keyed HMAC.

``suppression`` is one shop's; ``global_suppression`` holds for all of them, except where
a person came back at one shop, which is a ``suppression_lift`` of that shop.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from astronote import clock
from astronote.models import GlobalSuppression, Suppression, SuppressionLift
from astronote.security import phone_hmac


def suppressed_sql(phone_hash: str = "c.phone_hash", shop_id: str = ":shop_id") -> str:
    """An SQL condition: this phone is suppressed for this shop.

    Both arguments are SQL expressions of the surrounding statement, never values.
    """
    return f"NOT ({not_suppressed_sql(phone_hash, shop_id)})"


def not_suppressed_sql(phone_hash: str = "c.phone_hash", shop_id: str = ":shop_id") -> str:
    """The contrary of :func:`suppressed_sql`, in a form that becomes two anti-joins."""
    return f"""
        NOT EXISTS (SELECT 1 FROM suppression sup
                    WHERE sup.shop_id = {shop_id} AND sup.phone_hash = {phone_hash})
        AND NOT EXISTS (SELECT 1 FROM global_suppression everywhere
                        WHERE everywhere.phone_hash = {phone_hash}
                          AND NOT EXISTS (SELECT 1 FROM suppression_lift lift
                                          WHERE lift.shop_id = {shop_id}
                                            AND lift.phone_hash = everywhere.phone_hash))
    """  # noqa: S608


def suppress(session: Session, shop_id: int, phone_hash: bytes, *, reason: str) -> bool:
    """Put a phone on the shop's suppression list; returns whether it is new there."""
    session.execute(
        sa.delete(SuppressionLift).where(
            col(SuppressionLift.shop_id) == shop_id, col(SuppressionLift.phone_hash) == phone_hash
        )
    )
    return bool(
        session.execute(
            insert(Suppression)
            .values(shop_id=shop_id, phone_hash=phone_hash, reason=reason, at=clock.now())
            .on_conflict_do_nothing()
            .returning(col(Suppression.id))
        ).first()
    )


def lift(session: Session, shop_id: int, phone_hash: bytes) -> None:
    """Take a phone off the shop's list, and except the shop from a global suppression."""
    session.execute(
        sa.delete(Suppression).where(
            col(Suppression.shop_id) == shop_id, col(Suppression.phone_hash) == phone_hash
        )
    )
    everywhere = sa.select(
        sa.literal(shop_id), col(GlobalSuppression.phone_hash), sa.literal(clock.now())
    ).where(col(GlobalSuppression.phone_hash) == phone_hash)
    session.execute(
        insert(SuppressionLift)
        .from_select(["shop_id", "phone_hash", "at"], everywhere)
        .on_conflict_do_nothing()
    )


def is_suppressed(session: Session, shop_id: int, phone: str | bytes) -> bool:
    """Whether this shop must not message ``phone`` (E.164, or its HMAC)."""
    phone_hash = phone_hmac(phone) if isinstance(phone, str) else phone
    asked = {"shop_id": shop_id, "phone_hash": phone_hash}
    return bool(session.scalar(_IS_SUPPRESSED, asked))


_IS_SUPPRESSED = sa.text(f"SELECT {suppressed_sql(':phone_hash')}")
