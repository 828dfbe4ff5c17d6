"""A free URL's link at another shortener.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("short_link", sa.Column("external_url", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("short_link", "external_url")
