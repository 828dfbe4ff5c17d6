"""Shops' logos; what came of a join link is found by an index.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

POLICY = """
ALTER TABLE shop_logo ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON shop_logo
    USING (shop_id = (SELECT nullif(current_setting('app.shop_id', true), '')::bigint)
        OR (SELECT current_setting('app.scope', true)) = 'system');
GRANT SELECT, INSERT, UPDATE, DELETE ON shop_logo TO astronote_app;
"""


def upgrade() -> None:
    op.create_table(
        "shop_logo",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shop.id"], name=op.f("fk_shop_logo_shop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shop_logo")),
        sa.UniqueConstraint("name", name=op.f("uq_shop_logo_name")),
    )
    op.execute(POLICY)
    op.create_index("ix_public_signup_event_link", "public_signup_event", ["shop_id", "link_id"])
    op.create_index("ix_nfc_scan_link", "nfc_scan", ["shop_id", "link_id"])


def downgrade() -> None:
    op.drop_index("ix_nfc_scan_link", table_name="nfc_scan")
    op.drop_index("ix_public_signup_event_link", table_name="public_signup_event")
    op.drop_table("shop_logo")
