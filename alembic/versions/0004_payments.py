"""Payments and the subscriptions they pay for; sender names that wait for an operator.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table}
    USING (shop_id = (SELECT nullif(current_setting('app.shop_id', true), '')::bigint)
        OR (SELECT current_setting('app.scope', true)) = 'system');
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO astronote_app;
"""
STATUSES = "'none', 'active', 'past_due', 'trial_ended', 'cancelled'"


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _shop_column() -> sa.Column[object]:
    return sa.Column("shop_id", sa.BigInteger(), nullable=False)


def _shop_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shop_id"], ["shop.id"], name=op.f(f"fk_{table}_shop_id"), ondelete="CASCADE"
    )


def upgrade() -> None:
    _columns()
    op.create_table(
        "paid_subscription",
        sa.Column("external_id", sa.String(), nullable=False),
        _shop_column(),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        _moment("period_start"),
        _moment("period_end"),
        _moment("cancel_at", nullable=True),
        _moment("started_at"),
        _moment("event_at"),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_paid_subscription_status")),
        _shop_key("paid_subscription"),
        sa.PrimaryKeyConstraint("external_id", name=op.f("pk_paid_subscription")),
    )
    op.create_index("ix_paid_subscription_shop", "paid_subscription", ["shop_id"])
    _payments()
    op.create_table(
        "invariant_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _moment("at"),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("broken", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invariant_run")),
    )
    for table in ("paid_subscription", "payment"):
        op.execute(POLICY.format(table=table))
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON invariant_run TO astronote_app")
    op.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO astronote_app")


def _columns() -> None:
    op.add_column("subscription", _moment("cancel_at", nullable=True))
    op.drop_constraint(op.f("ck_subscription_status"), "subscription", type_="check")
    op.create_check_constraint(
        op.f("ck_subscription_status"), "subscription", f"status IN ({STATUSES})"
    )
    op.add_column("shop", _moment("sender_asked_at", nullable=True))
    op.add_column(
        "shop", sa.Column("sender_refusal", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("shop", "sender_refusal", server_default=None)
    op.alter_column("audit_event", "shop_id", nullable=True)


def _payments() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _shop_column(),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_rate", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("buyer", JSONB(), nullable=False),
        _moment("created_at"),
        _moment("paid_at", nullable=True),
        _moment("period_start", nullable=True),
        _moment("period_end", nullable=True),
        sa.Column("checkout_id", sa.String(), nullable=True),
        sa.Column("invoice_id", sa.String(), nullable=True),
        sa.Column("invoice_number", sa.String(), nullable=False),
        sa.Column("invoice_url", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('credits', 'subscription')", name=op.f("ck_payment_kind")),
        sa.CheckConstraint(
            "status IN ('open', 'paid', 'failed', 'expired')", name=op.f("ck_payment_status")
        ),
        _shop_key("payment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("checkout_id", name=op.f("uq_payment_checkout_id")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_payment_invoice_id")),
    )
    op.create_index("ix_payment_shop", "payment", ["shop_id", "id"])


def downgrade() -> None:
    for table in ("invariant_run", "payment", "paid_subscription"):
        op.drop_table(table)
    op.execute("DELETE FROM audit_event WHERE shop_id IS NULL")
    op.alter_column("audit_event", "shop_id", nullable=False)
    op.drop_column("shop", "sender_refusal")
    op.drop_column("shop", "sender_asked_at")
    op.execute("UPDATE subscription SET status = 'cancelled' WHERE status = 'trial_ended'")
    op.drop_constraint(op.f("ck_subscription_status"), "subscription", type_="check")
    op.create_check_constraint(
        op.f("ck_subscription_status"),
        "subscription",
        "status IN ('none', 'active', 'past_due', 'cancelled')",
    )
    op.drop_column("subscription", "cancel_at")
