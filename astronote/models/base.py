"""What every table shares: constraint names, column kinds, the tenant's key."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from astronote import clock

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = SQLModel.metadata


def key() -> Any:
    """A bigint identity primary key."""
    return Field(
        default=None,
        sa_type=sa.BigInteger,
        primary_key=True,
        sa_column_kwargs={"server_default": sa.Identity()},
    )


def big(**kwargs: Any) -> Any:
    """A bigint column."""
    return Field(sa_type=sa.BigInteger, **kwargs)


def moment(**kwargs: Any) -> Any:
    """A ``timestamptz`` column."""
    return Field(sa_type=sa.DateTime(timezone=True), **kwargs)


def created() -> Any:
    """When the row was made, by the product's clock."""
    return Field(default_factory=clock.now, sa_type=sa.DateTime(timezone=True))


def document(**kwargs: Any) -> Any:
    """A JSON document."""
    return Field(sa_type=JSONB, **kwargs)


def raw_bytes(**kwargs: Any) -> Any:
    """A ``bytea`` column."""
    return Field(sa_type=sa.LargeBinary, **kwargs)


def shop_key() -> Any:
    """The tenant: row-level security compares it with the transaction's shop."""
    return Field(sa_type=sa.BigInteger, foreign_key="shop.id", ondelete="CASCADE", index=False)


def within_shop(column: str, table: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    """A foreign key that carries the shop, so that it cannot point into another one."""
    action = f"SET NULL ({column})" if ondelete == "SET NULL" else ondelete
    return sa.ForeignKeyConstraint(
        ["shop_id", column], [f"{table}.shop_id", f"{table}.id"], ondelete=action
    )


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """A check that ``column`` holds one of ``values``."""
    listed = ", ".join(f"'{v}'" for v in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


__all__ = [
    "Field",
    "SQLModel",
    "big",
    "created",
    "datetime",
    "document",
    "key",
    "metadata",
    "moment",
    "one_of",
    "raw_bytes",
    "shop_key",
    "within_shop",
]
