"""Whether a campaign's owners have been told why it stopped.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "campaign", sa.Column("reason_told_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_campaign_untold",
        "campaign",
        ["id"],
        postgresql_where=sa.text(
            "status IN ('paused', 'missed', 'failed') AND status_reason IS NOT NULL"
            " AND reason_told_at IS NULL"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_campaign_untold", table_name="campaign")
    op.drop_column("campaign", "reason_told_at")
