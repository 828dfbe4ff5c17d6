"""Where a sign-in came from and when it was last used; who may renew an invitation.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_session", sa.Column("address", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("user_session", "address", server_default=None)
    op.add_column("user_session", sa.Column("last_seen_at", sa.DateTime(timezone=True)))
    op.add_column("user_account", sa.Column("invited_by", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_user_account_invited_by"),
        "user_account",
        "shop",
        ["invited_by"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    op.drop_column("user_account", "invited_by")
    op.drop_column("user_session", "last_seen_at")
    op.drop_column("user_session", "address")
