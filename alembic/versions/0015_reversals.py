"""What was paid may go back: refunds and disputes of payments, and the credits taken for them.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NUMBERS = ("refunded_cents", "taken_credits", "short_credits", "taking_lines")

# Payments that are older than this column: their page's event is kept for a while.
KNOWN = """
    UPDATE payment p SET payment_intent = found.intent FROM (
        SELECT DISTINCT ON (body->'data'->'object'->>'payment_intent')
               body->'data'->'object'->>'id' AS checkout_id,
               body->'data'->'object'->>'payment_intent' AS intent
        FROM webhook_event
        WHERE provider = 'stripe' AND body->>'type' LIKE 'checkout.session.%'
          AND body->'data'->'object'->>'payment_intent' IS NOT NULL
    ) found WHERE found.checkout_id = p.checkout_id
"""


def upgrade() -> None:
    op.add_column("payment", sa.Column("payment_intent", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_payment_payment_intent"), "payment", ["payment_intent"])
    # The defaults stay: a process of the version before may be writing payments meanwhile.
    for name in NUMBERS:
        op.add_column(
            "payment", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        )
    op.add_column("payment", sa.Column("disputes", JSONB(), nullable=False, server_default="{}"))
    op.add_column("payment", sa.Column("news", sa.String(), nullable=False, server_default=""))
    op.add_column("payment", sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_payment_reversed",
        "payment",
        ["reversed_at"],
        postgresql_where=sa.text("reversed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_webhook_event_unfit",
        "webhook_event",
        ["id"],
        postgresql_where=sa.text("provider = 'stripe' AND state IN ('ignored', 'parked')"),
    )
    op.execute(KNOWN)


def downgrade() -> None:
    op.drop_index("ix_webhook_event_unfit", "webhook_event")
    op.drop_index("ix_payment_reversed", "payment")
    for name in ("reversed_at", "news", "disputes", *NUMBERS, "payment_intent"):
        op.drop_column("payment", name)
