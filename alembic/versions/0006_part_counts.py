"""Messages of which the provider counted other parts are found by shop.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_message_event_parts",
        "message_event",
        ["shop_id", "message_id"],
        postgresql_where=sa.text("event = 'parts_differ'"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_event_parts", table_name="message_event")
