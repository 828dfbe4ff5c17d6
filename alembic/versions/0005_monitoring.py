"""What the operator watches: living processes, counted series, cheap counts.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "process_beat",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_beat")),
    )
    op.create_table(
        "metric",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_metric")),
        postgresql_with={"fillfactor": 50},
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON process_beat, metric TO astronote_app")
    # Its columns never change, so the many updates of messages stay heap-only.
    op.create_index(
        "ix_message_single",
        "message",
        ["id"],
        postgresql_where=sa.text("campaign_id IS NULL"),
    )
    op.create_index(
        "ix_webhook_event_parked",
        "webhook_event",
        ["id"],
        postgresql_where=sa.text("state = 'parked'"),
    )


def downgrade() -> None:
    op.drop_index("ix_webhook_event_parked", table_name="webhook_event")
    op.drop_index("ix_message_single", table_name="message")
    op.drop_table("metric")
    op.drop_table("process_beat")
