"""Audiences are counted from an index alone; opt-outs are found by the message behind them.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_contact_audience", table_name="contact")
    op.create_index(
        "ix_contact_audience",
        "contact",
        ["shop_id", "id"],
        postgresql_include=["is_subscribed", "birthday", "gender"],
    )
    op.create_index(
        "ix_consent_event_message",
        "consent_event",
        ["message_id"],
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_consent_event_message", table_name="consent_event")
    op.drop_index("ix_contact_audience", table_name="contact")
    op.create_index(
        "ix_contact_audience",
        "contact",
        ["shop_id", "id"],
        postgresql_where=sa.text("is_subscribed"),
    )
