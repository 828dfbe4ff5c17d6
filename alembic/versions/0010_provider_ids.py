"""The provider's ids lead to messages from a table of their own.

An index on ``message.provider_message_id`` made every recorded message a new entry in all
of that table's indexes. And a page that is half empty has room for a message's whole life.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

POLICY = """
ALTER TABLE provider_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON provider_message
    USING (shop_id = (SELECT nullif(current_setting('app.shop_id', true), '')::bigint)
        OR (SELECT current_setting('app.scope', true)) = 'system');
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_message TO astronote_app;
"""

COPY = """
INSERT INTO provider_message (provider_message_id, shop_id, message_id)
SELECT provider_message_id, shop_id, id FROM message WHERE provider_message_id IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "provider_message",
        sa.Column("provider_message_id", sa.String(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_message_id", name=op.f("pk_provider_message")),
    )
    op.execute(COPY)
    op.execute(POLICY)
    op.drop_index("uq_message_provider_message_id", table_name="message")
    op.execute("ALTER TABLE message SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE message SET (fillfactor = 60)")
    op.create_index(
        "uq_message_provider_message_id",
        "message",
        ["provider_message_id"],
        unique=True,
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    )
    op.drop_table("provider_message")
